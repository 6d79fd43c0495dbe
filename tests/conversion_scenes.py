"""Fields that become others, with what a record has before and afterwards: for the pure conversion and for real databases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from two_catalogs import group, money, rows, text, was, whole

BIG = 2**70
Fields = Mapping[str, Any]

LINK = whole(**{"x-field": {"references": "thing"}})  # which no text can become

# (name, old fields, new fields, what is sent, what is there afterwards)
SCENES: tuple[tuple[str, Fields, Fields, Fields, Fields], ...] = (
    ("number to text", {"a": whole()}, {"a": text()}, {"a": 7}, {"a": "7"}),
    ("text to number", {"a": text()}, {"a": whole()}, {"a": " 007 "}, {"a": 7}),
    ("what no column held finds one", {"a": whole()}, {"a": text()}, {"a": BIG}, {"a": str(BIG)}),
    ("what no column can hold", {"a": text()}, {"a": whole()}, {"a": str(BIG)}, {"a": BIG}),
    ("big stays big", {"a": whole()}, {"a": {"type": "number"}}, {"a": BIG + 1}, {"a": BIG + 1}),
    ("explicit null", {"a": whole(type=["integer", "null"])}, {"a": text(type=["string", "null"])}, {"a": None}, {"a": None}),
    ("null where none is allowed any more", {"a": whole(type=["integer", "null"])}, {"a": text()}, {"a": None}, {"a": None}),
    ("absent", {"a": whole(), "b": text()}, {"a": text(), "b": text()}, {"b": "x"}, {"b": "x"}),
    ("renamed and retyped", {"a": whole(), "b": text()}, {"c": was("a", text()), "b": text()}, {"a": 7, "b": "x"}, {"c": "7", "b": "x"}),
    ("a null is renamed", {"a": text(type=["string", "null"])}, {"c": was("a", text(type=["string", "null"]))}, {"a": None}, {"c": None}),
    ("places after the point", {"a": money()}, {"a": money(4)}, {"a": "1.50"}, {"a": "1.5000"}),
    ("one to many references", {"a": whole(**{"x-field": {"references": "thing"}})},
     {"a": {"type": "array", "items": whole(), "x-field": {"references": "thing"}}}, {"a": 5}, {"a": [5]}),
    ("many to one reference", {"a": {"type": "array", "items": whole(), "x-field": {"references": "thing"}}},
     {"a": whole(**{"x-field": {"references": "thing"}})}, {"a": [5]}, {"a": 5}),
    ("no reference of none", {"a": {"type": "array", "items": whole(), "x-field": {"references": "thing"}}},
     {"a": whole(**{"x-field": {"references": "thing"}})}, {"a": []}, {}),
    ("a value becomes a row", {"a": text()}, {"a": rows(a=text(), n=LINK)}, {"a": "x"}, {"a": [{"a": "x"}]}),
    ("a big value becomes a row", {"a": whole()}, {"a": rows(a=whole())}, {"a": BIG}, {"a": [{"a": BIG}]}),
    ("a null becomes no row", {"a": text(type=["string", "null"])}, {"a": rows(a=text())}, {"a": None}, {"a": None}),
    ("a row becomes a value", {"a": rows(a=text())}, {"a": text()}, {"a": [{"a": "x"}]}, {"a": "x"}),
    ("no rows", {"a": rows(a=text())}, {"a": rows(a=whole())}, {"a": []}, {"a": []}),
    ("in rows", {"a": rows(n=whole(), t=text())}, {"a": rows(n=text(), t=text())},
     {"a": [{"n": 1, "t": "x"}, {"t": "y"}, {"n": BIG}]}, {"a": [{"n": "1", "t": "x"}, {"t": "y"}, {"n": str(BIG)}]}),
    ("renamed in renamed rows", {"a": rows(n=whole(type=["integer", "null"]), t=text())},
     {"b": was("a", rows(m=was("n", whole(type=["integer", "null"])), t=text()))},
     {"a": [{"n": None, "t": "x"}, {"n": 3}, {"n": BIG}]}, {"b": [{"m": None, "t": "x"}, {"m": 3}, {"m": BIG}]}),
    ("in an object", {"a": group(n=whole(), t=text())}, {"a": group(n=text(), t=text())}, {"a": {"n": 1, "t": "x"}}, {"a": {"n": "1", "t": "x"}}),
    ("in an object that no columns hold", {"a": group(n=whole(), t=text(type=["string", "null"]))},
     {"a": group(n=text(), u=was("t", text(type=["string", "null"])))}, {"a": {"n": BIG, "t": None}}, {"a": {"n": str(BIG), "u": None}}),
    ("an object that no columns will hold", {"a": group(n=text(), t=text())}, {"a": group(n=whole(), t=text())},
     {"a": {"n": str(BIG), "t": "x"}}, {"a": {"n": BIG, "t": "x"}}),
    ("an empty object", {"a": group(n=whole())}, {"a": group(n=text())}, {"a": {}}, {"a": {}}),
    ("a value becomes an object", {"a": text()}, {"a": group(a=text(), n=LINK)}, {"a": "x"}, {"a": {"a": "x"}}),
    ("an object becomes a row", {"a": group(n=whole(), t=text())}, {"a": rows(n=whole(), t=text())}, {"a": {"n": BIG, "t": "x"}}, {"a": [{"n": BIG, "t": "x"}]}),
    ("a member that goes", {"a": group(n=whole(), t=text())}, {"a": group(t=text())}, {"a": {"n": BIG, "t": "x"}}, {"a": {"t": "x"}}),
    ("midnight", {"a": text(format="date")}, {"a": text(format="date-time")}, {"a": "2026-11-21"}, {"a": "2026-11-20T16:00:00Z"}),
)  # fmt: skip
