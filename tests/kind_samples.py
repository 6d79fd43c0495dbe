"""Every kind with fields of its sort, and what they take and refuse: the table behind the conformance suite."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from kartotek.kinds.registry import claim
from kartotek.model.field import Field, Option, Reference
from kartotek.model.settings import SiteSettings

SITE = SiteSettings(languages=("en", "zh-CN"), timezone="Asia/Shanghai", region="CN")
UUID = "0b9f3a52-6c1e-4f0d-9a44-2f4f4b6f8c11"
NUL, SURROGATE = "a\0b", "a\ud800b"
_LONG = 2**70


@dataclass(frozen=True)
class Sample:
    """`good` are wires that come back as they were sent; `turned` is ((sent, what it becomes), …).

    `bad` is ((wire, code), …), refused by JSON Schema too; `beyond` the same for what JSON Schema cannot see.
    `formless` are good wires that no control of a form can carry.
    """

    name: str
    kind: str
    fragment: Mapping[str, Any]
    good: tuple[Any, ...] = ()
    turned: tuple[tuple[Any, Any], ...] = ()
    bad: tuple[tuple[Any, str], ...] = ()
    beyond: tuple[tuple[Any, str], ...] = ()
    formless: tuple[Any, ...] = ()

    @property
    def field(self) -> Field:
        """The declared field."""
        if self.name not in _FIELDS:
            _FIELDS[self.name] = field_of(self.name, self.fragment)
        return _FIELDS[self.name]


_FIELDS: dict[str, Field] = {}


def field_of(name: str, fragment: Mapping[str, Any], site: SiteSettings = SITE) -> Field:
    """A field as the declaration would build it, as far as kinds need it."""
    kind = claim(fragment)
    assert kind is not None, f"no kind takes {fragment}"
    own, items = fragment.get("x-field", {}), fragment.get("items", {})
    field = Field(
        name=name,
        kind=kind.name,
        column=f"c_{name}",
        title=name,
        fragment=fragment,
        settings=kind.settings(fragment, site),
        options=_options(fragment) or _options(items),
        reference=Reference(own["references"]) if "references" in own else None,
    )
    inner = items if kind.name == "rows" else fragment if kind.name == "object" else {}
    return replace(field, fields=_members(inner, "" if kind.name == "rows" else f"{field.column}_"))


def _members(fragment: Mapping[str, Any], prefix: str) -> tuple[Field, ...]:
    made = [field_of(name, inner) for name, inner in fragment.get("properties", {}).items()]
    return tuple(
        replace(
            one,
            column=f"{prefix}c{index}",
            required=one.name in fragment.get("required", ()),
            nullable="null" in one.fragment.get("type", ()),
        )
        for index, one in enumerate(made)
    )


def _options(fragment: Mapping[str, Any]) -> tuple[Option, ...]:
    listed = fragment.get("oneOf") or [{"const": one} for one in fragment.get("enum", ()) if one is not None]
    return tuple(
        Option(one["const"], titles.get("en", str(one["const"])), titles, one.get("deprecated", False))
        for one in listed
        for titles in [_titles(one)]
    )


def _titles(option: Mapping[str, Any]) -> Mapping[str, str]:
    title = option.get("title", {})
    return title if isinstance(title, Mapping) else {"en": title}


def _string(**more: Any) -> dict[str, Any]:
    return {"type": "string", **more}


_NOT_TEXT = ((1, "type"), (True, "type"), ([], "type"), ({}, "type"))
_NOT_NUMBER = (("1", "type"), (True, "type"), (False, "type"), ([], "type"))

SAMPLES: tuple[Sample, ...] = (
    Sample(
        "text",
        "text",
        _string(),
        good=("Ann", "王芳", "a.b c", " a ", "𠮷😀", "=1+1", "NULL"),
        formless=("",),
        bad=_NOT_TEXT,
        beyond=((NUL, "text_nul"), (SURROGATE, "text_nul")),
    ),
    Sample(
        "bounded",
        "text",
        _string(minLength=2, maxLength=3),
        good=("王芳", "𠮷😀😀"),
        bad=(("a", "min_length"), ("abcd", "max_length"), ("😀", "min_length")),
    ),
    Sample(
        "pattern",
        "text",
        _string(pattern="^[A-Z]{2}\\d+$"),
        good=("AB1",),
        bad=(("ab1", "pattern"), ("xAB1", "pattern"), ("AB" + "1" * 10_000, "max_length")),
    ),
    Sample("searched", "text", _string(pattern="b"), good=("abc",), bad=(("ac", "pattern"),)),
    Sample("host", "text", _string(format="hostname"), good=("a.example",), bad=(("-a-", "format"),)),
    Sample(
        "longtext",
        "longtext",
        _string(**{"x-field": {"widget": "textarea"}}),
        good=("a\nb", "王\n芳"),
        formless=("a\r\nb",),
        bad=_NOT_TEXT,
        beyond=((NUL, "text_nul"),),
    ),
    Sample(
        "markdown",
        "markdown",
        _string(contentMediaType="text/markdown"),
        good=("# A\n\n* b `<c>`\n", "1 < 2 & 3 > 2"),
        turned=(("a <b onclick=x>c</b>", "a c"), ("<script>alert(1)</script>d", "d")),
        bad=_NOT_TEXT,
        beyond=((NUL, "text_nul"),),
    ),
    Sample(
        "html",
        "markdown",
        _string(contentMediaType="text/html"),
        good=("<p>a <b>c</b></p>",),
        turned=(('<p onclick="x">a<script>alert(1)</script></p>', "<p>a</p>"),),
        bad=_NOT_TEXT,
    ),
    Sample(
        "integer",
        "integer",
        {"type": "integer"},
        good=(0, -1, 7, 2**63 - 1, -(2**63), _LONG, -_LONG, 10**40),
        turned=((1.0, 1), (-0.0, 0), (1e3, 1000)),
        bad=(*_NOT_NUMBER, (1.5, "type"), (float("nan"), "type"), (float("inf"), "type"), (1e400, "type")),
        beyond=((10**2000, "precision"),),
    ),
    Sample(
        "counted",
        "integer",
        {"type": "integer", "minimum": 1, "exclusiveMaximum": 10, "multipleOf": 3},
        good=(3, 9),
        bad=((0, "minimum"), (-3, "minimum"), (12, "exclusive_maximum"), (4, "multiple_of")),
    ),
    Sample(
        "number",
        "number",
        {"type": "number"},
        good=(0.5, -1.25, 1e300, 0.1, 5e-324, _LONG + 1, 2**53 + 1, 10**400),
        turned=((1, 1.0), (2**53, float(2**53))),
        bad=_NOT_NUMBER,
        beyond=((float("inf"), "type"), (-1e400, "type"), (float("nan"), "type"), (10**2000, "precision")),
    ),
    Sample(
        "measured",
        "number",
        {"type": "number", "maximum": 10, "multipleOf": 0.5},
        good=(0.5, 10.0),
        bad=((10.5, "maximum"), (0.3, "multiple_of")),
    ),
    Sample(
        "decimal",
        "decimal",
        _string(format="decimal", **{"x-field": {"precision": 6, "scale": 2}}),
        good=("0.00", "1.50", "-9999.99", "9999.99"),
        turned=(("1", "1.00"), ("+1.5", "1.50"), ("0001.5", "1.50"), ("-0", "0.00")),
        bad=(
            (1, "type"),
            (1.5, "type"),
            ("", "format"),
            ("1,5", "format"),
            ("1.", "format"),
            (".5", "format"),
            ("1e2", "format"),
            ("NaN", "format"),
            ("１.５", "format"),
            (" 1", "format"),
            ("1\n", "format"),
            ("--1", "format"),
            ("1.234", "scale"),
            ("1.230", "scale"),
            ("10000", "precision"),
            ("9" * 5000, "format"),
        ),
    ),
    Sample(
        "money",
        "decimal",
        _string(format="decimal", minimum=0, **{"x-field": {"scale": 2, "currency": "CNY"}}),
        good=("0.00", "1234.50", "9999999999999999.99"),
        beyond=(("-0.01", "minimum"),),
        bad=(("1" * 17, "precision"),),
    ),
    Sample(
        "whole",
        "decimal",
        _string(format="decimal", **{"x-field": {"precision": 18, "scale": 0}}),
        good=("9" * 18,),
        bad=(("1.0", "scale"),),
    ),
    Sample(
        "share",
        "decimal",
        _string(format="decimal", **{"x-field": {"precision": 2, "scale": 2}}),
        good=("0.25",),
        bad=(("1.00", "precision"),),
    ),
    Sample(
        "boolean",
        "boolean",
        {"type": "boolean"},
        good=(True, False),
        bad=((0, "type"), (1, "type"), ("true", "type"), ("", "type")),
    ),
    Sample(
        "date",
        "date",
        _string(format="date"),
        good=("2026-11-21", "0001-01-01", "9999-12-31", "2024-02-29"),
        bad=(
            *_NOT_TEXT,
            ("2026-02-29", "format"),
            ("0000-01-01", "format"),
            ("20261121", "format"),
            ("2026-1-1", "format"),
            ("2026-11-21T00:00:00Z", "format"),
            ("２０２６-11-21", "format"),
            ("2026-11-21\n", "format"),
            ("2026-W01-1", "format"),
        ),
    ),
    Sample(
        "monthday",
        "monthday",
        _string(format="month-day"),
        good=("02-29", "12-31", "01-01"),
        bad=(
            *_NOT_TEXT,
            ("02-30", "format"),
            ("13-01", "format"),
            ("--02-29", "format"),
            ("2-9", "format"),
            ("04-31", "format"),
            ("01-01\n", "format"),
        ),
    ),
    Sample(
        "time",
        "time",
        _string(format="time"),
        good=("09:30:00", "23:59:59", "00:00:00", "12:00:00.250000"),
        formless=("12:00:00.000001",),
        turned=(("09:30", "09:30:00"),),
        bad=(
            *_NOT_TEXT,
            ("24:00", "format"),
            ("9:30", "format"),
            ("09:60", "format"),
            ("09:30:00Z", "format"),
            ("09:30\n", "format"),
        ),
    ),
    Sample(
        "instant",
        "instant",
        _string(format="date-time"),
        good=("2026-11-21T10:00:00Z", "2026-11-21T10:00:00.250000Z", "1969-12-31T23:59:59.999000Z"),
        turned=(
            ("2026-11-21t10:00:00z", "2026-11-21T10:00:00Z"),
            ("2026-11-21T18:00:00+08:00", "2026-11-21T10:00:00Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
            ("2026-11-21T10:00:00.5Z", "2026-11-21T10:00:00.500000Z"),
            ("2026-11-21T10:00:00-00:00", "2026-11-21T10:00:00Z"),
        ),
        formless=("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
        bad=(
            *_NOT_TEXT,
            ("2026-11-21T10:00:00", "format"),
            ("2026-11-21 10:00:00Z", "format"),
            ("2026-11-21", "format"),
            ("2026-11-21T10:00Z", "format"),
            ("2026-11-21T25:00:00Z", "format"),
            ("2026-11-21T10:00:60Z", "format"),
            ("0001-01-01T00:00:00+01:00", "format"),
            ("9999-12-31T23:59:59-01:00", "format"),
            ("2026-11-21T10:00:00+0800", "format"),
        ),
    ),
    Sample(
        "duration",
        "duration",
        _string(format="duration"),
        good=("PT45M", "PT0S", "P1DT2H3M4S", "P10D"),
        turned=(("PT90M", "PT1H30M"), ("PT24H", "P1D")),
        formless=("P400000D",),
        bad=(
            *_NOT_TEXT,
            ("P1M", "format"),
            ("P1W", "format"),
            ("P", "format"),
            ("PT", "format"),
            ("PT1.5S", "format"),
            ("-PT1S", "format"),
            ("45", "format"),
        ),
        beyond=(("P999999999D", "format"), ("PT" + "9" * 50 + "S", "format")),
    ),
    Sample(
        "choice",
        "choice",
        {
            "oneOf": [
                {"const": "new", "title": {"en": "New", "zh": "新"}},
                {"const": "old", "title": "Old", "deprecated": True},
            ]
        },
        good=("new", "old"),
        bad=(("other", "choice"), (1, "choice"), ([], "choice"), ("New", "choice")),
    ),
    Sample(
        "level",
        "choice",
        {"type": "integer", "enum": [1, 2, 3]},
        good=(1, 3),
        turned=((2.0, 2),),
        bad=((True, "choice"), ("1", "choice"), (4, "choice")),
    ),
    Sample("flag", "choice", {"enum": [True, None]}, good=(True,), bad=((1, "choice"), (False, "choice"))),
    Sample(
        "mixed",
        "choice",
        {"enum": ["1", 1, True, 1.5, "", _LONG]},
        good=("1", 1, True, 1.5, "", _LONG),
        bad=((False, "choice"), (1.25, "choice")),
    ),
    Sample(
        "choices",
        "choices",
        {"type": "array", "uniqueItems": True, "maxItems": 2, "items": {"enum": ["a", "b", "c"]}},
        good=(["b", "a"], ["c"]),
        formless=([],),
        bad=(
            ("a", "type"),
            (["a", "a"], "unique_items"),
            (["a", "d"], "choice"),
            (["a", "b", "c"], "max_items"),
            ([1], "choice"),
        ),
    ),
    Sample(
        "email",
        "email",
        _string(format="email"),
        good=("a@b.cn", "Ann.Lee+x@mail.example.com"),
        bad=(
            *_NOT_TEXT,
            ("a", "format"),
            ("a@b", "format"),
            ("@b.cn", "format"),
            ("a b@c.cn", "format"),
            ("a@b..cn", "format"),
            ("a@-b.cn", "format"),
            (".a@b.cn", "format"),
            ("a@b.cn\n", "format"),
            ("a" * 65 + "@b.cn", "format"),
            (NUL + "@b.cn", "format"),
        ),
    ),
    Sample(
        "phone",
        "phone",
        _string(format="phone"),
        good=("+8613800138000", "+12125550100"),
        turned=(
            ("138 0013 8000", "+8613800138000"),
            ("010-12345678", "+861012345678"),
            ("+1 (212) 555-0100", "+12125550100"),
            ("１３８００１３８０００", "+8613800138000"),
        ),
        bad=_NOT_TEXT,
        beyond=(
            ("110x", "format"),
            ("12345", "format"),
            ("+1 212 555 0100 ext. 5", "format"),
            ("call me", "format"),
            ("", "format"),
            ("+999123456789", "format"),
        ),
    ),
    Sample(
        "url",
        "url",
        _string(format="uri"),
        good=("https://example.com/a?b=c#d", "mailto:a@b.cn", "urn:isbn:0451450523"),
        bad=(
            *_NOT_TEXT,
            ("example.com", "format"),
            ("/a", "format"),
            ("https://a b", "format"),
            ("https://例.cn", "format"),
        ),
        beyond=(("javascript:alert(1)", "format"), ("JavaScript:alert(1)", "format"), ("data:text/html,x", "format")),
    ),
    Sample(
        "uuid",
        "uuid",
        _string(format="uuid"),
        good=(UUID, UUID.upper()),
        bad=(
            *_NOT_TEXT,
            (UUID.replace("-", ""), "format"),
            ("{" + UUID + "}", "format"),
            (UUID[:-1] + "g", "format"),
            ("urn:uuid:" + UUID, "format"),
        ),
    ),
    Sample(
        "color",
        "color",
        _string(format="color"),
        good=("#ff8800", "#FF8800"),
        bad=(*_NOT_TEXT, ("#f80", "format"), ("red", "format"), ("#ff8800\n", "format")),
    ),
    Sample(
        "rating",
        "rating",
        {"type": "integer", "minimum": 1, "maximum": 5, "x-field": {"widget": "rating"}},
        good=(1, 5),
        turned=((3.0, 3),),
        bad=((0, "minimum"), (6, "maximum"), ("5", "type"), (True, "type")),
    ),
    Sample(
        "file",
        "file",
        _string(format="uuid", **{"x-field": {"file": {}}}),
        good=(UUID,),
        bad=(*_NOT_TEXT, ("x", "no_file"), (UUID.upper(), "no_file"), ("../" + UUID, "no_file")),
    ),
    Sample(
        "image",
        "image",
        _string(format="uuid", **{"x-field": {"file": {"accept": ["image/*"], "maxSize": "5MB"}}}),
        good=(UUID,),
        bad=(("x", "no_file"),),
    ),
    Sample(
        "files",
        "files",
        {"type": "array", "items": _string(format="uuid"), "x-field": {"file": {}}},
        good=([UUID],),
        formless=([],),
        bad=((UUID, "type"), (["x"], "no_file"), ([1], "type")),
    ),
    Sample(
        "reference",
        "reference",
        {"type": "integer", "x-field": {"references": "item"}},
        good=(1, 2**53 - 1),
        turned=((2.0, 2),),
        bad=((0, "no_record"), (-1, "no_record"), (2**53, "no_record"), ("1", "type"), (True, "type"), (1.5, "type")),
    ),
    Sample(
        "user",
        "user",
        {"type": "integer", "x-field": {"references": "user"}},
        good=(1,),
        bad=((0, "no_record"), ("1", "type")),
    ),
    Sample(
        "references",
        "references",
        {"type": "array", "uniqueItems": True, "items": {"type": "integer"}, "x-field": {"references": "item"}},
        good=([3, 1, 2],),
        formless=([],),
        bad=((1, "type"), ([1, 1], "unique_items"), ([1, 1.0], "unique_items"), ([0], "no_record"), (["1"], "type")),
    ),
    Sample(
        "rows",
        "rows",
        {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["price"],
                "properties": {
                    "price": _string(format="decimal", **{"x-field": {"scale": 2}}),
                    "qty": {"type": "integer", "minimum": 1},
                    "note": {"type": ["string", "null"]},
                    "day": _string(format="date"),
                    "a.b": {"type": "boolean"},
                },
            },
        },
        good=(
            [{"price": "1.50"}, {"price": "2.00", "qty": 2, "note": None, "day": "2026-11-21", "a.b": False}],
            [{"price": "1.00", "qty": _LONG}],
        ),
        turned=(([{"price": "1", "qty": 1.0}], [{"price": "1.00", "qty": 1}]),),
        bad=(
            ([], "min_items"),
            ({}, "type"),
            ([1], "type"),
            ([{}], "required"),
            ([{"price": "1.555"}], "scale"),
            ([{"price": None}], "not_null"),
            ([{"price": "1.00", "x": 1}], "unknown_field"),
            ([{"price": "1.00", "qty": 0}], "minimum"),
        ),
        beyond=(([{"price": "1.00", "note": NUL}], "text_nul"),),
    ),
    Sample(
        "object",
        "object",
        {
            "type": "object",
            "required": ["city"],
            "properties": {
                "city": _string(),
                "zip code": _string(pattern="^\\d{6}$"),
                "since": _string(format="date-time"),
            },
        },
        good=({"city": "上海"}, {"city": "A", "zip code": "200000", "since": "2026-11-21T10:00:00Z"}),
        bad=(
            ([], "type"),
            ({}, "required"),
            ({"city": 1}, "type"),
            ({"city": "A", "zip code": "2"}, "pattern"),
            ({"city": "A", "x": 1}, "unknown_field"),
            ({"city": None}, "not_null"),
        ),
    ),
    Sample(
        "json",
        "json",
        {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "d": _string(format="date")},
            "additionalProperties": True,
            "maxProperties": 3,
        },
        good=({}, {"a": 1, "b": [None, True, "x", 1.5]}, {"": {"": []}}, {"big": _LONG}),
        bad=(
            ([], "schema"),
            ({"a": "x"}, "schema"),
            ({"a": True}, "schema"),
            ({"d": "soon"}, "schema"),
            ({"1": 1, "2": 2, "3": 3, "4": 4}, "schema"),
        ),
        beyond=(
            ({NUL: 1}, "text_nul"),
            ({"x": [SURROGATE]}, "text_nul"),
            ({"x": float("nan")}, "type"),
            ({"x": float("inf")}, "type"),
        ),
    ),
    Sample(
        "anything", "json", {}, good=(1, "x", False, [1, "2"], {"a": None}, 1.5, 0, ""), beyond=((NUL, "text_nul"),)
    ),
    Sample(
        "tags",
        "json",
        {"type": "array", "items": _string(maxLength=3), "uniqueItems": True},
        good=(["a", "b"], []),
        bad=((["a", "a"], "schema"), (["long"], "schema"), ("a", "schema")),
    ),
    Sample(
        "autonumber",
        "autonumber",
        _string(readOnly=True, **{"x-field": {"autoNumber": "BK-{yyyy}{MM}-{0000}"}}),
        good=("BK-202611-0001",),
        bad=_NOT_TEXT,
    ),
)
