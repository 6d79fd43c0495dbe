"""Questions: what goes and what comes at once and looks like one thing under a new name; only the owner can tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from types import MappingProxyType
from typing import TypeVar

from kartotek.migration.going_on import going_over
from kartotek.migration.lineage import Lineage, Path
from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.field import Field
from kartotek.model.plan import Question
from kartotek.model.plan_texts import QUESTIONS

Thing = TypeVar("Thing", Field, RecordType)
_ALIKE = 0.5  # how much two names, or the fields of two types, must have in common
_HOLDERS = frozenset({"rows", "object"})


def questions(old: Catalog, new: Catalog, lineage: Lineage) -> tuple[Question, ...]:
    """At most one for each thing that is gone, and for each that is new; types first. `new` of a type's question is ()."""
    found = list(_of_types(old, new, lineage))
    for name, was in lineage.types.items():
        if not (old.types[was].foreign or new.types[name].foreign):
            found += _of_fields(lineage, name, (old.types[was].fields, new.types[name].fields), paths=((), ()))
    return tuple(found)


def _of_types(old: Catalog, new: Catalog, lineage: Lineage) -> Iterator[Question]:
    gone = [one for one in old.types.values() if not one.builtin and one.name not in lineage.types.values()]
    come = [one for one in new.types.values() if not one.builtin and one.name not in lineage.types]
    scores = [(_common(was, one), was, one) for was in gone for one in come]
    for was, one in _best(scores):
        yield _question("type", one.name, (was.name,), ())


def _common(old: RecordType, new: RecordType) -> float:
    """How many of all their fields both have."""
    was, now = ({(field.name, field.kind) for field in one.fields} for one in (old, new))
    return len(was & now) / len(was | now) if was | now else 0.0


def _of_fields(
    lineage: Lineage, record_type: str, sides: tuple[Sequence[Field], Sequence[Field]], *, paths: tuple[Path, Path]
) -> Iterator[Question]:
    before, after = sides
    above, below = paths
    descent = {one.name: former[-1] for one in after if (former := lineage.former(record_type, (*above, one.name)))}
    gone = [one for one in before if one.name not in descent.values()]
    come = [one for one in after if one.name not in descent]
    names = {one.name for one in gone} & {one.name for one in come}  # one thing became another, and is called as before
    scores = [
        (_likeness(was, one, _is_in_its_place(descent, sides, was, one)), was, one)
        for was in gone for one in come if not {was.name, one.name} & names and _fits(was, one)
    ]
    for was, one in _best(scores):
        yield _question("field", record_type, (*below, was.name), (*above, one.name))
    known = {one.name: one for one in before}
    for one in after:
        if one.kind in _HOLDERS and one.name in descent and known[descent[one.name]].kind == one.kind:
            inside = ((*above, one.name), (*below, descent[one.name]))
            yield from _of_fields(lineage, record_type, (known[descent[one.name]].fields, one.fields), paths=inside)


def _fits(old: Field, new: Field) -> bool:
    """Whether it could be one thing: every value would go over."""
    if old.is_derived or new.is_derived:
        return old.is_derived and new.is_derived and old.kind == new.kind
    return going_over(old, new).fit in ("same", "lossless")


def _likeness(old: Field, new: Field, in_its_place: bool) -> float:
    """Of two names, and as much again for the same place or the same title."""
    titled = bool(old.title) and old.title == new.title and old.title != old.name
    names = SequenceMatcher(None, old.name.casefold(), new.name.casefold()).ratio()
    return names + 0.5 * (in_its_place and old.kind == new.kind) + 0.5 * titled


def _is_in_its_place(
    descent: dict[str, str], sides: tuple[Sequence[Field], Sequence[Field]], old: Field, new: Field
) -> bool:
    """Whether it stands between the same fields as the other did, or at least beside one of them."""
    before, after = ([one.name for one in fields] for fields in sides)
    at, now = before.index(old.name), after.index(new.name)
    for step in (-1, 1):
        was = before[at + step] if 0 <= at + step < len(before) else ""
        is_ = after[now + step] if 0 <= now + step < len(after) else ""
        if was and is_ and descent.get(is_) == was:
            return True
    return len(before) == len(after) == 1


def _best(scores: Sequence[tuple[float, Thing, Thing]]) -> Iterator[tuple[Thing, Thing]]:
    """The likeliest pairs, each thing once."""
    taken: list[Thing] = []
    for score, was, one in sorted(scores, key=lambda each: -each[0]):
        if score >= _ALIKE and not any(was is each or one is each for each in taken):
            taken += [was, one]
            yield was, one


def _question(code: str, record_type: str, old: Path, new: Path) -> Question:
    told = {"type": record_type, "old": ".".join(old), "new": ".".join(new), "alias": old[-1]}
    return Question(record_type, old, new, QUESTIONS[code].format_map(told), code, MappingProxyType(told))
