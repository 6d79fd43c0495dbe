"""What is asked of an import: of the reader of the file, and of the engine; and who may ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kartotek.engine.aliases import called
from kartotek.engine.moment import Moment
from kartotek.errors import Invalid, Malformed
from kartotek.kinds.kind import Refused
from kartotek.kinds.storable import check_json
from kartotek.model.problem import pointer, problem
from kartotek.rules.decide import permitted
from kartotek.sheets.plan import Options


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be taken in. `on` is the unique field that tells which record a row means, "" where all are new."""

    type: str
    on: str
    confirm: Mapping[str, str]


def read_options(options: Mapping[str, Any]) -> tuple[Job, Options]:
    """What is asked of the engine, and of the reader. Raises Invalid."""
    try:
        check_json(dict(options))
    except Refused as exc:
        raise Invalid(exc.problems) from exc
    on, confirm = options.get("on", ""), options.get("confirm", {})
    if not isinstance(on, str):
        raise Invalid([problem(pointer("on"), "type", expected="text")])
    if not isinstance(confirm, Mapping) or not all(isinstance(one, str) for one in confirm.values()):
        raise Invalid([problem(pointer("confirm"), "type", expected="an object of texts")])
    rest = {name: value for name, value in options.items() if name not in ("on", "confirm")}
    return Job("", on, dict(confirm)), Options.of(rest)


def by_todays_name(moment: Moment, record_type: str, options: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options with the key's field called as it is today."""
    on = options.get("on")
    if not isinstance(on, str) or record_type not in moment.view.types:
        return options
    return {**options, "on": called(moment.compiled.type(record_type).type, moment.view.of(record_type), on)}


def refuse_importing(moment: Moment, record_type: str, job: Job) -> None:
    """Who may add records of a type may import them; to change those that are there he must be allowed that too."""
    rules = moment.compiled.type(record_type).rules
    permitted(rules, "create", moment.actor)
    if not job.on:
        return
    permitted(rules, "write", moment.actor)
    field = rules.type.by_name.get(job.on)
    if field is None or moment.view.of(record_type).fields.get(job.on) is None:
        raise Malformed(f"There is no field {job.on}.", problems=[problem(pointer("on"), "unknown_field", name=job.on)])
    if not field.unique and not any(one.fields == (job.on,) for one in rules.type.unique):
        raise Malformed(f"{job.on} is not declared unique.", problems=[problem(pointer("on"), "not_unique", name=job.on)])
