"""Exports: what a list shows as a table, no more, and back again by an import without a change."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from neutral_site import CLERK, HELPER, STRANGER
from openpyxl import load_workbook

from kartotek.engine import exports
from kartotek.engine.engine import Engine
from kartotek.errors import Malformed, NotFound
from kartotek.model.actor import Actor
from kartotek.model.query import Query

Make = Callable[..., dict[str, Any]]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def table(engine: Engine, actor: Actor, record_type: str, query: Query = Query(), **more: Any) -> list[list[str]]:
    """The CSV file, read by somebody else's reader."""
    text = b"".join(engine.exports.csv(actor, record_type, query, **more)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_an_export_has_what_its_reader_may_see(engine: Engine, made: Make) -> None:
    made("person", name="Mia", mobile="13900000001", level="gold", tags=["a", "b"], born="1999-01-02", address={"city": "Bern"})
    made("person", name="Hidden", active=False)
    mine, his = table(engine, CLERK, "person"), table(engine, HELPER, "person")
    assert [row[1] for row in mine[1:]] == ["Hidden", "Mia"] and [row[1] for row in his[1:]] == ["Mia"]
    assert "Mobile" in mine[0] and not {"Mobile", "Spent"} & set(his[0])
    told = dict(zip(mine[0], mine[2], strict=True))
    assert (told["Mobile"], told["Level"], told["Tags"], told["Born"], told["address.city"]) == (
        "'+8613900000001", "Gold", "A; B", "1999-01-02", "Bern"
    )
    assert table(engine, CLERK, "person", Query(filter='record.level == "gold"', fields=("name",))) == [["kartotek: id", "Name"], ["1", "Mia"]]
    for actor, query, error in (
        (STRANGER, Query(), NotFound), (HELPER, Query(filter="record.mobile != null"), Malformed),
        (HELPER, Query(sort=("mobile",)), Malformed), (HELPER, Query(fields=("mobile",)), Malformed),
    ):
        with pytest.raises(error):
            engine.exports.csv(actor, "person", query)


def test_formulas_are_defused_and_read_back_as_they_were(engine: Engine, made: Make, tmp_path: Path) -> None:
    names = ["=1+1", "+x", "-y", "@z", "'=q", "plain", "1e5"]
    for name in names:
        made("person", name=name)
    rows = table(engine, CLERK, "person", Query(sort=("-name",)))[1:]
    assert not any(row[1].startswith(("=", "+", "-", "@")) for row in rows)
    path = tmp_path / "people.xlsx"
    engine.exports.xlsx(CLERK, "person", Query(), path)
    cells = [row[1] for row in load_workbook(path).active.iter_rows(min_row=2)]
    assert sorted(one.value for one in cells) == sorted(names) and {one.data_type for one in cells} == {"s"}


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_what_was_exported_and_imported_again_changes_nothing(
    engine: Engine, made: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    monkeypatch.setattr(exports, "MAX_LIMIT", 3)
    for number in range(7):
        made(
            "person", name=("=A1", "Ann, \"B\"", "名字", "x\ny".replace("\n", " "))[number % 4], mobile=f"1390000000{number}",
            level=("plain", "gold")[number % 2], tags=["a", "b"][: number % 3], note=f"{number}\n-two" if number % 2 else None,
            born=f"19{70 + number}-02-0{number + 1}", active=number % 2 == 0, address={"city": "Bern", "zip": f"0{number}"},
        )
    path = tmp_path / f"people.{suffix}"
    if suffix == "csv":
        path.write_bytes(b"".join(engine.exports.csv(CLERK, "person", Query(sort=("name",)))))
    else:
        engine.exports.xlsx(CLERK, "person", Query(sort=("name",)), path)
    with path.open("rb") as stream:
        found = engine.imports.prepare(CLERK, "person", stream, name=path.name, options={"on": "mobile"})
    told = engine.imports.problems(CLERK, found["id"])
    assert (found["counts"]["unchanged"], found["counts"]["updated"], found["counts"]["bad"]) == (7, 0, 0), told
