"""List address: what the address of a list asks for, in the words of the API, and addresses of the same list with changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import MultiDict

from kartotek.errors import Malformed
from kartotek.model.catalog import RecordType
from kartotek.model.conditions import OPERATORS, RESERVED, read_name, text_of_values, values_of, written_name
from kartotek.model.problem import problem
from kartotek.model.query import Condition, Query

BACK, COLUMNS = "back", "columns"
ADDED = ("~path", "~operator", "~one", "~first", "~last", "~many", "~period", "~days", "~was", "~in")  # of the filter panel's form
OURS = (*RESERVED, BACK, COLUMNS, *ADDED)
_MOST_BACK = 12
Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`back` are the cursors of the pages before this one, "" the first; `columns` () where the address names none."""

    search: str = ""
    filter: str = ""
    conditions: tuple[Condition, ...] = ()
    broken: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    trash: bool = False
    cursor: str = ""
    back: tuple[str, ...] = ()

    @property
    def is_narrowed(self) -> bool:
        """Whether it asks for less than everything."""
        return bool(self.search or self.filter or self.conditions or self.broken)

    def pairs(self) -> Pairs:
        """The parameters that say this; those of a page among them."""
        given: list[tuple[str, str]] = [("search", self.search), ("filter", self.filter)]
        given += [(written_name(one, OURS), one.text or "") for one in self.conditions]
        given += [("broken", ",".join(self.broken))]
        given += [("sort", ",".join(self.sort)), (COLUMNS, text_of_values(self.columns)), ("trash", "1" if self.trash else "")]
        given += [("cursor", self.cursor), *((BACK, one or "~") for one in self.back)]
        return [(name, text) for name, text in given if text or name not in OURS]

    def address(self, **changes: Any) -> str:
        """The query of the same list with changes, at its first page unless they name another."""
        return "?" + urlencode(replace(self, **{"cursor": "", "back": (), **changes}).pairs())

    def counted(self) -> str:
        """The query of the same list that also counts all of it."""
        return "?" + urlencode([*replace(self, cursor="", back=()).pairs(), ("count", "exact")])

    def without(self, condition: Condition) -> str:
        """The query of the same list without one condition."""
        return self.address(conditions=tuple(one for one in self.conditions if one != condition))

    def sorted_by(self, record_type: RecordType) -> str:
        """The column by which the list is sorted, "-" before one downwards; "" where the best finds of a search come first."""
        return (self.sort or (() if self.search else record_type.sort) or ("",))[0]

    def query(self, **more: Any) -> Query:
        """What the engine is asked."""
        return Query(
            filter=self.filter, conditions=self.conditions, broken=self.broken, search=self.search, sort=self.sort,
            cursor=self.cursor, trash=self.trash, **more,
        )


def asked_of(address: str) -> Asked:
    """The same of an address that was kept: "?search=mia". Raises Malformed."""
    return asked(MultiDict(parse_qsl(address.lstrip("?"), keep_blank_values=True)))


def asked(args: MultiDict[str, str]) -> Asked:
    """What the parameters ask for. Raises Malformed where one can be no condition."""
    return Asked(
        search=args.get("search", "").strip(), filter=args.get("filter", "").strip(),
        conditions=tuple(_condition(name, text) for name, text in args.items() if name not in OURS),
        broken=tuple(one.strip() for one in args.get("broken", "").split(",") if one.strip()),
        sort=tuple(one for one in args.get("sort", "").split(",") if one),
        columns=tuple(values_of(args[COLUMNS])) if args.get(COLUMNS) else (),
        trash=args.get("trash") in ("1", "true"), cursor=args.get("cursor", ""),
        back=tuple("" if one == "~" else one for one in args.getlist(BACK))[-_MOST_BACK:],
    )  # fmt: skip


def _condition(name: str, text: str) -> Condition:
    found = read_name(name)
    if found is None:
        raise Malformed("The address cannot be read.", problems=[problem("", "unknown_parameter", name=name)])
    operator = next((known for known in OPERATORS if known == found[1]), None)
    if operator is None:
        raise Malformed("The address cannot be read.", problems=[problem("", "unknown_operator", operator=found[1], known=", ".join(OPERATORS))])
    return Condition(found[0], operator, text)
