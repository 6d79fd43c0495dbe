"""Rollups: what they run over, whether the function fits, and what their condition may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kartotek.declaration.document import Path
from kartotek.declaration.formulas import Formulas, type_of
from kartotek.declaration.suggest import did_you_mean
from kartotek.formula.types import DATE, INSTANT
from kartotek.kinds.rollup import misfit
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field, Rollup
from kartotek.model.formula import Type
from kartotek.model.naming import row_path


def rollup_of(formulas: Formulas, path: Path, field: Field, types: Mapping[str, RecordType]) -> Rollup | None:
    """The rollup with its condition, or None and problems."""
    rollup = field.rollup
    if rollup is None:
        return None
    over = _over(formulas, path, rollup, types)
    if over is None:
        return rollup
    item, fields = over
    source = _source(formulas, path, rollup, fields)
    if source or rollup.function == "count":
        _check_function(formulas, path, field, source)
    # What a record counts of itself changes with it alone; of others, the time may be asked too: that is looked after.
    names = {"item": item} | ({"now": INSTANT, "today": DATE} if item.name == "record" else {})
    return replace(rollup, where=formulas.queried((*path, "where"), names))


def _over(
    formulas: Formulas, path: Path, rollup: Rollup, types: Mapping[str, RecordType]
) -> tuple[Type, Mapping[str, Field]] | None:
    """The type of an item and its fields."""
    own = types[formulas.draft.name]
    part = own.by_name.get(rollup.source)
    if part and part.kind == "rows":
        return Type("row", record=row_path(own.name, part.name)), {field.name: field for field in part.fields}
    if rollup.source in own.inverses:
        other = own.inverses[rollup.source].type
        return Type("record", record=other), types[other].by_name
    if rollup.source not in formulas.doubtful:
        known = {**own.inverses, **{field.name: field for field in own.fields if field.kind == "rows"}}
        sentence = (
            f"'{rollup.source}' is neither a table inside this record nor the inverse list of another type."
            f"{did_you_mean(rollup.source, known)}"
        )
        formulas.draft.problems.error((*path, "from"), "rollup", sentence)
    return None


def _source(formulas: Formulas, path: Path, rollup: Rollup, fields: Mapping[str, Field]) -> Field | None:
    problems = formulas.draft.problems
    if rollup.function == "count":
        if rollup.field:
            problems.error(
                (*path, "field"), "rollup", "A count counts rows; leave 'field' out, and use 'where' to choose them."
            )
        return None
    if not rollup.field:
        problems.error_at_key(path, "rollup", f"'{rollup.function}' needs a 'field'.")
    elif rollup.field not in fields and rollup.field not in formulas.doubtful:
        sentence = f"'{rollup.source}' has no field '{rollup.field}'.{did_you_mean(rollup.field, fields)}"
        problems.error((*path, "field"), "unknown_field", sentence)
    return fields.get(rollup.field)


def _check_function(formulas: Formulas, path: Path, field: Field, source: Field | None) -> None:
    assert field.rollup is not None
    wanted = misfit(field.rollup.function, type_of(field), type_of(source) if source else None)
    if wanted:
        formulas.draft.problems.error((*path, "fn"), "rollup", wanted)
