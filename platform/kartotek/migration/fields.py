"""Fields: the steps from the fields of a type, of a sub-table or of a small object to those of the new declaration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from dataclasses import fields as attributes
from dataclasses import replace
from typing import Any

from kartotek.migration import demands, limits, rights
from kartotek.migration.arrivals import added
from kartotek.migration.clearances import field_clearance_steps
from kartotek.migration.going_on import going_over, same_sort, sort_words
from kartotek.migration.keeping import taken_back
from kartotek.migration.lineage import Lineage
from kartotek.migration.sameness import same
from kartotek.migration.step import Path, Step, Subject
from kartotek.migration.translated import translated_field
from kartotek.migration.translation import Translation
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.kept import Kept
from kartotek.model.naming import row_path
from kartotek.model.plan import Verdict

# What may differ without any step: words, looks, and what concerns values that are still to come.
_FREE = frozenset({
    "title", "description", "placeholder", "labels", "deprecated", "default", "default_expr", "fetch_from", "show_if",
    "widget", "index", "fragment", "place", "aliases",
})
# What the functions below look at. An attribute that stands nowhere is held: nobody has thought about it.
_JUDGED = frozenset({
    "name", "kind", "column", "required", "nullable", "read_only", "write_only", "settings", "options", "unique",
    "fields", "reference", "compute", "stored", "rollup", "required_if", "read_only_if", "read", "write", "declassify",
    "account", "is_state", "row_key", "personal", "encrypt", "blind", "access", "mask", "sensitive",
})
_TEXTS = frozenset({"text", "longtext", "choice"})  # what may have held states before a workflow did


@dataclass(frozen=True)
class Within:
    """The type whose fields are compared: as it was, and what is known of the change around it."""

    type: str
    was: RecordType
    lineage: Lineage
    names: Translation
    kept: tuple[Kept, ...] = ()


def steps(
    within: Within, old: Sequence[Field], new: Sequence[Field], *, above: Path = (), below: Path = ()
) -> Iterator[Step]:
    """The steps in the order of the new fields, those that are gone last.

    `above` is the path of what the new ones stand in, `below` that of the old ones.
    """
    before = {one.name: one for one in old}
    for field in new:
        path = (*above, field.name)
        former = within.lineage.former(within.type, path)
        if former:
            subject = Subject(within.type, path, former)
            yield from _changed(within, subject, before.pop(former[-1]), field)
        else:
            yield from added(Subject(within.type, path, path), field, within.kept)
    taken = {one.name: one for one in new}
    for gone in before.values():
        yield _gone(Subject(within.type, (*below, gone.name), (*below, gone.name)), gone, taken.get(gone.name))


def _gone(subject: Subject, gone: Field, now: Field | None) -> Step:
    """The step of a field that goes, in the words of what has taken its place, if anything has."""
    if now is None:
        return subject.step("remove_field", "confirm", "remove_field")
    if now.is_derived and not gone.is_derived:
        return subject.step("remove_field", "confirm", "computed_now")
    if gone.is_live:
        return subject.step("remove_field", "confirm", "not_computed")
    if gone.reference is not None and now.reference is not None and gone.kind == now.kind:
        return subject.step("remove_field", "confirm", "target", before=gone.reference.target, after=now.reference.target)
    return subject.step("remove_field", "confirm", "replaced", before=sort_words(gone), after=sort_words(now))


def _changed(within: Within, subject: Subject, old: Field, new: Field) -> Iterator[Step]:
    owner = within.was.name
    for name in subject.former[:-1]:
        owner = row_path(owner, name)
    was = translated_field(old, new, owner, within.names, above=within.was)
    if old.name != new.name:
        yield subject.step("rename_field", "safe", "rename_field", former=".".join(subject.former))
    found = list(_judged(within, subject, was, new))
    yield from found
    if not found and old.name == new.name and not _is_same(was, new):
        yield subject.step("metadata", "safe", "field_looks")


def _judged(within: Within, subject: Subject, old: Field, new: Field) -> Iterator[Step]:
    if new.is_state:
        yield from _state(subject, old, new)
    else:
        yield from _shape(within, subject, old, new)
        yield from limits.steps(subject, old, new)
        for judge in (demands.steps, _references, _derivation, _row_key):
            yield from judge(subject, old, new)
        if old.kind == new.kind:
            yield from steps(within, _members(within, subject), new.fields, above=subject.path, below=subject.former)
    yield from rights.field_steps(subject, old, new)
    yield from field_clearance_steps(subject, old, new)
    if old.kind != new.kind:
        yield from rights.member_steps(subject, old, new)
    dropped = [one for one in old.aliases if one not in new.aliases and one != new.name]
    if dropped:
        yield subject.step("metadata", "safe", "field_aliases", names=", ".join(dropped))
    unknown = [
        one.name for one in attributes(Field)
        if one.name not in _FREE | _JUDGED and getattr(old, one.name) != getattr(new, one.name)
    ]
    if unknown:
        yield subject.step("retype", "confirm", "field_unknown", names=", ".join(unknown))


def _members(within: Within, subject: Subject) -> Sequence[Field]:
    """The old members of what stands at the subject's former path."""
    found: Sequence[Field] = within.was.fields
    for name in subject.former:
        found = next(one for one in found if one.name == name).fields
    return found


def _is_same(old: Field, new: Field) -> bool:
    """Whether nothing differs at all, what is inside apart, which has steps of its own."""
    return all(same(getattr(old, one.name), getattr(new, one.name)) for one in attributes(Field) if one.compare and one.name != "fields")


def _shape(within: Within, subject: Subject, old: Field, new: Field) -> Iterator[Step]:
    told = {"before": sort_words(old), "after": sort_words(new)}
    if old.is_state:
        yield subject.step("retype", "confirm", "hides_state")
    if old.is_derived and new.is_derived:
        if not same_sort(old, new) and not (old.is_live or new.is_live):
            yield subject.step("retype", "safe", "retype_computed", **told)
        return
    if (old.encrypt, old.blind) != (new.encrypt, new.blind):
        yield subject.step("retype", "confirm", _encryption(old, new))
        if same_sort(old, replace(new, encrypt=old.encrypt, blind=old.blind)):
            return
    conversion = going_over(old, new)
    back = taken_back(subject.type, subject.path, new, within.kept) if not old.is_derived else None
    how = f" ({conversion.words})" if conversion.words else ""
    told |= {"way": conversion.way[0], "name": conversion.way[1]}
    if back is not None and conversion.fit in ("lossless", "lossy"):
        verdict: Verdict = "safe" if conversion.fit == "lossless" else "confirm"
        yield subject.step("retype", verdict, "retype_back", **told, how=how, kept=back.id)
    elif conversion.fit == "lossless":
        yield subject.step("retype", "safe", "retype_lossless", **told, how=how)
    elif conversion.fit in ("lossy", "none"):
        yield subject.step("retype", "confirm", "retype_lossy", **told, how=how)
    elif old.kind != new.kind:
        yield subject.step("metadata", "safe", "retype_same", **told)
    elif old.column != new.column:
        yield subject.step("metadata", "safe", "moved_column")
    if old.is_derived:
        yield subject.step("metadata", "safe", "kept_computed")


def _encryption(old: Field, new: Field) -> str:
    if old.encrypt and new.encrypt:
        return "found_by_value" if new.blind else "not_found_by_value"
    return "encrypted" if new.encrypt else "decrypted"


def _state(subject: Subject, old: Field, new: Field) -> Iterator[Step]:
    """The field that shows the state: its options follow the workflow, whose own steps say where records go."""
    if old.is_state:
        return
    if old.kind not in _TEXTS or old.is_derived:
        yield subject.step("retype", "confirm", "to_state", before=old.kind)
    else:
        yield subject.step("metadata", "safe", "shows_state")


def _references(subject: Subject, old: Field, new: Field) -> Iterator[Step]:
    before, after = old.reference, new.reference
    if before is None or after is None:
        return
    if before.on_delete != after.on_delete:
        yield subject.step("reference", "confirm", "on_delete", before=before.on_delete, after=after.on_delete)


def _derivation(subject: Subject, old: Field, new: Field) -> Iterator[Step]:
    if not (old.is_derived and new.is_derived):
        return
    if _derived_by(old) == _derived_by(new) and old.stored == new.stored and same_sort(old, new):
        return
    if new.declassify:
        yield subject.step("rights", "confirm", "declassified_otherwise")
    kept = () if new.is_live else subject.path[:1]
    yield replace(subject.step("recompute", "safe", "recompute_otherwise"), recompute=kept)


def _row_key(subject: Subject, old: Field, new: Field) -> Iterator[Step]:
    if old.kind == new.kind and old.row_key != new.row_key:
        before, after = (", ".join(one.row_key) or "content and position" for one in (old, new))
        yield subject.step("metadata", "confirm", "row_key", before=before, after=after)


def _derived_by(field: Field) -> Any:
    rollup = field.rollup
    if rollup is None:
        return field.compute.source if field.compute is not None else None
    where = rollup.where.source if rollup.where is not None else None
    return rollup.source, rollup.function, rollup.field, where
