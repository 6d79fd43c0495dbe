"""Ratcheted: by which names records that are older than a rule are known to break it, from one catalog to the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kartotek.migration.lineage import Lineage
from kartotek.migration.step import Step
from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.field import Field

Names = Mapping[str, Sequence[str]]
_WHOLE = "*"


def carried(
    before: Names, steps: Sequence[Step], lineage: Lineage, catalog: Catalog, *, still: Names | None = None
) -> dict[str, list[str]]:
    """{type: names} of the catalog that comes next: those there were, as they are called now, and those of its ratcheted steps.

    `still` are the old names that some record breaks or that are still being looked for; the others are let go, None keeps all.
    """
    found: dict[str, set[str]] = {}
    for name, declared in catalog.types.items():
        was = lineage.former_type(name)
        known = set(before.get(was, ())) & set(still.get(was, ()) if still is not None else before.get(was, ()))
        found[name] = {renamed(lineage, name, one) for one in known}
        found[name] |= {name_of(declared, one) for one in steps if one.type == name and is_stricter(declared, one)}
        found[name] &= set(names_of(declared))
    return {name: sorted(each) for name, each in found.items() if each}


def is_stricter(declared: RecordType, step: Step) -> bool:
    """Whether records may break what the step does; of two foreign schemas nobody can tell which is the stricter."""
    return step.verdict == "ratcheted" or (declared.foreign and step.action == "metadata" and not step.path)


def name_of(declared: RecordType, step: Step) -> str:
    """The name of what a step makes stricter."""
    return _WHOLE if declared.foreign else step.rule if not step.path else step.field


def renamed(lineage: Lineage, record_type: str, name: str) -> str:
    """What a name of the old catalog is called in the new one; itself where it is gone, or a rule's."""
    ways = lineage.fields.get(record_type, {})
    return next((".".join(new) for new, old in ways.items() if ".".join(old) == name), name)


def names_of(declared: RecordType) -> Iterator[str]:
    """All names that records of the type can break."""
    if declared.foreign:
        yield _WHOLE
        return
    yield from _paths(declared.fields, "")
    yield from (one.name for one in declared.validations)


def _paths(fields: Sequence[Field], above: str) -> Iterator[str]:
    for one in fields:
        yield above + one.name
        yield from _paths(one.fields, f"{above}{one.name}.")
