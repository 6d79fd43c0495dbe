"""A small record type with a field of every kind, and the ways in which tests have spreadsheets read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kind_samples import field_of

from kartotek.model.field import Field
from kartotek.model.settings import SiteSettings
from kartotek.sheets.limits import Limits
from kartotek.sheets.plan import Options, Summary
from kartotek.sheets.prepare import prepare
from kartotek.sheets.target import Target

SITE = SiteSettings(languages=("en", "zh"), timezone="Asia/Shanghai", currency="CNY", region="CN")
TODAY = "2026-11-22"

_OPTIONS = [
    {"const": "female", "title": {"en": "Female", "zh": "女"}},
    {"const": "male", "title": {"en": "Male", "zh": "男"}},
    {"const": "none", "title": {"en": "Not said", "zh": "不详 / 未知"}},
]
FRAGMENTS: Mapping[str, Mapping[str, Any]] = {
    "name": {"type": "string", "maxLength": 60},
    "note": {"type": "string", "contentMediaType": "text/markdown"},
    "count": {"type": "integer", "minimum": -5000},
    "weight": {"type": "number"},
    "price": {"type": "string", "format": "decimal", "x-field": {"precision": 12, "scale": 2, "currency": "CNY"}},
    "born": {"type": "string", "format": "date"},
    "seen_at": {"type": "string", "format": "date-time"},
    "opens": {"type": "string", "format": "time"},
    "birthday": {"type": "string", "format": "month-day"},
    "length": {"type": "string", "format": "duration"},
    "active": {"type": "boolean"},
    "sex": {"oneOf": _OPTIONS},
    "tags": {"type": "array", "items": {"enum": ["new", "old", "a/b"]}, "uniqueItems": True},
    "mobile": {"type": "string", "format": "phone"},
    "email": {"type": "string", "format": "email"},
    "site": {"type": "string", "format": "uri"},
    "key": {"type": "string", "format": "uuid"},
    "tint": {"type": "string", "format": "color"},
    "stars": {"type": "integer", "minimum": 1, "maximum": 5, "x-field": {"widget": "rating"}},
    "owner": {"type": "integer", "x-field": {"references": "person"}},
    "friends": {"type": "array", "items": {"type": "integer"}, "x-field": {"references": "person"}},
    "photo": {"type": "string", "format": "uuid", "x-field": {"file": {"accept": ["image/*"]}}},
    "extra": {"type": "object"},
    "address": {
        "type": "object",
        "properties": {"city": {"type": "string", "title": "City"}, "floor": {"type": "integer", "title": "Floor"}},
        "additionalProperties": False,
    },
    "lines": {
        "type": "array",
        "items": {"type": "object", "properties": {"qty": {"type": "integer"}}, "additionalProperties": False},
    },
    "total": {"type": "integer", "readOnly": True},
}
_LABELS = {
    "name": {"en": {"title": "Full name"}, "zh": {"title": "姓名"}},
    "mobile": {"en": {"title": "Mobile"}, "zh": {"title": "手机"}},
    "born": {"en": {"title": "Date of birth"}, "zh": {"title": "出生日期"}},
    "price": {"zh": {"title": "金额"}},
    "address": {"en": {"title": "Address"}, "zh": {"title": "地址"}},
    "sex": {"zh": {"title": "性别"}},
    "email": {"en": {"title": "E-mail"}, "zh": {"title": "电子邮箱"}},
}
_MEMBER_LABELS = {"city": {"zh": {"title": "城市"}}, "floor": {"zh": {"title": "楼层"}}}


def field(name: str, fragment: Mapping[str, Any] | None = None) -> Field:
    """The field of that name."""
    fragment = fragment or FRAGMENTS[name]
    made = field_of(name, fragment, SITE)
    members = tuple(
        replace(one, title=one.fragment.get("title", one.name), labels=_MEMBER_LABELS.get(one.name, {}))
        for one in made.fields
    )
    return replace(made, labels=_LABELS.get(name, {}), title=_LABELS.get(name, {}).get("en", {}).get("title", name),
                   fields=members, read_only=bool(fragment.get("readOnly")), unique=name == "mobile")  # fmt: skip


def target(fields: Mapping[str, Mapping[str, Any]] | None = None) -> Target:
    """The type of all kinds, in which a name is demanded and a mobile number is unique."""
    made = tuple(field(name, fragment) for name, fragment in (fields or FRAGMENTS).items())
    return Target(
        name="thing",
        fields=made,
        settings=SITE,
        writable=frozenset(one.name for one in made if not one.read_only),
        demanded=frozenset({"name"} & {one.name for one in made}),
        unique=frozenset({"mobile"} & {one.name for one in made}),
    )


@dataclass(frozen=True)
class Outcome:
    """What came of a file: its summary and its lines."""

    summary: Summary
    lines: tuple[Mapping[str, Any], ...]

    def wires(self, name: str) -> list[Any]:
        """The wires of one field, or the code of the problem, row by row; None where a good row has no value."""
        return [self._of(line, name) for line in self.lines]

    def _of(self, line: Mapping[str, Any], name: str) -> Any:
        if "problems" in line:
            return next((f"!{one['code']}" for one in line["problems"] if one["field"] == name), None)
        return line["fields"].get(name, line["links"].get(name))

    def rules(self, name: str = "") -> dict[str, int]:
        """{code: count} of the rules applied to one field, or to all."""
        found = [one for one in self.summary.rules if not name or one.field == name]
        return {one.code: one.count for one in found}


def read_file(path: Path, into: Target | None = None, **options: Any) -> Outcome:
    """The outcome of a file, read in this process."""
    out = path.with_name(path.name + ".lines")
    asked = Options(today=TODAY, **options)
    summary = prepare(path, path.name, into or target(), out, options=asked, limits=Limits())
    assert Summary.of(json.loads(json.dumps(summary.wire()))).wire() == summary.wire()
    return Outcome(summary, tuple(json.loads(line) for line in out.read_bytes().splitlines()))


def csv_bytes(rows: Sequence[Sequence[Any]], *, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    """The rows as CSV."""
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(rows)
    return stream.getvalue().encode(encoding)


def read_rows(folder: Path, rows: Sequence[Sequence[Any]], into: Target | None = None, **options: Any) -> Outcome:
    """The outcome of rows written as CSV."""
    path = folder / "rows.csv"
    path.write_bytes(csv_bytes(rows))
    return read_file(path, into, **options)


def read_column(folder: Path, name: str, cells: Sequence[str], **options: Any) -> list[Any]:
    """What the cells of one column come to, each beside a name, so that no row is blank."""
    rows = [["name", name], *([f"n{index}", cell] for index, cell in enumerate(cells))]
    return read_rows(folder, rows, **options).wires(name)
