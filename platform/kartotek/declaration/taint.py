"""Who may read what is derived: no more people than may read all that it comes from, unless it is declassified.

Values that only begin as a copy, by fetchFrom or defaultExpr, count as derived; and who may not know of a record type may not
know which of its records are referred to either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from kartotek.declaration.draft import Draft
from kartotek.declaration.spots import Spot
from kartotek.model.actor import OWNER
from kartotek.model.catalog import RecordType
from kartotek.model.clearance import Clearance, reads
from kartotek.model.field import Field
from kartotek.model.naming import row_path
from kartotek.model.order import Key, cycles, order
from kartotek.model.order import reads as sources_of

Roles = frozenset[str]


class Readers:
    """Which roles can know something of a field: by the rights on its type, by its own, and in which states."""

    def __init__(self, types: Mapping[str, RecordType], roles: Roles) -> None:
        self._types = types
        self._roles = roles - {OWNER}
        self.fields: dict[Key, Field] = {}
        self._above: dict[str, tuple[str, tuple[Key, ...]]] = {}  # {owner: (record type, the fields that it is in)}
        for one in types.values():
            self._note(one.name, (one.name, ()), one.fields)

    def of_type(self, name: str) -> Roles:
        """The roles that may read at least some records of the type."""
        found = self._types[name]
        if found.builtin:
            return self._roles
        return frozenset(role for role, grants in found.permissions.items() if "read" in grants) & self._roles

    def of_field(self, key: Key) -> Roles:
        """The roles that may read the field in some record; a field that is never given back has none."""
        return self._where(key, any, reads)

    def surely(self, key: Key) -> Roles:
        """The roles that may read the field in every record that they may read, whatever its state."""
        return self._where(key, all, reads)

    def shown(self, key: Key) -> Roles:
        """The roles that may know something of its value in some record, be it a mask of it or whether there is one."""
        return self._where(key, any, lambda clearance: clearance != "none")

    def named(self, key: Key) -> Roles:
        """The roles of which somebody has said that they may know something of it."""
        field, record_type = self.fields[key], self._types[self.type_of(key)]
        said = [field.access, *(record_type.said(field, state) for state in record_type.state_access if key[0] == record_type.name)]
        return frozenset(field.read or ()) | {role for one in said for role, clearance in one.items() if clearance != "none"}

    def of_owner(self, owner: str) -> Roles:
        """The roles that may read the record, the table or the small object that a field is in, in some record."""
        record_type, above = self._above[owner]
        return self._where(above[-1], any, reads) if above else self.of_type(record_type)

    def type_of(self, key: Key) -> str:
        """The record type that a field is of, be it in a table or a small object of it."""
        return self._above[key[0]][0]

    def beyond(self, target: Key, source: Key) -> Roles:
        """The roles that know something of the one in a record, or in a state, in which they may not read the other."""
        if self.type_of(target) != self.type_of(source):
            return self.shown(target) - self.surely(source)
        states = self._states(self.type_of(target))
        return frozenset(
            role for role in self.of_type(self.type_of(target))
            if any(self._clearance(target, role, one) != "none" and not reads(self._clearance(source, role, one)) for one in states)
        )

    def narrow(self, key: Key, read: Roles | None) -> None:
        """From now on the field is readable by these."""
        self.fields[key] = replace(self.fields[key], read=read)

    def _where(self, key: Key, quantity: Callable[[Iterable[bool]], bool], holds: Callable[[Clearance], bool]) -> Roles:
        name = self.type_of(key)
        return frozenset(
            role for role in self.of_type(name) if quantity(holds(self._clearance(key, role, one)) for one in self._states(name))
        )

    def _states(self, name: str) -> tuple[str | None, ...]:
        """Those that make a difference, and None for the others."""
        return (None, *self._types[name].state_access)

    def _clearance(self, key: Key, role: str, state: str | None) -> Clearance:
        name, above = self._above[key[0]]
        along = [self.fields[one] for one in (*above, key)]
        if any(one.write_only for one in along):
            return "none"
        levels = [self._types[name].clearance(along[0], role, state), *(one.clearance(role) for one in along[1:])]
        return levels[-1] if all(map(reads, levels[:-1])) else "none"

    def _note(self, owner: str, above: tuple[str, tuple[Key, ...]], fields: tuple[Field, ...]) -> None:
        self._above[owner] = above
        for field in fields:
            self.fields[owner, field.name] = field
            if field.fields:
                self._note(row_path(owner, field.name), (above[0], (*above[1], (owner, field.name))), field.fields)


def with_readers(drafts: Mapping[str, Draft], types: dict[str, RecordType]) -> dict[str, RecordType]:
    """The types with the readers of every derived and copied field written down; too wide ones are problems."""
    graph = sources_of(types)
    roles = next((draft.site.role_names for draft in drafts.values()), frozenset())
    readers = Readers(types, roles)
    spots = {(spot.owner, spot.field.name): (draft, spot) for draft in drafts.values() for spot in draft.spots()}
    for key, (draft, spot) in spots.items():
        target = spot.field.reference.target if spot.field.reference else ""
        if target in types and not (target in drafts and drafts[target].is_hollow):
            _settle_reference(draft, spot, readers, target)
    sources = _with_defaults(
        {**graph, **{key: _copied(types, spot) for key, (_, spot) in spots.items() if spot.field.fetch_from}}, readers.fields
    )
    for key in order(sources):
        draft, spot = spots[key]
        _settle(draft, spot, readers, sources[key])
    # What nobody's rights concern stays the very same, so that what was made of it can be kept.
    return {name: one if one.foreign else replace(one, fields=_narrowed(name, one.fields, readers)) for name, one in types.items()}


def _copied(types: Mapping[str, RecordType], spot: Spot) -> frozenset[Key]:
    assert spot.field.fetch_from is not None
    link, name = spot.field.fetch_from
    found = next((field.reference for field in spot.beside if field.name == link), None)
    return frozenset({(spot.owner, link), (found.target, name)}) if found else frozenset()


def _with_defaults(sources: Mapping[Key, frozenset[Key]], fields: Mapping[Key, Field]) -> dict[Key, frozenset[Key]]:
    """The same with the fields whose default is worked out. Defaults may be made of each other: no circle is closed here."""
    found = dict(sources)
    for key, field in fields.items():
        if field.default_expr is not None and key not in found:
            read = field.default_expr.fields - {key}
            found[key] = read
            if cycles(found):
                found[key] = read - found.keys()
    return found


def _settle_reference(draft: Draft, spot: Spot, readers: Readers, target: str) -> None:
    key = spot.owner, spot.field.name
    hidden = readers.shown(key) - readers.of_type(target)
    said = sorted(hidden & readers.named(key) - (spot.field.read or frozenset()))
    if said:
        sentence = f"{_people(said)} may not read '{target}', which this refers to, and so may not see it either."
        draft.problems.error((*spot.path, "x-field"), "reveals", sentence)
    elif hidden:
        readers.narrow(key, readers.shown(key) - hidden)
        sentence = f"{_people(sorted(hidden))} will not see this, because it refers to '{target}', which they may not read."
        draft.problems.note(spot.path, "narrowed", sentence)


def _settle(draft: Draft, spot: Spot, readers: Readers, sources: frozenset[Key]) -> None:
    if spot.field.declassify:
        return
    key = spot.owner, spot.field.name
    beyond = {source: found for source in sorted(sources & readers.fields.keys()) if (found := readers.beyond(key, source))}
    too_many = frozenset[str]().union(*beyond.values())
    said = sorted(too_many & readers.named(key))
    if said:
        _tell(draft, spot, said, next(one for one, found in beyond.items() if found & set(said)))
    elif too_many:
        readers.narrow(key, readers.shown(key) - too_many)
        _note(draft, spot, sorted(too_many), next(iter(beyond)))


def _note(draft: Draft, spot: Spot, roles: list[str], source: Key) -> None:
    sentence = f"{_people(roles)} will not see this, because it is made of '{source[0]}.{source[1]}', which they may not read."
    draft.problems.note(spot.path, "narrowed", sentence)


def _tell(draft: Draft, spot: Spot, roles: list[str], source: Key) -> None:
    sentence = (
        f"{_people(roles)} may read this, but not '{source[0]}.{source[1]}', which it is made of. "
        'Name fewer roles, or add "declassify": true if what it shows may be known.'
    )
    key = next((one for one in ("read", "access") if set(roles) & set(getattr(spot.field, one) or ())), None)
    path = (*spot.path, "x-field", key) if key else ("x-record", "stateAccess")
    draft.problems.error(path, "reveals", sentence)


def _people(roles: Iterable[str]) -> str:
    return ", ".join(f"'{role}'" for role in roles)


def _narrowed(owner: str, fields: tuple[Field, ...], readers: Readers) -> tuple[Field, ...]:
    return tuple(
        replace(
            field,
            read=readers.fields[owner, field.name].read,
            fields=_narrowed(row_path(owner, field.name), field.fields, readers),
        )
        for field in fields
    )
