"""Random formulas over the small world: well typed, of every operator and function, reaching into every kind of field."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "bool": ("record.paid", "record.urgent", "record.person.vip", "record.keeper.boss.vip", "user.person.vip"),
    "int": (
        "record.quantity", "record.large", "record.person.level", "meta.version", "meta.id", "record.address.floor",
        "meta(record.person).version", "user.id", "record.keeper.boss.boss.level", "user.person.boss.level", "meta(user.person).version",
    ),
    "decimal": ("record.total", "record.rate", "record.wide", "record.person.limit", "record.gross"),
    "number": ("record.weight", "record.length"),
    "string": (
        "record.number", 'record["odd name"]', "record.stage", "record.person.name", "record.address.city", "meta.state",
        "user.name", "user.person.name", "record.person.birthday", "record.keeper.boss.name", "meta(record.keeper).state",
    ),
    "date": ("record.day", "record.until", "record.person.born", "today"),
    "instant": ("record.due", "record.done", "now", "meta.created_at", "meta(record.person).updated_at"),
    "duration": ("record.span", "record.pause"),
    "time": ("record.opens", "record.closes"),
    "record": ("record.person", "record.keeper", "record.person.boss", "user.person", "record.keeper.boss.boss"),
    "list": (
        "record.lines", "record.items", "record.tags", "record.person.orders", "record.keeper.team", "record.person.boss.orders",
        "user.person.orders",
    ),
}
_LITERALS: Mapping[str, tuple[str, ...]] = {
    "bool": ("true", "false"),
    "int": ("0", "1", "-1", "2", "3", "7", "100", "9223372036854775807", "-9223372036854775808", "4611686018427387904"),
    "decimal": ("0.0", "1.5", "-0.01", "2.50", "0.001", "999999999999.99", "100.10", "0.000000000001"),
    "number": ("0e0", "1.5e0", "-2.25e0", "1e150", "1e-150", "3e200", "0.1e0"),
    "string": ("''", "'a'", "'A'", "'ä'", "'ab'", "' a '", "'😀'", "'\\uff01'", "'ΑΣ'", "'ß'", "'open'", "'%'", "'?'", "'11-21'"),
    "date": ("date('2026-11-21')", "date('2024-02-29')", "date('0001-01-01')", "date('9999-12-31')"),
    "instant": ("timestamp('2026-11-21T23:00:00Z')", "timestamp('2026-03-29T03:00:00.5+02:00')", "timestamp('1970-01-01T00:00:00Z')"),
    "duration": ("duration('PT45M')", "duration('36h')", "duration('-1d')", "duration('P4000000D')", "duration('PT0S')", "duration('0.5s')"),
    "time": ("time('09:30')", "time('23:59:59.5')"),
}
_ELEMENTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "record.lines": {
        "int": ("x.quantity",), "decimal": ("x.amount", "x.item.price", "x.sum"), "string": ("x.note", "x.item.code"),
    },
    "record.items": {"decimal": ("x.price",), "string": ("x.code",), "int": ("x.stock", "meta(x).version")},
    "record.tags": {"string": ("x",)},
    "record.person.orders": {
        "int": ("x.quantity", "meta(x).id"), "decimal": ("x.total", "x.gross"), "bool": ("x.paid",), "string": ("x.stage", "x.keeper.name"),
    },
    "record.keeper.team": {"string": ("x.name",), "date": ("x.born",), "bool": ("x.vip",)},
    "user.person.orders": {"int": ("x.quantity",), "bool": ("x.paid", "x.keeper.vip"), "decimal": ("x.total",)},
    "record.person.boss.orders": {"date": ("x.day",), "string": ("x.number",), "bool": ("x.urgent",)},
}
_COMPARED = ("int", "decimal", "number", "string", "date", "instant", "duration", "time")


class Generator:
    """The same seed gives the same formulas."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._element: Mapping[str, tuple[str, ...]] | None = None

    def formula(self) -> str:
        """A formula, mostly a condition."""
        type = "bool" if self._chance.random() < 0.7 else self._chance.choice(_COMPARED)
        return self._made(type, self._chance.choice((1, 2, 3, 3, 4)))

    def _made(self, type: str, depth: int) -> str:
        if depth <= 0 or self._chance.random() < 0.1:
            return self._leaf(type)
        ways: dict[str, list[Callable[[int], str]]] = {
            "bool": [
                self._logical, self._logical, self._not, self._comparison, self._comparison, self._comparison, self._equality,
                self._in, self._is_set, self._text_test, self._quantified, self._list_test, self._null_test, self._same_record,
            ],
            "int": [self._whole, self._whole, self._whole_call, self._minus("int"), self._extreme("int")],
            "decimal": [self._decimal, self._decimal, self._decimal_call, self._minus("decimal"), self._extreme("decimal")],
            "number": [self._floating, self._floating_call, self._minus("number"), self._extreme("number")],
            "string": [self._glued, self._text_call],
            "date": [self._moved_date, self._date_call, self._extreme("date")],
            "instant": [self._moved_instant, self._extreme("instant")],
            "duration": [self._span, self._minus("duration"), self._extreme("duration")],
            "time": [self._extreme("time")],
        }
        way = self._chance.choice([*ways[type], self._conditional(type)])
        return way(depth - 1)

    def _leaf(self, type: str) -> str:
        if self._element is not None and type in self._element and self._chance.random() < 0.7:
            return self._chance.choice(self._element[type])
        return self._chance.choice(_LITERALS[type] if self._chance.random() < 0.3 else _FIELDS[type])

    def _logical(self, depth: int) -> str:
        operator = self._chance.choice((" && ", " || "))
        parts = [self._made("bool", depth) for _ in range(self._chance.choice((2, 2, 3)))]
        return "(" + operator.join(parts) + ")"

    def _not(self, depth: int) -> str:
        return f"!({self._made('bool', depth)})"

    def _pair(self, depth: int) -> tuple[str, str]:
        type = self._chance.choice(_COMPARED)
        other = {"int": ("int", "decimal", "number"), "decimal": ("decimal", "int"), "number": ("number", "int")}.get(type, (type,))
        return self._made(type, depth), self._made(self._chance.choice(other), depth)

    def _comparison(self, depth: int) -> str:
        left, right = self._pair(depth)
        return f"({left} {self._chance.choice(('<', '<=', '>', '>='))} {right})"

    def _equality(self, depth: int) -> str:
        left, right = self._pair(depth)
        if self._chance.random() < 0.15:
            left, right = self._made("bool", depth), self._made("bool", depth)
        return f"({left} {self._chance.choice(('==', '!='))} {right})"

    def _in(self, depth: int) -> str:
        type = self._chance.choice(_COMPARED)
        items = [self._made(type, self._chance.choice((-1, -1, depth))) for _ in range(self._chance.randint(0, 3))]
        return f"({self._made(type, depth)} in [{', '.join(items)}])"

    def _list_test(self, depth: int) -> str:
        person = self._chance.choice(_FIELDS["record"])
        return "(" + self._chance.choice((
            f"{self._made('string', depth)} in record.tags", f"{self._made('int', depth)} in record.items",
            "record in record.person.orders", f"{person} in record.keeper.team", f"{self._made('string', depth)} in user.roles",
            f"size({self._list()}) {self._chance.choice(('>', '=='))} {self._chance.choice('012')}", f"isSet({self._list()})",
            *(self._overlapping() if self._chance.random() < 0.1 else ()),
        )) + ")"

    def _overlapping(self) -> tuple[str, ...]:
        """What no database can say, so it must be rare."""
        return "overlaps(record.tags, ['red', 'blue'])", "!overlaps(record.person.orders, record.keeper.orders)"

    def _list(self) -> str:
        return self._chance.choice(_FIELDS["list"])

    def _is_set(self, depth: int) -> str:
        type = self._chance.choice((*_COMPARED, "bool"))
        inner = self._made(type, depth) if self._chance.random() < 0.6 else self._chance.choice(("record.extra", "record.address", "record.person"))
        return f"isSet({inner})"

    def _null_test(self, depth: int) -> str:
        return f"({self._made(self._chance.choice(_COMPARED), depth)} {self._chance.choice(('==', '!='))} null)"

    def _same_record(self, depth: int) -> str:
        left, right = self._chance.choice(_FIELDS["record"]), self._chance.choice((*_FIELDS["record"], "2", "user.id", "null"))
        return f"({left} {self._chance.choice(('==', '!='))} {right})"

    def _text_test(self, depth: int) -> str:
        function = self._chance.choice(("startsWith", "endsWith", "contains"))
        return f"{self._made('string', depth)}.{function}({self._made('string', self._chance.choice((-1, depth)))})"

    def _quantified(self, depth: int) -> str:
        if self._element is not None:
            return self._leaf("bool")
        target = self._chance.choice(list(_ELEMENTS))
        self._element = _ELEMENTS[target]
        condition = self._made("bool", depth)
        self._element = None
        return f"{target}.{self._chance.choice(('exists', 'all'))}(x, {condition})"

    def _conditional(self, type: str) -> Callable[[int], str]:
        def made(depth: int) -> str:
            then, otherwise = self._made(type, depth), self._made(type, depth)
            if self._chance.random() < 0.1:
                otherwise = "null"
            return f"({self._made('bool', depth)} ? {then} : {otherwise})"

        return made

    def _minus(self, type: str) -> Callable[[int], str]:
        return lambda depth: f"(-{self._made(type, depth)})" if self._chance.random() < 0.5 else f"abs({self._made(type, depth)})"

    def _extreme(self, type: str) -> Callable[[int], str]:
        def made(depth: int) -> str:
            parts = [self._made(type, depth) for _ in range(self._chance.choice((2, 2, 3)))]
            if type == "decimal" and self._chance.random() < 0.3:
                parts.append(self._made("int", depth))
            return f"{self._chance.choice(('min', 'max'))}({', '.join(parts)})"

        return made

    def _whole(self, depth: int) -> str:
        return f"({self._made('int', depth)} {self._chance.choice('+-*%')} {self._made('int', depth)})"

    def _whole_call(self, depth: int) -> str:
        span = self._chance.choice(("days", "hours", "minutes", "seconds"))
        part = self._chance.choice(("year", "month", "day", "weekday"))
        return self._chance.choice((
            lambda: f"div({self._made('int', depth)}, {self._made('int', depth)})", lambda: f"size({self._made('string', depth)})",
            lambda: f"{self._made('duration', depth)}.{span}()", lambda: f"{part}({self._made('date', depth)})",
            lambda: f"int({self._made('decimal', depth)})", lambda: f"size({self._list()})",
        ))()

    def _decimal(self, depth: int) -> str:
        other = self._made(self._chance.choice(("decimal", "decimal", "int")), depth)
        return f"({self._made('decimal', depth)} {self._chance.choice('+-*')} {other})"

    def _decimal_call(self, depth: int) -> str:
        return self._chance.choice((
            lambda: f"round({self._made('decimal', depth)}, {self._chance.choice('0123')})", lambda: f"round({self._made('decimal', depth)})",
            lambda: f"decimal({self._made('int', depth)})", lambda: f"({self._made('decimal', depth)} / {self._made('decimal', depth)})",
        ))()

    def _floating(self, depth: int) -> str:
        other = self._made(self._chance.choice(("number", "number", "int")), depth)
        return f"({self._made('number', depth)} {self._chance.choice('+-*/')} {other})"

    def _floating_call(self, depth: int) -> str:
        return f"number({self._made(self._chance.choice(('int', 'decimal')), depth)})"

    def _glued(self, depth: int) -> str:
        return f"({self._made('string', depth)} + {self._made('string', depth)})"

    def _text_call(self, depth: int) -> str:
        return self._chance.choice((
            lambda: f"lower({self._made('string', depth)})", lambda: f"upper({self._made('string', depth)})",
            lambda: f"trim({self._made('string', depth)})", lambda: f"monthDay({self._made('date', depth)})",
            lambda: f"string({self._made(self._chance.choice(('int', 'decimal', 'bool', 'date', 'string')), depth)})",
        ))()

    def _moved_date(self, depth: int) -> str:
        return f"({self._made('date', depth)} {self._chance.choice('+-')} {self._made('duration', depth)})"

    def _date_call(self, depth: int) -> str:
        return f"dateOf({self._made('instant', depth)})"

    def _moved_instant(self, depth: int) -> str:
        if self._chance.random() < 0.3:
            return f"({self._made('duration', depth)} + {self._made('instant', depth)})"
        return f"({self._made('instant', depth)} {self._chance.choice('+-')} {self._made('duration', depth)})"

    def _span(self, depth: int) -> str:
        return self._chance.choice((
            lambda: f"({self._made('date', depth)} - {self._made('date', depth)})",
            lambda: f"({self._made('instant', depth)} - {self._made('instant', depth)})",
            lambda: f"({self._made('duration', depth)} {self._chance.choice('+-')} {self._made('duration', depth)})",
            lambda: f"({self._made('duration', depth)} * {self._made('int', depth)})",
            lambda: f"({self._made('int', depth)} * {self._made('duration', depth)})",
        ))()
