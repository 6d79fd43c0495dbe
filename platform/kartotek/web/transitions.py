"""The dialog of a transition: what it asks for, and what came of it. Nothing typed is lost, nothing happens twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from kartotek.errors import Conflict, Forbidden, Invalid, KartotekError, NotFound, PreconditionFailed
from kartotek.web import languages
from kartotek.web.current import engine
from kartotek.web.form import Form, form_page
from kartotek.web.forms import changed_fields, draft_page, is_stale, merged_page, refusal, refused_page
from kartotek.web.lists import sight_of
from kartotek.web.posted import strings_of
from kartotek.web.received import Received, received
from kartotek.web.records import address
from kartotek.web.sentences import told_wire
from kartotek.web.states import keeps_out, state_of
from kartotek.web.visitor import actor
from kartotek.web.warnings import tell_warnings

COMMENT = "~comment"
DIALOG = "~dialog"  # in the dialog's form alone: the button on the record's page sends no fields, which does not empty them
LONGEST_COMMENT = 2000


def dialog(type_name: str, record_id: int, transition: str) -> str | tuple[str, int]:
    """`GET /r/<type>/<id>/do/<transition>`."""
    form = _open(type_name, record_id, transition)
    more = _more(form)
    return form_page(form, strings_of(form.fields, form.stored, form.language), **more), 409 if more["why"] else 200


def transit(type_name: str, record_id: int, transition: str) -> Response | tuple[str, int] | str:
    """`POST /r/<type>/<id>/do/<transition>`: from the dialog, or from the button of one that asks for nothing."""
    form = _open(type_name, record_id, transition)
    sent = _received(form)
    if sent.is_draft:
        return draft_page(form, sent, **_more(form))
    if sent.problems:
        return refused_page(form, sent, sent.problems, **_more(form)), 422
    try:
        made = _run(form, sent)
    except (Conflict, PreconditionFailed) as refused:
        again = _open(type_name, record_id, transition)
        if is_stale(refused):
            return merged_page(again, sent, **_more(again)), 409
        return _refused(again, sent, refused)
    except (Invalid, Forbidden) as refused:
        return _refused(form, sent, refused)
    return _done(form, made)


def _open(type_name: str, record_id: int, transition: str) -> Form:
    visitor = actor()
    sight = sight_of(visitor, type_name)
    record_type = engine().catalog().types[type_name]
    found = record_type.workflow.transitions.get(transition) if record_type.workflow else None
    if found is None:
        raise NotFound("There is no such page.")
    record = engine().get(visitor, type_name, record_id, titles=True)
    return Form(visitor, record_type, sight, languages.current(), record, found)


def _received(form: Form) -> Received:
    if DIALOG in request.form:
        return received(form)
    return Received(strings=strings_of(form.fields, form.stored, form.language), wire=_as_stored(form))


def _as_stored(form: Form) -> dict[str, Any]:
    return {field.name: form.stored[field.name] for field in form.writable if field.name in form.stored}


def _run(form: Form, sent: Received) -> Mapping[str, Any]:
    assert form.record is not None and form.transition is not None
    fields, unset = changed_fields(form, sent.wire)
    comment = request.form.get(COMMENT, "").strip()[:LONGEST_COMMENT]
    place = [form.type.name, form.record["id"], form.transition.name, sent.version]
    made: Mapping[str, Any] = engine().processes.run(
        form.visitor, form.type.name, form.record["id"], form.transition.name, fields=fields, unset=unset,
        comment=comment, confirm=sent.reasons, version=sent.version, once=sent.once(place=place, comment=comment),
    )
    return made


def _done(form: Form, made: Mapping[str, Any]) -> Response:
    assert form.record is not None and form.transition is not None
    state = state_of(form.type, made)
    done = form.transition.label(form.language)
    flash(gettext("%(step)s: now %(state)s.", step=done, state=state.label(form.language)) if state else gettext("Done."), "success")
    tell_warnings(form.type, made)
    if "title" not in made:  # it went to where he may no longer see it
        return redirect(f"/r/{form.type.name}/", 303)
    return redirect(address(form.type.name, form.record["id"]), 303)


def _refused(form: Form, sent: Received, refused: KartotekError) -> tuple[str, int]:
    return refusal(form, sent, refused, **_more(form))


def _more(form: Form) -> dict[str, Any]:
    """What the dialog shows besides its form: why it cannot be sent, the comment, and what the state was before and is now."""
    assert form.record is not None and form.transition is not None
    assert form.type.workflow is not None
    return {
        "transition": form.transition, "state": state_of(form.type, form.record), "to": form.type.workflow.states[form.transition.target],
        "why": _why(form), "comment": request.form.get(COMMENT, ""), "kept": DIALOG in request.form,
    }  # fmt: skip


def _why(form: Form) -> Sequence[str]:
    assert form.record is not None and form.transition is not None
    found = engine().processes.transitions(form.visitor, form.type.name, form.record["id"])
    mine = next((one for one in found if one["name"] == form.transition.name), None)
    if mine is None:
        return [gettext("In its present state this cannot be done.")]
    return [told_wire(one, form.type) for one in keeps_out(mine, form.type)]
