"""Steps: the ordered difference between the applied catalog and a new one, in words and with a verdict; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kartotek.migration.arrivals import arriving
from kartotek.migration.effective import effective
from kartotek.migration.keeping import renamed
from kartotek.migration.lineage import lineage
from kartotek.migration.recomputing import affected, derived, stored
from kartotek.migration.rights import read_by_rights
from kartotek.migration.site import site_steps
from kartotek.migration.state_rights import state_steps
from kartotek.migration.step import Step, Subject
from kartotek.migration.translation import translation
from kartotek.migration.types import Around, type_steps
from kartotek.migration.workflows import NOTHING, Counts, reading_state
from kartotek.model.catalog import Catalog
from kartotek.model.frozen import EMPTY
from kartotek.model.kept import Kept

__all__ = ["Step", "effective", "steps"]

# Steps by which values change that others are computed from.
_STIRRING = frozenset({"recompute", "retype", "options"})


def steps(
    old: Catalog | None, new: Catalog, stored_in: Mapping[str, Counts] = EMPTY, *, kept: Sequence[Kept] = ()
) -> tuple[Step, ...]:
    """What leads from `old`, None before anything was applied, to `new`: new types first, recomputing last.

    `stored_in` is {old type: {state: how many records are in it}}, of types that have a workflow before or after; `kept` is
    what was removed and can still be brought back.
    """
    declared = [one for one in new.types.values() if not one.builtin]
    if old is None:
        return tuple(step for one in declared for step in arriving(one, ()))
    descent = lineage(old, new)
    around = Around(descent, translation(old, new, descent), renamed(kept, descent))
    found = [step for one in declared if not descent.former_type(one.name) for step in arriving(one, around.kept)]
    for one in declared:
        if former := descent.former_type(one.name):
            found += type_steps(around, old.types[former], one, stored_in.get(former, NOTHING))
    found += [*site_steps(old, new, around.names), *state_steps(old, new, descent)]
    left = [one.name for one in old.types.values() if not one.builtin and one.name not in descent.types.values()]
    found += [Subject(name).step("remove_type", "confirm", "remove_type") for name in left]
    computing = _recomputing(new, found, everything=old.settings.timezone != new.settings.timezone)
    others = [one for one in found if one not in computing]
    return (*others, *_rights_that_follow(new, found), *computing)


def _rights_that_follow(catalog: Catalog, found: Sequence[Step]) -> Iterator[Step]:
    """A grant that looks at a value which is now computed otherwise may have become wider: both types wait."""
    computed = [one for one in found if one.action == "recompute"]
    changed = frozenset(affected(catalog, {one.name for one in computed}))
    for one in catalog.types.values():
        for source, name in sorted(read_by_rights(one) & changed)[:1]:
            for held in sorted({one.name, *(step.type for step in computed)}):
                step = Subject(held).step("rights", "confirm", "rights_follow", source=f"{source}.{name}", of=one.name)
                yield step


def _recomputing(catalog: Catalog, found: Sequence[Step], *, everything: bool) -> list[Step]:
    """All steps that recompute, sources first: those found, and those that follow from them.

    `everything` is computed anew where the days of moments have changed, which any formula may look at.
    """
    known = {one.name: one for one in found if one.recompute}
    moved = {one.name for one in found if one.recompute or one.action in _STIRRING}
    for name in {one.type for one in found if one.action in ("enter", "move")}:
        moved |= reading_state(catalog, name)
    if everything:
        moved |= {name for name, _, _ in derived(catalog)}
    ordered: list[Step] = []
    for record_type, path in stored(catalog, affected(catalog, moved)):
        step = Step(
            record_type, "recompute", "safe", f"{record_type}: recompute {'.'.join(path)}.", path, path[:1],
            code="recompute", params={"type": record_type, "field": ".".join(path)},
        )
        ordered.append(known.get(step.name, step))
    return ordered
