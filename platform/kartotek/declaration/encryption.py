"""x-field.encrypt: what cannot work on a value that the database cannot read, or would write it down beside itself, is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kartotek.declaration.document import Path
from kartotek.declaration.draft import Draft
from kartotek.declaration.spots import Spot
from kartotek.kinds.sealed import INDEXED, SEALED
from kartotek.model.catalog import RecordType
from kartotek.model.formula import Formula, formulas_in
from kartotek.model.order import Key, owned

_CODE = "encrypted"
_ASKED = "the database looks records up by this, and cannot read what is encrypted"


def check_encryption(drafts: Mapping[str, Draft], types: Mapping[str, RecordType]) -> None:
    """Every use of an encrypted field is one that works in memory, and nothing that is made of one lies open."""
    secret = sealed_keys(types)
    if not secret and not any(one.field.encrypt for draft in drafts.values() for one in draft.spots()):
        return
    for draft in drafts.values():
        if not types[draft.name].foreign:
            _Check(draft, types, secret).run()


def sealed_keys(types: Mapping[str, RecordType]) -> frozenset[Key]:
    """The encrypted fields, and those that are worked out of them whenever they are read."""
    found = {(owner, field.name): field for one in types.values() for owner, field in owned(one)}
    secret = {key for key, field in found.items() if field.encrypt}
    live = {key: field.compute.fields for key, field in found.items() if field.is_live and field.compute and not field.declassify}
    while more := {key for key, read in live.items() if key not in secret and read & secret}:
        secret |= more
    return frozenset(secret)


class _Check:
    """Of one type."""

    def __init__(self, draft: Draft, types: Mapping[str, RecordType], secret: frozenset[Key]) -> None:
        self._draft, self._types, self._secret = draft, types, secret
        self._type = types[draft.name]

    def run(self) -> None:
        for spot in self._draft.spots():
            self._kind(spot)
            self._made(spot)
        for key in ("search", "sort"):
            for index, name in enumerate(self._draft.own.get(key, ())):
                self._named(("x-record", key, index), str(name).removeprefix("-"), f"'{key}' needs to read it")
        for key in ("unique", "indexes", "noOverlap", "occupancy"):
            self._listed(key)
        calendar = self._draft.own.get("calendar", {})
        for key, name in calendar.items() if isinstance(calendar, Mapping) else ():
            if key != "where":
                self._named(("x-record", "calendar", key), str(name), "'calendar' needs to read it")
        if self._type.retention is not None and self._type.retention.since:
            self._named(("x-record", "retention", "from"), self._type.retention.since, "'retention' needs to read it")
        for path, formula in self._asked():
            if read := sorted(formula.fields & self._secret):
                self._error(path, f"'{read[0][0]}.{read[0][1]}' is encrypted: {_ASKED}.")

    def _kind(self, spot: Spot) -> None:
        field, path = spot.field, (*spot.path, "x-field", "encrypt")
        if not field.encrypt:
            return
        if "." in spot.owner and not self._is_in_object(spot):
            self._error(path, "A column of a table inside a record cannot be encrypted yet.")
        elif field.kind not in SEALED or field.is_derived and not field.stored or field.is_state or field.account:
            self._error(path, f"A field like this ({field.kind}) cannot be encrypted: the database has to read it.")
        elif field.blind and field.kind not in INDEXED:
            self._error(path, f"The values of the kind {field.kind} are so few that an index would give them away. Say true.")
        elif field.index:
            self._error(path, "An index of the database cannot sort what is encrypted. Leave 'index' out.")
        elif field.unique and not field.blind:
            self._error(path, 'Whether it is unique can be told by an index alone: say "encrypt": {"index": true}.')

    def _is_in_object(self, spot: Spot) -> bool:
        outer = self._type.by_name.get(spot.owner.partition(".")[2])
        return outer is not None and outer.kind == "object"

    def _made(self, spot: Spot) -> None:
        """What is worked out or copied, and then kept, is as secret as what it is made of."""
        field = spot.field
        if field.encrypt or field.declassify or field.is_live:
            return
        for key, sources in _sources(spot, self._types):
            if read := sorted(sources & self._secret):
                sentence = (
                    f"'{read[0][0]}.{read[0][1]}' is encrypted, and this would write it down openly. "
                    'Encrypt this too, or add "declassify": true if what it shows may be known.'
                )
                self._error((*spot.path, "x-field", key), sentence)

    def _listed(self, key: str) -> None:
        for index, rule in enumerate(self._draft.own.get(key, ())):
            named = [one for one in _texts(rule)]
            for name in named:
                field = self._type.by_name.get(name)
                if key == "unique" and field is not None and field.blind:
                    continue
                self._named(("x-record", key, index), name, f"'{key}' needs to read it")

    def _named(self, path: Path, name: str, reason: str) -> None:
        if (self._draft.name, name) in self._secret:
            self._error(path, f"'{name}' is encrypted: {reason}.")

    def _asked(self) -> Iterator[tuple[Path, Formula]]:
        one = self._type
        for role, grants in one.permissions.items():
            for action, grant in grants.items():
                if isinstance(grant, Formula) and action in ("read", "delete"):
                    yield ("x-record", "permissions", role, action), grant
        for index, rule in enumerate(one.unique):
            if rule.where is not None:
                yield ("x-record", "unique", index, "where"), rule.where
        yield from ((("x-record", "occupancy"), formula) for formula in formulas_in(one.occupancy))
        yield from ((("x-record", "calendar"), formula) for formula in formulas_in(one.calendar))
        if one.workflow is not None:
            yield from ((("x-record",), formula) for formula in formulas_in((one.workflow.schedules, one.workflow.clocks)))
        for spot in self._draft.spots():
            field = spot.field
            if field.reference is not None and field.reference.filter is not None:
                yield (*spot.path, "x-field", "filter"), field.reference.filter

    def _error(self, path: Path, sentence: str) -> None:
        self._draft.problems.error(path, _CODE, sentence)


def _sources(spot: Spot, types: Mapping[str, RecordType]) -> Iterator[tuple[str, frozenset[Key]]]:
    field = spot.field
    if field.compute is not None:
        yield "compute", field.compute.fields
    if field.default_expr is not None:
        yield "defaultExpr", field.default_expr.fields
    if field.rollup is not None:
        yield "rollup", _rolled_up(spot, types)
    if field.fetch_from is not None:
        link = next((one.reference for one in spot.beside if one.name == field.fetch_from[0]), None)
        yield "fetchFrom", frozenset({(link.target, field.fetch_from[1])}) if link is not None else frozenset()


def _rolled_up(spot: Spot, types: Mapping[str, RecordType]) -> frozenset[Key]:
    rollup, own = spot.field.rollup, types[spot.owner]
    assert rollup is not None
    source = own.inverses[rollup.source].type if rollup.source in own.inverses else f"{own.name}.{rollup.source}"
    read = rollup.where.fields if rollup.where is not None else frozenset()
    return read | {(source, rollup.field)}


def _texts(rule: object) -> Iterator[str]:
    """The names in a rule that lists fields, wherever they stand in it; formulas are looked at for themselves."""
    if isinstance(rule, str):
        yield rule
    elif isinstance(rule, Mapping):
        for key, value in rule.items():
            if key != "where":
                yield from _texts(value)
    elif isinstance(rule, list | tuple):
        for one in rule:
            yield from _texts(one)


