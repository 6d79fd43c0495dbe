"""A small world for the tests of formulas: types with every kind of value, records with awkward ones, in both databases."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from storage_types import field, record_type

from kartotek.engine.codec import Codec
from kartotek.formula import Scope, catalog_scope, check, compile_python
from kartotek.kinds.registry import kind_of
from kartotek.model.catalog import Catalog, Inverse, RecordType
from kartotek.model.field import Field, Option, Reference
from kartotek.model.formula import Formula, Type
from kartotek.model.missing import MISSING
from kartotek.model.record import Record, Row
from kartotek.model.settings import SiteSettings
from kartotek.rules.settle import Overflow, settled
from kartotek.storage import ddl
from kartotek.storage.database import Database
from kartotek.storage.formula_sql import Root
from kartotek.storage.layout import layout_of
from kartotek.storage.records import insert_many

ZONE = "Europe/Berlin"
NOW = datetime(2026, 11, 21, 23, 30, tzinfo=ZoneInfo(ZONE))
USER: Mapping[str, Any] = {"id": 7, "name": "Ada", "roles": ("keeper", "staff"), "language": "en", "person": 2}
ENV: Mapping[str, Any] = {"user": USER, "now": NOW, "today": NOW.date()}
ROOTS = {"record": Root("record", "order"), "meta": Root("record", "order")}
NAMES = {
    "record": Type("record", record="order"), "meta": Type("meta", record="order"), "user": Type("user"),
    "now": Type("instant"), "today": Type("date"),
}
_STATES = tuple(Option(one, one) for one in ("new", "open", "done", "Ärger"))
_TAGS = tuple(Option(one, one) for one in ("red", "blue", "grün", "😀"))
_MONEY = {"precision": 14, "scale": 2}

PERSON = record_type(
    "person", field("name", "text"), field("born", "date"), field("birthday", "monthday"), field("vip", "boolean"),
    field("level", "integer"), field("limit", "decimal", settings=_MONEY), field("boss", "reference", reference=Reference("person")),
    inverses={"orders": Inverse("orders", "order", "person"), "team": Inverse("team", "person", "boss")},
)
ITEM = record_type(
    "item", field("code", "text"), field("price", "decimal", settings={"precision": 12, "scale": 2}), field("stock", "integer"),
    inverses={"in_orders": Inverse("in_orders", "order", "items")},
)
LINES = (
    field("item", "reference", reference=Reference("item")), field("amount", "decimal", settings={"precision": 10, "scale": 3}),
    field("quantity", "integer"), field("note", "text"), field("sum", "decimal", settings={"precision": 18, "scale": 2}),
)
ORDER = record_type(
    "order",
    field("number", "text"), field("odd name", "text", column="odd_name"),
    field("person", "reference", reference=Reference("person")), field("keeper", "reference", reference=Reference("person")),
    field("total", "decimal", settings=_MONEY), field("rate", "decimal", settings={"precision": 6, "scale": 4}),
    field("wide", "decimal", settings={"precision": 18, "scale": 6}),
    field("quantity", "integer"), field("large", "integer"), field("weight", "number"), field("length", "number"),
    field("paid", "boolean"), field("urgent", "boolean"), field("day", "date"), field("until", "date"),
    field("due", "instant"), field("done", "instant"), field("span", "duration"), field("pause", "duration"),
    field("opens", "time"), field("closes", "time"), field("stage", "choice", options=_STATES), field("tags", "choices", options=_TAGS),
    field("items", "references", reference=Reference("item")), field("extra", "json"),
    field(
        "address", "object",
        fields=(field("city", "text", column="address_city"), field("floor", "integer", column="address_floor")),
    ),
    field("lines", "rows", fields=LINES),
    field("gross", "decimal", settings=_MONEY),
)
_COMPUTED = {"gross": "record.total * 1.19", "lines.sum": "row.amount * row.quantity"}


def type_of(one: Field) -> Type:
    """The formula type of a field."""
    return kind_of(one).formula_type(one)


class World:
    """Types, and records by type and id; it also answers as Related."""

    def __init__(self, records: Mapping[str, Mapping[int, Record]]) -> None:
        self.types: dict[str, RecordType] = {one.name: one for one in (PERSON, ITEM, ORDER)}
        self._compute()
        self.catalog = Catalog(settings=SiteSettings(timezone=ZONE), types=self.types, hash="")
        self.records = {name: dict(found) for name, found in records.items()}
        self._live()

    @property
    def scope(self) -> Scope:
        """The scope of rules over an order."""
        return catalog_scope(self.types, names=NAMES, type_of=type_of, accounts=("person",))

    @property
    def orders(self) -> list[Record]:
        """The records formulas are tried on, deleted ones too."""
        return list(self.records["order"].values())

    def one(self, record_type: str, id: int, /) -> Record | None:
        """As Related."""
        return self.records[record_type].get(id)

    def many(self, record_type: str, relation: str, id: int, /) -> Sequence[Record]:
        """As Related, deleted ones among them."""
        inverse = self.types[record_type].inverses[relation]
        found = []
        for one in self.records[inverse.type].values():
            value = one.values.get(inverse.field)
            if id in (value if isinstance(value, tuple) else (value,)):
                found.append(one)
        return found

    def value(self, formula: Formula, record: Record) -> Any:
        """The Python meaning of a formula over an order."""
        return compile_python(formula)({**ENV, "record": record}, self)

    def fill(self, database: Database) -> None:
        """Makes the tables and puts the records in."""
        with database.write() as conn:
            if database.dialect.name == "sqlite":
                conn.run("PRAGMA defer_foreign_keys = ON")  # people refer to people that come later
            for one in self.types.values():
                layout, codec = layout_of(one), Codec(one)
                ddl.create_type(conn, layout)
                stored = [codec.stored(_without_live(record, one)) for record in self.records[one.name].values()]
                insert_many(conn, layout, stored)

    def _compute(self) -> None:
        names = {**NAMES, "row": Type("row", record="order.lines")}
        scope = catalog_scope(self.types, names=names, type_of=type_of)
        made = {name: check(source, scope, wanted=Type("decimal")) for name, source in _COMPUTED.items()}
        lines = tuple(replace(one, compute=made["lines.sum"]) if one.name == "sum" else one for one in LINES)
        changed = {"gross": {"compute": made["gross"]}, "lines": {"fields": lines}}
        fields = tuple(replace(one, **changed.get(one.name, {})) for one in ORDER.fields)
        self.types["order"] = replace(ORDER, fields=fields)

    def _live(self) -> None:
        order = self.types["order"]
        lines = order.by_name["lines"]
        sums = {one.name: one for one in lines.fields}["sum"]
        gross, total = order.by_name["gross"].compute, sums.compute
        assert gross is not None and total is not None
        for one in self.orders:
            values = {**one.values, "gross": _kept(order.by_name["gross"], self.value(gross, one))}
            if "lines" in values:
                env = {**ENV, "record": one}
                values["lines"] = tuple(
                    replace(row, values={**row.values, "sum": _kept(sums, compile_python(total)({**env, "row": row}, self))})
                    for row in values["lines"]
                )
            self.records["order"][one.id] = replace(one, values={name: each for name, each in values.items() if each is not None})


def random_world(seed: int = 1, orders: int = 60) -> World:
    """A world of awkward values; the same seed gives the same."""
    chance = random.Random(seed)
    return World({"person": _people(chance), "item": _items(chance), "order": _orders(chance, orders)})


def _kept(one: Field, value: Any) -> Any:
    """A live value as rules give it: rounded, and absent where it does not fit."""
    try:
        found = settled(one, value)
        return None if found is MISSING else found
    except Overflow:
        return None


def _without_live(record: Record, record_type: RecordType) -> Record:
    live = {one.name for one in record_type.fields if one.is_live}
    values = {name: value for name, value in record.values.items() if name not in live}
    if "lines" in values:
        values["lines"] = tuple(Row({n: v for n, v in row.values.items() if n != "sum"}) for row in values["lines"])
    return replace(record, values=values)


_TEXTS = ("", "a", "A", "ä", "Ä", "ß", "SS", "ab", "abc", "b", " a ", "\u3000x", "王小明", "😀", "\uff01", "ΑΣ", "İ", "a%b_c", "it's", "?", "1")
_INTEGERS = (0, 1, -1, 2, 3, 7, 10, -7, 100, 2**31, 2**53, 2**62, 2**63 - 1, -(2**63), 10**18)
_SMALL = (0, 1, -1, 2, 3, 5, 7, 12)
_DECIMALS = ("0", "0.01", "-0.01", "1", "1.5", "2.50", "-3.25", "9.99", "10", "100.1", "999999999999.99", "-999999999999.99", "0.05")
_NUMBERS = (0.0, -0.0, 1.0, 1.5, -2.25, 0.1, 0.2, 0.30000000000000004, 1e150, 1e-150, 1e308, 5e-324, -1e200, 3.0, 1e15)
_DAYS = (date(2026, 11, 21), date(2026, 11, 22), date(2026, 1, 31), date(2024, 2, 29), date(1999, 12, 31), date(1, 1, 1), date(9999, 12, 31))
_MOMENTS = (
    datetime(2026, 11, 21, 22, 30, tzinfo=UTC), datetime(2026, 11, 21, 22, 59, 59, 999999, tzinfo=UTC),
    datetime(2026, 11, 21, 23, 0, tzinfo=UTC), datetime(2026, 3, 29, 1, 0, tzinfo=UTC), datetime(1985, 6, 1, 22, 30, tzinfo=UTC),
    datetime(2030, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 20, tzinfo=UTC),
)
_SPANS = (
    timedelta(0), timedelta(minutes=45), timedelta(hours=1), timedelta(days=1), timedelta(days=-1, hours=-12), timedelta(hours=36),
    timedelta(days=365), timedelta(days=4_000_000), timedelta(days=100_000_000), timedelta(days=999_999_999),
)
_CLOCKS = (time(0), time(9, 30), time(9, 30, 1), time(23, 59, 59, 500000), time(12))


def _values(chance: random.Random, choices: Mapping[str, Any], empty: float = 0.3) -> dict[str, Any]:
    values = {}
    for name, made in choices.items():
        if chance.random() >= empty:
            values[name] = made() if callable(made) else chance.choice(made)
    return values


def _record(chance: random.Random, record_type: str, id: int, values: dict[str, Any]) -> Record:
    deleted = NOW.astimezone(UTC) if chance.random() < 0.15 else None
    moment = chance.choice(_MOMENTS)
    return Record(
        type=record_type, id=id, version=chance.randint(1, 3), state=chance.choice((None, "new", "open")), values=values,
        created_at=moment, created_by=chance.choice((7, 8)), updated_at=moment, updated_by=7, deleted_at=deleted,
    )


def _decimal(chance: random.Random, scale: int = 2) -> Any:
    return lambda: Decimal(chance.choice(_DECIMALS)).quantize(Decimal(1).scaleb(-scale))


def _people(chance: random.Random) -> dict[int, Record]:
    found = {}
    for id in range(1, 9):
        choices = {
            "name": _TEXTS, "born": _DAYS, "birthday": ("02-29", "11-21", "01-31"), "vip": (True, False), "level": _SMALL,
            "limit": _decimal(chance), "boss": (1, 2, 3, id),
        }
        found[id] = _record(chance, "person", id, _values(chance, choices))
    return found


def _items(chance: random.Random) -> dict[int, Record]:
    choices = {"code": _TEXTS, "price": _decimal(chance), "stock": _SMALL}
    return {id: _record(chance, "item", id, _values(chance, choices)) for id in range(1, 6)}


def _orders(chance: random.Random, number: int) -> dict[int, Record]:
    def small() -> Decimal:
        return Decimal(chance.randint(-999_999, 999_999)).scaleb(-4)

    def wide() -> Decimal:
        return Decimal(chance.choice((10**18 - 1, -(10**18 - 1), 1, 1_500_000, 0, -2_500_001))).scaleb(-6)

    def line() -> Row:
        choices = {"item": (1, 2, 3, 4, 5), "amount": _decimal(chance, 3), "quantity": _SMALL, "note": _TEXTS}
        values = _values(chance, choices)
        if "amount" in values and abs(values["amount"]) >= 10**7:
            values["amount"] = Decimal("12.345")
        return Row(values)

    choices: dict[str, Any] = {
        "number": _TEXTS, "odd name": _TEXTS, "person": range(1, 9), "keeper": range(1, 9), "total": _decimal(chance), "rate": small,
        "wide": wide, "quantity": _SMALL, "large": _INTEGERS, "weight": _NUMBERS, "length": _NUMBERS, "paid": (True, False),
        "urgent": (True, False), "day": _DAYS, "until": _DAYS, "due": _MOMENTS, "done": _MOMENTS, "span": _SPANS, "pause": _SPANS,
        "opens": _CLOCKS, "closes": _CLOCKS, "stage": tuple(one.value for one in _STATES),
        "tags": lambda: tuple(chance.sample([one.value for one in _TAGS], chance.randint(0, 3))),
        "items": lambda: tuple(chance.sample(range(1, 6), chance.randint(0, 3))), "extra": ({"a": 1}, [1], "x"),
        "address": lambda: _values(chance, {"city": _TEXTS, "floor": _SMALL}) or {"floor": 1},
        "lines": lambda: tuple(line() for _ in range(chance.randint(0, 3))),
    }
    return {id: _record(chance, "order", id, _values(chance, choices)) for id in range(1, number + 1)}
