"""Search: a piece of text is found whatever its case, and signs of LIKE mean themselves."""

from __future__ import annotations

import pytest

from kartotek.storage import records
from kartotek.storage.database import Database
from kartotek.storage.layout import Layout
from kartotek.storage.search import search_sql
from kartotek.storage.select import Selection, select
from kartotek.storage.stored import Stored

PEOPLE = {
    "李雷": "+8613800138000",
    "Anna Ångström": "+46701740605",
    "Straße 100%": "",
    "snake_case!": "",
    "": "+491",
    "Ann Åsa": None,
}
CASES = [
    ("李", ["李雷"]),
    ("ÅNGSTRÖM anna", ["Anna Ångström"]),
    ("ann", ["Anna Ångström", "Ann Åsa"]),
    ("STRASSE", ["Straße 100%"]),
    ("100%", ["Straße 100%"]),
    ("_", ["snake_case!"]),
    ("e!", ["snake_case!"]),
    ("138 0013-8000", ["李雷"]),
    ("174 06", ["Anna Ångström"]),
    ("anna 138", []),
    ("' OR 1=1 --", []),
    ("   ", list(PEOPLE)),
    ("\\", []),
    ("+49", [""]),
    ("\0", []),
    ("李\0", []),
    ("\ud800", []),
    ("é", []),
]


@pytest.mark.parametrize("text, wanted", CASES, ids=[repr(one[0]) for one in CASES])
def test_search_finds(database: Database, layouts: dict[str, Layout], text: str, wanted: list[str]) -> None:
    layout = layouts["person"]
    rows = [{"name": name} | ({"mobile": mobile} if mobile is not None else {}) for name, mobile in PEOPLE.items()]
    with database.write() as conn:
        for number, row in enumerate(rows):
            records.insert(conn, layout, Stored(columns={**row, "mobile": row.get("mobile") or f"x{number}"}))
        where = search_sql(layout, ("name", "mobile", "born", "unknown"), text)
        found = select(conn, Selection(layout=layout, columns=("name",), where=(where,)), {})
    assert [one.stored.columns["name"] for one in found] == wanted


def test_search_over_no_text_fields_finds_nothing(database: Database, layouts: dict[str, Layout]) -> None:
    with database.write() as conn:
        records.insert(conn, layouts["person"], Stored())
        where = search_sql(layouts["person"], ("born",), "x")
        assert select(conn, Selection(layout=layouts["person"], where=(where,)), {}) == []
