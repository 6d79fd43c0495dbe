"""The functions of the language: what each takes, gives and means. There are no others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from kartotek.formula.types import BOOL, DATE, DURATION, INSTANT, INT, NUMBER, STRING, TIME, common, decimal
from kartotek.model.formula import Type

Result = Callable[[Sequence[Type]], Type | None]
_ELEMENTS = frozenset({"string", "int", "record", "date", "time", "instant", "bool"})
_COMPARABLE = frozenset({"int", "number", "decimal", "date", "time", "instant", "duration"})


@dataclass(frozen=True, slots=True)
class Form:
    """One way of calling: `takes` are type names, "…" repeats the one before; `gives` may still refuse with None."""

    takes: tuple[str, ...]
    gives: Result


@dataclass(frozen=True, slots=True)
class Function:
    """`usage` and `meaning` are the documentation; `in_sql` says whether filters may use it with values of the row."""

    name: str
    usage: str
    meaning: str
    forms: tuple[Form, ...]
    in_sql: bool = True


def _is(type: Type) -> Result:
    return lambda _: type


def _same(types: Sequence[Type]) -> Type:
    return types[0]


def _widest(types: Sequence[Type]) -> Type | None:
    widest: Type | None = types[0]
    for one in types[1:]:
        widest = None if widest is None else common(widest, one)
    return widest if widest is not None and widest.name in _COMPARABLE else None


def _whole_decimal(types: Sequence[Type]) -> Type:
    return decimal(0, types[0].precision - types[0].scale + 1, types[0].currency)


_TEXT2 = (Form(("string", "string"), _is(BOOL)),)
_DATE_PART = (Form(("date",), _is(INT)),)
_SPAN_PART = (Form(("duration",), _is(INT)),)

def _alike_lists(types: Sequence[Type]) -> Type | None:
    """Whether two lists hold the same sort of single value; an empty list of constants meets every other."""
    left, right = (one.of for one in types)
    if left is None or right is None:
        return BOOL
    meet = (left.name, left.record) == (right.name, right.record) or {left.name, right.name} == {"int", "record"}
    return BOOL if meet and left.name in _ELEMENTS else None


_ALL = (
    Function("size", "size(text) or size(list)", "How many characters (code points) or elements.",
             (Form(("string",), _is(INT)), Form(("list",), _is(INT)))),
    Function("startsWith", "text.startsWith(part)",
             "Whether the text begins with the part; upper and lower case differ.", _TEXT2),
    Function("endsWith", "text.endsWith(part)", "Whether the text ends with the part.", _TEXT2),
    Function("contains", "text.contains(part)", "Whether the part stands anywhere in the text.", _TEXT2),
    Function("lower", "lower(text)", "The text in lower case, in every script.", (Form(("string",), _is(STRING)),)),
    Function("upper", "upper(text)", "The text in upper case, in every script.", (Form(("string",), _is(STRING)),)),
    Function("trim", "trim(text)", "The text without white space at both ends.", (Form(("string",), _is(STRING)),)),
    Function("isSet", "isSet(x)", "Whether there is a value; of a list, whether it has elements. Never unknown.",
             (Form(("any",), _is(BOOL)),)),
    Function("overlaps", "overlaps(list, list)",
             "Whether any element stands in both lists, which hold the same sort of value; false if one is empty. Never "
             "unknown.", (Form(("list", "list"), _alike_lists),), in_sql=False),
    Function("div", "div(a, b)", "Whole-number division, towards zero; unknown if b is 0.",
             (Form(("int", "int"), _is(INT)),)),
    Function("abs", "abs(x)", "The magnitude of a number or a duration.",
             tuple(Form((name,), _same) for name in ("int", "decimal", "number", "duration"))),
    Function("round", "round(decimal) or round(decimal, places)",
             "Rounded half away from zero; places is a constant from 0 to 18.",
             (Form(("decimal",), _whole_decimal), Form(("decimal", "int"), _whole_decimal))),
    Function("min", "min(a, b, …)", "The least; unknown if any is unknown.", (Form(("any", "any", "…"), _widest),)),
    Function("max", "max(a, b, …)", "The greatest; unknown if any is unknown.", (Form(("any", "any", "…"), _widest),)),
    Function("int", "int(decimal)", "The whole part, cut towards zero.",
             (Form(("decimal",), _is(INT)), Form(("int",), _is(INT)))),
    Function("decimal", "decimal('1.50') or decimal(whole number)", "An exact number.",
             (Form(("int",), _is(decimal(0, 19))), Form(("decimal",), _same))),
    Function("number", "number(x)", "The nearest IEEE double of a whole or decimal number.",
             tuple(Form((name,), _is(NUMBER)) for name in ("int", "decimal", "number"))),
    Function("string", "string(x)", "A whole or decimal number, a date, true or false as text.",
             tuple(Form((name,), _is(STRING)) for name in ("string", "int", "decimal", "bool", "date"))),
    Function("date", "date('2026-01-31')", "A day.", (Form(("date",), _is(DATE)),)),
    Function("time", "time('09:30')", "A time of day.", (Form(("time",), _is(TIME)),)),
    Function("timestamp", "timestamp('2026-01-31T10:00:00Z')", "An instant, with Z or an offset.",
             (Form(("instant",), _is(INSTANT)),)),
    Function("duration", "duration('PT45M') or duration('1h30m')", "A length of time, from days to seconds.",
             (Form(("duration",), _is(DURATION)),)),
    Function("days", "d.days()", "The whole days (of 24 hours) in a duration, cut towards zero.", _SPAN_PART),
    Function("hours", "d.hours()", "The whole hours in a duration.", _SPAN_PART),
    Function("minutes", "d.minutes()", "The whole minutes in a duration.", _SPAN_PART),
    Function("seconds", "d.seconds()", "The whole seconds in a duration.", _SPAN_PART),
    Function("year", "year(date)", "The year of a date.", _DATE_PART),
    Function("month", "month(date)", "The month, 1 to 12.", _DATE_PART),
    Function("day", "day(date)", "The day of the month, 1 to 31.", _DATE_PART),
    Function("weekday", "weekday(date)", "1 for Monday to 7 for Sunday.", _DATE_PART),
    Function("monthDay", "monthDay(date)", "Month and day as text, \"03-14\", as fields without a year hold them.",
             (Form(("date",), _is(STRING)),)),
    Function("dateOf", "dateOf(instant)", "The date at that instant in the site's zone.",
             (Form(("instant",), _is(DATE)),)),
    Function("meta", "meta(record.reference)",
             "The system values of a reached record: id, version, state, created_at, created_by, updated_at, "
             "updated_by.",
             (Form(("record",), lambda types: Type("meta", record=types[0].record)),)),
)

FUNCTIONS: Mapping[str, Function] = MappingProxyType({one.name: one for one in _ALL})
"""{name: function}. `exists` and `all` are part of the grammar."""


def result_of(function: Function, types: Sequence[Type]) -> Type | None:
    """What the function gives for arguments of these types; None where no form takes them."""
    for form in function.forms:
        if _takes(form.takes, types):
            result = form.gives(types)
            if result is not None:
                return result
    return None


def _takes(takes: tuple[str, ...], types: Sequence[Type]) -> bool:
    if takes[-1] == "…":
        fixed = takes[:-1]
        takes = fixed + (fixed[-1],) * (len(types) - len(fixed))
    if len(takes) != len(types):
        return False
    pairs = zip(takes, types, strict=True)
    return all(wanted in ("any", given.name) or given.name == "null" for wanted, given in pairs)


