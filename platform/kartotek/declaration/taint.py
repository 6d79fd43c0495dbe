"""Who may read what is derived: no more people than may read all that it comes from, unless it is declassified.

Values that only begin as a copy, by fetchFrom or defaultExpr, count as derived; and who may not know of a record type may not
know which of its records are referred to either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kartotek.declaration.draft import Draft
from kartotek.declaration.spots import Spot
from kartotek.model.actor import OWNER
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.naming import row_path
from kartotek.model.order import Key, cycles, order, owned, reads

Roles = frozenset[str]


class Readers:
    """Which roles can read a field at all: by the rights on its type and by its own."""

    def __init__(self, types: Mapping[str, RecordType], roles: Roles) -> None:
        self._types = types
        self._roles = roles - {OWNER}
        self.fields = {(owner, field.name): field for one in types.values() for owner, field in owned(one)}
        self._of_owner: dict[str, Roles] = {}
        for one in types.values():
            self._note(one.name, self.of_type(one.name), one.fields)

    def of_type(self, name: str) -> Roles:
        """The roles that may read at least some records of the type."""
        found = self._types[name]
        if found.builtin:
            return self._roles
        return frozenset(role for role, grants in found.permissions.items() if "read" in grants) & self._roles

    def of_field(self, key: Key) -> Roles:
        """The roles that may read the field in some record; a field that is never given back has none."""
        field = self.fields[key]
        if field.write_only:
            return frozenset()
        return self._of_owner[key[0]] & (self._roles if field.read is None else field.read)

    def of_owner(self, owner: str) -> Roles:
        """The roles that may read the record, the table or the small object that a field is in."""
        return self._of_owner[owner]

    def narrow(self, key: Key, read: Roles | None) -> None:
        """From now on the field is readable by these."""
        self.fields[key] = replace(self.fields[key], read=read)

    def _note(self, owner: str, roles: Roles, fields: tuple[Field, ...]) -> None:
        self._of_owner[owner] = roles
        for field in fields:
            if field.fields:
                self._note(
                    row_path(owner, field.name), roles if field.read is None else roles & field.read, field.fields
                )


def with_readers(drafts: Mapping[str, Draft], types: dict[str, RecordType]) -> dict[str, RecordType]:
    """The types with the readers of every derived and copied field written down; too wide ones are problems."""
    graph = reads(types)
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
    declared = readers.of_field(key)
    allowed = declared & readers.of_type(target)
    if allowed != declared:
        readers.narrow(key, allowed)
        people = ", ".join(f"'{role}'" for role in sorted(declared - allowed))
        sentence = f"{people} will not see this, because it refers to '{target}', which they may not read."
        draft.problems.note(spot.path, "narrowed", sentence)


def _settle(draft: Draft, spot: Spot, readers: Readers, sources: frozenset[Key]) -> None:
    if spot.field.declassify:
        return
    own = readers.of_owner(spot.owner)
    secret = sorted(source for source in sources if source in readers.fields and not own <= readers.of_field(source))
    allowed = own.intersection(*(readers.of_field(source) for source in secret))
    declared = spot.field.read
    if declared is None:
        if secret:
            allowed &= readers.of_field((spot.owner, spot.field.name))
            readers.narrow((spot.owner, spot.field.name), allowed)
            _note(draft, spot, sorted(own - allowed), secret[0])
        return
    too_many = sorted((declared & own) - allowed)
    if too_many:
        _tell(draft, spot, too_many, next(one for one in secret if not set(too_many) <= readers.of_field(one)))


def _note(draft: Draft, spot: Spot, roles: list[str], source: Key) -> None:
    people = ", ".join(f"'{role}'" for role in roles)
    sentence = f"{people} will not see this, because it is made of '{source[0]}.{source[1]}', which they may not read."
    draft.problems.note(spot.path, "narrowed", sentence)


def _tell(draft: Draft, spot: Spot, roles: list[str], source: Key) -> None:
    people = ", ".join(f"'{role}'" for role in roles)
    sentence = (
        f"{people} may read this, but not '{source[0]}.{source[1]}', which it is made of. "
        'Name fewer roles, or add "declassify": true if what it shows may be known.'
    )
    draft.problems.error((*spot.path, "x-field", "read"), "reveals", sentence)


def _narrowed(owner: str, fields: tuple[Field, ...], readers: Readers) -> tuple[Field, ...]:
    return tuple(
        replace(
            field,
            read=readers.fields[owner, field.name].read,
            fields=_narrowed(row_path(owner, field.name), field.fields, readers),
        )
        for field in fields
    )
