"""One record: its page, its history, its removal and its return."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from kartotek.engine.sight import Sight
from kartotek.errors import Conflict, NotFound, PreconditionFailed
from kartotek.model.actor import Actor
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.query import Page
from kartotek.web import glass, languages, suggestions
from kartotek.web.breaches import hinted, hints
from kartotek.web.current import engine
from kartotek.web.foreign_form import for_reading, spread
from kartotek.web.given_links import given_links
from kartotek.web.layout import Block, blocks
from kartotek.web.lists import sight_of
from kartotek.web.locks import keeps, locks
from kartotek.web.page import is_partial, page
from kartotek.web.related import related, touched
from kartotek.web.said import speaker
from kartotek.web.sentences import rule_sentence, told
from kartotek.web.states import coming, steps
from kartotek.web.subjects import consents_of, restriction_of
from kartotek.web.visitor import actor
from kartotek.web.whole import whole

_HISTORY = 20


def address(type_name: str, record_id: int, tail: str = "") -> str:
    """The path of a record's page, or of what lies below it."""
    return f"/r/{type_name}/{record_id}{tail}"


def record(type_name: str, record_id: int) -> str | tuple[str, int] | Response:
    """`/r/<type>/<id>`: everything about one record; an old link to one that lies in the trash leads there."""
    visitor, language = actor(), languages.current()
    sight = sight_of(visitor, type_name)
    record_type = engine().catalog().types[type_name]
    trash = request.args.get("trash") == "1"
    try:
        envelope = engine().get(visitor, type_name, record_id, trash=trash, titles=True)
    except NotFound as refused:
        if not trash and sight.delete and _is_in_trash(visitor, type_name, record_id):
            return redirect(address(type_name, record_id, "?trash=1"))
        if not sight.opens or trash:
            raise
        return glass.closed(refused, record_type, record_id)
    envelope = {**envelope, "fields": spread(record_type, envelope["fields"])} if record_type.foreign else envelope
    found = None if trash else steps(visitor, record_type, record_id)
    return page(
        "record.html", is_told=_is_told,
        picked=request.args.get("picked", "")[:60], type=record_type, sight=sight, record=envelope, trash=trash, steps=found, key=secrets.token_urlsafe(12),
        coming=coming(visitor, record_type, record_id) if found else (),
        older=[] if trash else hinted(record_type, hints(visitor, type_name, record_id), language),
        unfit=() if trash else engine().conflicts.of_record(visitor, type_name, record_id), **_locked(visitor, sight, envelope, trash=trash),
        blocks=_shown_blocks(sight, envelope, language), related=[] if trash else related(visitor, record_type, record_id),
        links=[] if trash else given_links(visitor, sight, record_id), **glass.shown(visitor, sight, record_id),
        **suggestions.of_record(visitor, type_name, record_id, trash=trash),
        consents=None if trash else consents_of(visitor, type_name, record_id), restriction=restriction_of(visitor, type_name, record_id),
        **_history(visitor, record_type, record_id),
    )  # fmt: skip


def _is_in_trash(visitor: Actor, type_name: str, record_id: int) -> bool:
    """Whether it is a deleted record that he may see there."""
    try:
        engine().get(visitor, type_name, record_id, trash=True)
    except NotFound:
        return False
    return True


def history(type_name: str, record_id: int) -> str:
    """`/r/<type>/<id>/history`: all of it by pages, or for htmx the next part."""
    visitor = actor()
    sight_of(visitor, type_name)
    record_type = engine().catalog().types[type_name]
    cursor = request.args.get("cursor", "")
    values = {"type": record_type, "record_id": record_id, **_history(visitor, record_type, record_id, cursor)}
    if is_partial():
        return page("history_part.html", **values)
    return page("history.html", title=_title(visitor, type_name, record_id), **values)


def confirm_delete(type_name: str, record_id: int) -> str | tuple[str, int]:
    """`GET /r/<type>/<id>/delete`: asks first, and says what else it would touch and why it may not be done at all."""
    visitor = actor()
    sight = sight_of(visitor, type_name)
    envelope = engine().get(visitor, type_name, record_id)
    found = locks(visitor, sight.type, envelope)
    return _delete_page(visitor, sight.type, envelope, locked=[told(one, sight.type) for one in found] if keeps(found) else ())


def delete(type_name: str, record_id: int) -> Response | tuple[str, int]:
    """`POST /r/<type>/<id>/delete`: into the trash, if the record is still as it was when asked about."""
    visitor = actor()
    sight = sight_of(visitor, type_name)
    try:
        engine().delete(visitor, type_name, record_id, version=whole(request.form.get("version", "")))
    except (Conflict, PreconditionFailed) as refused:
        envelope = engine().get(visitor, type_name, record_id)
        sentences = [told(one, sight.type) for one in refused.problems] or [refused.sentence]
        return _delete_page(visitor, sight.type, envelope, problems=sentences), 409
    flash(gettext("Moved to the trash. It can be restored from there."), "success")
    return redirect(f"/r/{type_name}/", 303)


def _delete_page(
    visitor: Actor, record_type: RecordType, envelope: Mapping[str, Any], *, problems: Sequence[str] = (), locked: Sequence[str] = ()
) -> str:
    found = touched(visitor, record_type, envelope["id"])
    kept = [one for one in found if one.on_delete == "restrict"]
    return page("delete.html", type=record_type, record=envelope, problems=problems, locked=locked, touched=found, kept=kept)


def restore(type_name: str, record_id: int) -> Response:
    """`POST /r/<type>/<id>/restore`: out of the trash."""
    visitor = actor()
    sight_of(visitor, type_name)
    engine().restore(visitor, type_name, record_id)
    flash(gettext("Restored."), "success")
    return redirect(address(type_name, record_id), 303)


def _shown_blocks(sight: Sight, envelope: Mapping[str, Any], language: str) -> list[Block]:
    """Blocks of the fields that are known, be it in part; what stands only under a condition is left out where it has no value."""
    values = envelope["fields"]
    part = {**envelope.get("masked", {}), **envelope.get("flags", {})}
    readable = {field.name for field in sight.readable}
    known = [field for field in sight.seen if field.name in part or field.name in readable]
    told = {**part, **values}
    seen = [field for field in known if not field.is_state and (_is_told(told.get(field.name)) or _always_stands(field))]
    if sight.type.foreign:
        seen = for_reading(sight.type, seen, values, engine().catalog().settings.timezone)
    found = blocks(sight.type, seen, language)
    return [block for block in found if not block.conditions or any(_is_told(told.get(field.name)) for field in block.fields)]


def _is_told(value: Any) -> bool:
    """Whether there is something to read in a value."""
    return value is not None and value != "" and value != [] and value != {}


def _locked(visitor: Actor, sight: Sight, envelope: Mapping[str, Any], *, trash: bool) -> dict[str, Any]:
    """Which buttons a record has, and why one who may change its like cannot change this one now."""
    found = [] if trash else locks(visitor, sight.type, envelope)
    return {
        "can_edit": (sight.write or bool(sight.proposable)) and not found, "can_delete": sight.delete and not keeps(found),
        "locked": [told(one, sight.type) for one in found] if sight.write else [],
    }


def _always_stands(field: Field) -> bool:
    return field.show_if is None and not field.write_only and field.widget != "hidden"


def _history(visitor: Actor, record_type: RecordType, record_id: int, cursor: str = "") -> dict[str, Any]:
    found = engine().history(visitor, record_type.name, record_id, cursor=cursor, limit=_HISTORY)
    said = speaker(visitor, _values(record_type, found))
    return {"history": found, "said": said, "rule_sentence": lambda name: rule_sentence(record_type, name)}


def _values(record_type: RecordType, found: Page) -> Iterator[tuple[Field, Any]]:
    for entry in found.items:
        for change in entry["changes"]:
            if (field := record_type.by_name.get(change["field"])) is not None:
                yield from ((field, change[side]) for side in ("was", "now") if side in change)


def _title(visitor: Actor, type_name: str, record_id: int) -> str:
    titles: Sequence[str] = tuple(engine().title(visitor, type_name, [record_id]).values())
    return titles[0] if titles else str(record_id)
