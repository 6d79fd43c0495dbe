"""What owners do to their declarations, drawn at random: each edit is a function of what is declared now to what is wanted."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tests.engine.plain_types import HOLDERS, LISTS, SCALARS, Plain, PlainSite, PlainType, places, with_field

NAMES = ("a", "b", "c", "d", "e", "first name", "order", "größe")
TYPES = ("person", "thing", "deal", "group", "select")
OPTIONS = ("red", "green", "blue", "7", "true")
STATES = ("open", "sent", "closed", "parked", "new")
LIMITED = ("text", "longtext", "email", "integer", "number")
NULLABLE = ("text", "integer", "number", "date", "decimal", "instant", "boolean")


class Edits:
    """The site as it becomes, edit by edit; `answers` says what becomes of options that are gone."""

    def __init__(self, site: PlainSite, versions: Mapping[int, PlainSite], chance: random.Random) -> None:
        self.site: dict[str, PlainType] = dict(site)
        self.chance, self.versions = chance, versions
        self.answers: dict[tuple[str, tuple[str, ...]], dict[str, str | None]] = {}

    def some(self) -> None:
        """One to three edits."""
        for _ in range(self.chance.choice((1, 1, 2, 3))):
            edits: list[Callable[[], None]] = [
                self.add, self.add, self.remove, self.bring_back, self.rename, self.rename, self.retype, self.retype, self.into_holder,
                self.tighten, self.widen, self.options, self.unique, self.derive, self.type_added, self.type_renamed, self.type_removed,
                self.type_back, self.states,
            ]  # fmt: skip
            self.chance.choice(edits)()
        self._mend()

    # --- fields

    def drawn(self, depth: int = 0) -> Plain:
        """A field of any sort."""
        sorts = [*SCALARS, *LISTS, "reference", *(HOLDERS * 3 if depth == 0 else ())]
        sort = self.chance.choice(sorts)
        members: dict[str, Plain] = {}
        if sort in HOLDERS:
            members = {name: self.drawn(1) for name in self.chance.sample(("x", "y", "z", "a"), self.chance.randrange(1, 4))}
        options = tuple(self.chance.sample(OPTIONS, self.chance.randrange(2, 5))) if sort in ("choice", "choices") else ()
        return Plain(
            sort, scale=self.chance.choice((0, 2, 4)), options=options, members=members,
            nullable=sort in NULLABLE and self.chance.random() < 0.4,
            target=self.chance.choice(list(self.site)) if sort.startswith("reference") else "",
        )

    def add(self) -> None:
        """A new field, or a member or column."""
        type = self._type()
        if (found := self._place(type, HOLDERS)) and self.chance.random() < 0.3:
            self._put(type, (*found[0], self.chance.choice(("x", "y", "z"))), self.drawn(1))
            return
        one = self.drawn()
        if one.sort in ("text", "integer") and self.chance.random() < 0.5:
            one = replace(one, default="fresh" if one.sort == "text" else 5)
        self._put(type, (self.chance.choice(NAMES),), one)

    def remove(self) -> None:
        """A field is gone."""
        type = self._type()
        if found := self._place(type):
            self._put(type, found[0], None)

    def bring_back(self) -> None:
        """A field as it was declared in some version."""
        type = self._type()
        then = self.chance.choice([each for each in self.versions.values()])
        if type in then:
            path, one = self.chance.choice(list(places(then[type].fields)))
            known = dict(places(self.site[type].fields))
            if path not in known and (len(path) == 1 or path[:1] in known):
                self._put(type, path, replace(one, aliases=()))

    def rename(self) -> None:
        """A field under a new name, the old one among its aliases; or back to a name that it had."""
        type = self._type()
        if not (found := self._place(type)):
            return
        path, one = found
        back = one.aliases and self.chance.random() < 0.4
        name = self.chance.choice(one.aliases) if back else self.chance.choice(NAMES if len(path) == 1 else ("x", "y", "z", "a"))
        if (*path[:-1], name) in dict(places(self.site[type].fields)):
            return
        aliases = () if back else (path[-1], *(each for each in one.aliases if each != name and self.chance.random() < 0.7))
        self._put(type, path, replace(one, aliases=aliases), name)
        if len(path) == 1 and not one.formula:
            self._derived_too(type, path[-1], name)

    def _derived_too(self, type: str, old: str, new: str) -> None:
        fields = self.site[type].fields
        follow = {name: replace(one, formula=(one.formula[0], new, *one.formula[2:]))
                  for name, one in fields.items() if one.formula and one.formula[1] == old}
        self.site[type] = replace(self.site[type], fields={**fields, **follow})

    def retype(self) -> None:
        """Another sort under the same name, with or without a new name."""
        type = self._type()
        if found := self._place(type, (*SCALARS, *LISTS, *HOLDERS, "reference")):
            one = self.drawn(len(found[0]) - 1)
            near = {"reference": "references", "choice": "choices"}
            if found[1].sort in near and self.chance.random() < 0.6:
                one = replace(found[1], sort=near[found[1].sort], nullable=False, unique=False, required=False, limit=None)
            self._put(type, found[0], replace(one, aliases=found[1].aliases))

    def into_holder(self) -> None:
        """A value goes into a table or an object, as the member that says so."""
        type = self._type()
        if (found := self._place(type, (*SCALARS, *LISTS))) and len(found[0]) == 1:
            (name,), one = found
            member = replace(one, aliases=(name,), nullable=False, unique=False, required=False, default=None, limit=None)
            if one.sort in LISTS:
                sorts = {"choices": "choice", "list": "text", "references": "reference"}
                member = replace(member, sort=sorts[one.sort])
            other = Plain("text")
            self._put(type, (name,), Plain(self.chance.choice(HOLDERS), aliases=one.aliases, members={"m": member, "n": other}))

    def tighten(self) -> None:
        """A limit, a demand, no null."""
        type = self._type()
        if found := self._place(type, (*SCALARS, "reference")):
            path, one = found
            way = self.chance.choice(("limit", "required", "nullable"))
            if way == "limit" and one.sort in LIMITED:
                one = replace(one, limit=self.chance.choice((5, 12)))
            elif way == "required" and len(path) == 1:
                one = replace(one, required=True)
            self._put(type, path, replace(one, nullable=False) if way == "nullable" else one)

    def widen(self) -> None:
        """The reverse."""
        type = self._type()
        if found := self._place(type, SCALARS):
            one = replace(found[1], limit=None, required=False, unique=False)
            self._put(type, found[0], replace(one, nullable=one.nullable or (one.sort in NULLABLE and self.chance.random() < 0.5)))

    def options(self) -> None:
        """An option less, with an answer, or not; or one more."""
        type = self._type()
        if found := self._place(type, ("choice", "choices")):
            path, one = found
            if self.chance.random() < 0.3 or len(one.options) < 2:
                self._put(type, path, replace(one, options=tuple(dict.fromkeys((*one.options, self.chance.choice(OPTIONS))))))
                return
            gone = self.chance.choice(one.options)
            left = tuple(each for each in one.options if each != gone)
            if self.chance.random() < 0.7:
                self.answers[type, path] = {gone: self.chance.choice((None, *left))}
            self._put(type, path, replace(one, options=left))

    def unique(self) -> None:
        """Each value once."""
        type = self._type()
        if (found := self._place(type, ("text", "integer"))) and len(found[0]) == 1:
            self._put(type, found[0], replace(found[1], unique=True, limit=found[1].limit or (500 if found[1].sort == "text" else None)))

    def derive(self) -> None:
        """A stored computed field, or a rollup over the record's own rows."""
        type = self._type()
        name = self.chance.choice(("up", "many", "sum"))
        texts = [each for each, one in self.site[type].fields.items() if one.sort == "text" and not one.formula and each.isidentifier()]
        tables = [(each, one) for each, one in self.site[type].fields.items() if one.sort == "rows" and each.isidentifier()]
        if name == "up" and texts:
            self._put(type, (name,), Plain("text", formula=("upper", self.chance.choice(texts))))
        elif name == "many" and tables:
            self._put(type, (name,), Plain("integer", formula=("count", tables[0][0])))

    # --- types and states

    def type_added(self) -> None:
        """One more type."""
        if free := [name for name in TYPES if name not in self.site]:
            self.site[self.chance.choice(free)] = PlainType({name: self.drawn() for name in self.chance.sample(NAMES, 3)})

    def type_renamed(self) -> None:
        """A type under a new name, or its former one; links follow."""
        type = self._type()
        one = self.site[type]
        back = [name for name in one.aliases if name not in self.site]
        free = back if back and self.chance.random() < 0.5 else [name for name in TYPES if name not in self.site]
        if free:
            name = self.chance.choice(free)
            aliases = () if name in one.aliases else (type, *one.aliases)
            self.site = {name if each == type else each: replace(other, aliases=aliases) if each == type else other
                         for each, other in self.site.items()}
            self.site = {each: replace(other, fields=_pointing(other.fields, type, name)) for each, other in self.site.items()}

    def type_removed(self) -> None:
        """A type is gone, and all links to it."""
        type = self._type()
        if len(self.site) > 2:
            del self.site[type]
            for name, one in list(self.site.items()):
                for path, _ in [each for each in places(one.fields) if each[1].target == type]:
                    self._put(name, path, None)

    def type_back(self) -> None:
        """A type as it was in some version."""
        then = self.chance.choice(list(self.versions.values()))
        if gone := [name for name in then if name not in self.site]:
            name = self.chance.choice(gone)
            self.site[name] = replace(then[name], aliases=())

    def states(self) -> None:
        """A state more, one less, or one under a new name."""
        type = self._type()
        one = self.site[type]
        names = [name for name, _ in one.states]
        free = [name for name in STATES if name not in names and not any(name in known for _, known in one.states)]
        if not one.states:
            self.site[type] = replace(one, states=(("open", ()), ("closed", ()))) if self.chance.random() < 0.3 else one
        elif free and len(names) > 2 and self.chance.random() < 0.4:
            gone = self.chance.choice(names)
            left = tuple(each for each in one.states if each[0] != gone)
            self.site[type] = replace(one, states=left, removed={gone: left[0][0]} if self.chance.random() < 0.7 else {})
        elif free and self.chance.random() < 0.5:
            name, known = self.chance.choice(one.states)
            fresh = (self.chance.choice(free), (name, *known))
            self.site[type] = replace(one, states=tuple(fresh if each[0] == name else each for each in one.states), removed={})
        elif free:
            self.site[type] = replace(one, states=(*one.states, (self.chance.choice(free), ())), removed={})

    # --- helpers

    def _type(self) -> str:
        return self.chance.choice(list(self.site))

    def _place(self, type: str, sorts: tuple[str, ...] = ()) -> tuple[tuple[str, ...], Plain] | None:
        found = [each for each in places(self.site[type].fields) if not each[1].formula and (not sorts or each[1].sort in sorts)]
        return self.chance.choice(found) if found else None

    def _put(self, type: str, path: tuple[str, ...], one: Plain | None, name: str = "") -> None:
        self.site[type] = replace(self.site[type], fields=with_field(self.site[type].fields, path, one, name))

    def _mend(self) -> None:
        """Takes out what would be a mistake: links to nothing, aliases that are names, formulas without their fields."""
        for name, one in self.site.items():
            known = {alias for other, each in self.site.items() for alias in each.aliases if other != name} | set(self.site)
            fields = self._mended(one.fields)
            fields = {each: field for each, field in fields.items() if not field.formula or _reads(field.formula, fields)}
            self.site[name] = replace(one, fields=fields or {"a": Plain("text")}, aliases=tuple(a for a in one.aliases if a not in known))

    def _mended(self, fields: Mapping[str, Plain]) -> dict[str, Plain]:
        found: dict[str, Plain] = {}
        taken = set(fields)
        for name, one in fields.items():
            if one.target and one.target not in self.site or (one.sort in HOLDERS and not one.members):
                continue
            aliases = tuple(each for each in one.aliases if each not in taken)
            taken |= set(aliases)
            members = self._mended(one.members)
            if one.sort in HOLDERS and not members:
                continue
            found[name] = replace(one, aliases=aliases, members=members)
        return found


def _reads(formula: tuple[str, ...], fields: Mapping[str, Any]) -> bool:
    read = fields.get(formula[1])
    return read is not None and not read.formula and read.sort == ("text" if formula[0] == "upper" else "rows") and formula[1].isidentifier()


def _pointing(fields: Mapping[str, Plain], old: str, new: str) -> dict[str, Plain]:
    return {name: replace(one, target=new if one.target == old else one.target, members=_pointing(one.members, old, new))
            for name, one in fields.items()}
