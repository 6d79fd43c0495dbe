"""The form: a new record or a change. What was typed comes back with every refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from kartotek.errors import Conflict, Forbidden, Invalid, KartotekError, PreconditionFailed
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.problem import Problem
from kartotek.web import languages
from kartotek.web.alternatives import offers
from kartotek.web.current import engine
from kartotek.web.errors import status_of
from kartotek.web.exact import exact
from kartotek.web.foreign_form import gathered, gathered_change, spread
from kartotek.web.form import PICK, Form, Told, form_page
from kartotek.web.lists import sight_of
from kartotek.web.locks import locks
from kartotek.web.meanwhile import meanwhile
from kartotek.web.posted import differs, strings_of, wire_of
from kartotek.web.received import Received, received
from kartotek.web.records import address
from kartotek.web.visitor import actor
from kartotek.web.warnings import tell_warnings


def new(type_name: str) -> str:
    """`GET /r/<type>/new`: defaults, and what the address gives: `?person=5`."""
    form = _open(type_name)
    given, _ = wire_of(form.writable, {f"/{name}": values for name, values in request.args.lists()}, form.language)
    draft = engine().draft(form.visitor, type_name, given=given)
    draft = spread(form.type, draft) if form.type.foreign else draft
    return form_page(form, strings_of(form.fields, draft, form.language), wire=draft)


def create(type_name: str) -> Response | tuple[str, int] | str:
    """`POST /r/<type>/new`."""
    form = _open(type_name)
    sent = received(form)
    if sent.is_draft:
        return draft_page(form, sent)
    if sent.problems:
        return refused_page(form, sent, sent.problems), 422
    try:
        made = engine().create(form.visitor, type_name, gathered(sent.wire), confirm=sent.reasons, once=sent.once())
    except (Invalid, Conflict, Forbidden) as refused:
        return refusal(form, sent, refused)
    flash(gettext("Saved."), "success")
    tell_warnings(form.type, made)
    picked = request.form.get(PICK, "")[:60]
    return redirect(address(type_name, made["id"], f"?{urlencode({'picked': picked})}" if picked else ""), 303)


def edit(type_name: str, record_id: int) -> str:
    """`GET /r/<type>/<id>/edit`."""
    form = _open(type_name, record_id)
    return form_page(form, strings_of(form.fields, form.stored, form.language))


def update(type_name: str, record_id: int) -> Response | tuple[str, int] | str:
    """`POST /r/<type>/<id>/edit`: sends what differs from the version the form was filled from."""
    form = _open(type_name, record_id)
    sent = received(form)
    if sent.is_draft:
        return draft_page(form, sent)
    if sent.problems:
        return refused_page(form, sent, sent.problems), 422
    assert form.record is not None
    if form.record["version"] != sent.version:
        return _merge(form, sent)
    try:
        _save(form, sent)
    except (Conflict, PreconditionFailed) as refused:
        if is_stale(refused):
            return _merge(_open(type_name, record_id), sent)
        return refusal(form, sent, refused)
    except (Invalid, Forbidden) as refused:
        return refusal(form, sent, refused)
    return redirect(address(type_name, record_id), 303)


def changed_fields(form: Form, wire: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """(the values that differ from the stored ones, the names of those that were emptied)."""
    wire = exact(form.writable, wire, form.stored, form.language)
    changed = [field.name for field in form.writable if _changed(field, wire, form.stored)]
    values, emptied = {name: wire[name] for name in changed if name in wire}, tuple(name for name in changed if name not in wire)
    return gathered_change(values, emptied, form.stored)


def merged_page(form: Form, sent: Received, **more: Any) -> str:
    """The form again, with what others changed meanwhile beside what was typed; saving it then saves on top."""
    assert form.record is not None
    typed = {field.name: sent.wire.get(field.name, MISSING) for field in form.writable}
    found = meanwhile(form.visitor, form.type, form.record, sent.version, typed=typed)
    merged = strings_of(form.fields, {**form.stored, **found.kept}, form.language)
    for name in found.emptied:
        merged |= {path: [] for path in merged if path == f"/{name}" or path.startswith(f"/{name}/")}
    return form_page(form, merged, Told(conflict=found, reasons=sent.reasons), **more)


def draft_page(form: Form, sent: Received, **more: Any) -> str:
    """The form again, after one of the buttons within it."""
    told = Told(problems=sent.problems, reasons=sent.reasons, filled=gettext("The free time is filled in. Save to take it.") if sent.filled else "")
    return form_page(form, sent.strings, told, **more)


def refused_page(form: Form, sent: Received, problems: list[Problem], **more: Any) -> str:
    """The form again, with what is wrong beside its controls."""
    return form_page(form, sent.strings, Told(problems=problems, reasons=sent.reasons), **more)


def refusal(form: Form, sent: Received, refused: KartotekError, **more: Any) -> tuple[str, int]:
    """The form again with an error of the engine: its problems, and what is free instead."""
    problems = refused.problems or (Problem("", refused.code, gettext("You may not do this.")),)
    free = offers(form.visitor, form.type, refused, frozenset(field.name for field in form.writable))
    return form_page(form, sent.strings, Told(problems=problems, reasons=sent.reasons, offers=free), **more), status_of(refused)


def is_stale(refused: KartotekError) -> bool:
    """Whether the record has been changed since the form was filled."""
    return isinstance(refused, PreconditionFailed) or any(one.code == "version" for one in refused.problems)


def _open(type_name: str, record_id: int | None = None) -> Form:
    visitor = actor()
    sight = sight_of(visitor, type_name)
    record_type = engine().catalog().types[type_name]
    if not (sight.create if record_id is None else sight.write or sight.proposable or record_type.append_only):
        raise Forbidden("You may not do this.")
    if record_id is None:
        return Form(visitor, record_type, sight, languages.current())
    record = engine().get(visitor, type_name, record_id, titles=True)
    if why := locks(visitor, record_type, record):
        raise Forbidden("This record cannot be changed now.", problems=why)
    proposed = engine().suggestions.proposable(visitor, type_name, record_id) if sight.proposable else frozenset()
    return Form(visitor, record_type, sight, languages.current(), record, proposed=proposed)


def _save(form: Form, sent: Received) -> None:
    assert form.record is not None
    fields, unset = changed_fields(form, sent.wire)
    fields, unset = _without_proposed(form, fields, unset)
    if not fields and not unset:
        return
    made = engine().update(
        form.visitor, form.type.name, form.record["id"], fields, unset=unset, version=sent.version, confirm=sent.reasons
    )
    flash(gettext("Saved."), "success")
    tell_warnings(form.type, made)


def _without_proposed(form: Form, fields: Mapping[str, Any], unset: Sequence[str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What he may set himself; what he may only propose is proposed first, so that nothing is saved where that is refused."""
    assert form.record is not None
    proposed = {name: value for name, value in fields.items() if name in form.proposed}
    emptied = tuple(name for name in unset if name in form.proposed)
    if proposed or emptied:
        engine().suggestions.suggest(form.visitor, form.type.name, form.record["id"], proposed, unset=emptied)
        flash(gettext("What you proposed waits until somebody has accepted it."), "success")
    return (
        {name: value for name, value in fields.items() if name not in proposed}, tuple(name for name in unset if name not in emptied)
    )


def _changed(field: Field, wire: Mapping[str, Any], stored: Mapping[str, Any]) -> bool:
    return differs(field, wire.get(field.name, MISSING), stored.get(field.name, MISSING))


def _merge(form: Form, sent: Received) -> Response | tuple[str, int]:
    assert form.record is not None
    if not any(_changed(field, sent.wire, form.stored) for field in form.writable):
        return redirect(address(form.type.name, form.record["id"]), 303)  # a second click on the same button
    return merged_page(form, sent), 409
