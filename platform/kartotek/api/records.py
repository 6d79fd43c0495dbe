"""Records: list, read, create, change, delete, restore and the history of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, request

from kartotek.api import answers, bodies, parameters, preconditions
from kartotek.api.addresses import record_address, record_id
from kartotek.api.repeats import once
from kartotek.engine.engine import Engine
from kartotek.errors import Conflict, KartotekError, Malformed
from kartotek.model.actor import Actor
from kartotek.model.problem import problem


@dataclass(frozen=True, slots=True)
class Patch:
    """What a PATCH body says."""

    fields: dict[str, Any]
    unset: tuple[str, ...]
    version: int | None
    confirm: dict[str, str]


def listing(engine: Engine, actor: Actor, *, type_name: str) -> Response:
    """A page of records."""
    page = engine.select(actor, type_name, parameters.query())
    counted = {} if page.count is None else {"count": page.count}
    return answers.answer({"items": page.items, "next": page.next, **counted})


def show(engine: Engine, actor: Actor, *, type_name: str, record: str) -> Response:
    """One record, as it is or as it was."""
    number = record_id(record)
    texts = parameters.given(parameters.RECORD)
    envelope = engine.get(
        actor,
        type_name,
        number,
        fields=parameters.names(texts, "fields"),
        expand=parameters.names(texts, "expand") or (),
        as_of=parameters.instant(texts["as_of"], "as_of") if "as_of" in texts else None,
        trash=parameters.truth(texts, "trash"),
        titles=parameters.truth(texts, "titles"),
    )
    return answers.record(envelope)


def create(engine: Engine, actor: Actor, *, type_name: str) -> Response:
    """A new record."""
    parameters.given(())
    raw = bodies.read(engine.catalog().settings.limits.body)
    wire = bodies.json_object(raw, keys=("fields", "confirm"), required=("fields",))
    envelope = engine.create(
        actor, type_name, fields_of(wire, path=""), confirm=reasons_of(wire, path=""), once=once(raw)
    )
    return answers.record(envelope, status=201, headers={"Location": record_address(type_name, envelope["id"])})


def change(engine: Engine, actor: Actor, *, type_name: str, record: str) -> Response:
    """Some fields of a record."""
    number = record_id(record)
    parameters.given(())
    settings = engine.catalog().settings
    raw = bodies.read(settings.limits.body)
    patch = patch_of(bodies.json_object(raw, keys=("fields", "unset", "version", "confirm")), path="")
    version = preconditions.version(
        patch.version,
        demanded=settings.require_version,
        current=lambda: present_version(engine, actor, type_name, number),
    )
    try:
        envelope = engine.update(
            actor, type_name, number, patch.fields, unset=patch.unset, version=version, confirm=patch.confirm,
            once=once(raw),
        )
    except Conflict as exc:
        raise by_header(exc, patch.version) from exc
    return answers.record(envelope)


def delete(engine: Engine, actor: Actor, *, type_name: str, record: str) -> Response:
    """A record goes to the trash."""
    number = record_id(record)
    parameters.given(())
    version = preconditions.version(
        None,
        demanded=engine.catalog().settings.require_version,
        current=lambda: present_version(engine, actor, type_name, number),
    )
    try:
        engine.delete(actor, type_name, number, version=version, once=once(b""))
    except Conflict as exc:
        raise by_header(exc, None) from exc
    return answers.nothing()


def restore(engine: Engine, actor: Actor, *, type_name: str, record: str) -> Response:
    """A record comes back from the trash."""
    number = record_id(record)
    parameters.given(())
    raw = bodies.read(engine.catalog().settings.limits.body)
    bodies.empty_or_object(raw)
    return answers.record(engine.restore(actor, type_name, number, once=once(raw)))


def history(engine: Engine, actor: Actor, *, type_name: str, record: str) -> Response:
    """Who changed what of one record, newest first."""
    number = record_id(record)
    texts = parameters.given(("cursor", "limit"))
    page = engine.history(
        actor, type_name, number, cursor=texts.get("cursor", ""), limit=parameters.limit(texts)
    )
    return answers.answer({"items": page.items, "next": page.next})


def fields_of(wire: dict[str, Any], *, path: str) -> dict[str, Any]:
    """The object under "fields", empty where there is none."""
    fields = wire.get("fields", {})
    if not isinstance(fields, dict):
        raise _malformed(f"{path}/fields", "a JSON object")
    return fields


def patch_of(wire: dict[str, Any], *, path: str) -> Patch:
    """The parts of a change. Raises Malformed where one has not its form."""
    unset, version = wire.get("unset", []), wire.get("version")
    if not isinstance(unset, list) or not all(isinstance(name, str) for name in unset):
        raise _malformed(f"{path}/unset", "a list of field names")
    number = number_of(version, path=f"{path}/version")
    return Patch(fields_of(wire, path=path), tuple(unset), number, reasons_of(wire, path=path))


def reasons_of(wire: dict[str, Any], *, path: str) -> dict[str, str]:
    """The object under "confirm": {rule: reason to save in spite of it}."""
    reasons = wire.get("confirm", {})
    if not isinstance(reasons, dict) or not all(isinstance(one, str) for one in reasons.values()):
        raise _malformed(f"{path}/confirm", "a JSON object of texts")
    return reasons


def number_of(wire: Any, *, path: str) -> int | None:
    """A record's number or version; None stands for not given."""
    if wire is None:
        return None
    if isinstance(wire, bool) or not isinstance(wire, (int, float)) or not 1 <= wire < 2**53 or wire != int(wire):
        raise _malformed(path, "a whole number from 1")
    return int(wire)


def present_version(engine: Engine, actor: Actor, type_name: str, number: int) -> int:
    """The version that the record has now. Raises NotFound."""
    return int(engine.get(actor, type_name, number, fields=())["version"])


def by_header(exc: Conflict, stated: int | None) -> KartotekError:
    """A version that is not the present one is 412 where If-Match named it and 409 where the body did."""
    moved = any(one.code == "version" for one in exc.problems)
    named = stated is None and "If-Match" in request.headers
    return preconditions.stale() if moved and named else exc


def _malformed(path: str, expected: str) -> Malformed:
    return Malformed("The request body cannot be read.", problems=[problem(path, "type", expected=expected)])
