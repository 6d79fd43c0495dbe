"""A key that may be read in some states alone finds no record in the others, by whatever way it is asked."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from levelled_site import CLERK, FLOW, FOLDER, FRONT, documents, opened

from kartotek.engine.bulk import BulkRow
from kartotek.engine.engine import Engine
from kartotek.model.query import Query

NUMBER = "+8613800000001"


def declared() -> dict[str, Any]:
    """The front may find folders by their number as long as they are open."""
    folder = copy.deepcopy(FOLDER)
    folder["properties"]["phone"]["x-field"] = {"unique": True, "access": {"front": "write", "helper": "none", "eye": "none"}}
    folder["x-record"]["permissions"]["front"]["create"] = True
    folder["x-record"]["search"] = ["phone"]
    folder["properties"]["name"].pop("x-field")
    return folder


@pytest.mark.parametrize("rows", [1, 3])
def test_rows_are_matched_by_what_may_be_read(open_engine: Callable[..., Engine], rows: int) -> None:
    engine = opened(open_engine, documents(declared(), FLOW))
    for at in range(rows):
        engine.create(CLERK, "folder", {"name": "n", "grade": 1, "phone": f"+861380000000{at + 1}"})
    asked = [BulkRow(fields={"phone": f"+861380000000{at + 1}", "grade": 2}) for at in range(rows)]
    assert {one["status"] for one in engine.bulk(FRONT, "folder", asked, on="phone")} == {"updated"}
    for at in range(rows):
        engine.processes.run(CLERK, "folder", at + 1, "finish")
    found = engine.bulk(FRONT, "folder", [BulkRow(fields={"phone": one.fields["phone"], "grade": 3}) for one in asked], on="phone", partial=True)
    assert {one["status"] for one in found} <= {"conflict", "invalid"} and all("record" not in one for one in found), found
    assert {engine.get(CLERK, "folder", at + 1)["fields"]["grade"] for at in range(rows)} == {2}
    assert not engine.select(FRONT, "folder", Query(filter=f"record.phone == '{NUMBER}'")).items
    assert not engine.select(FRONT, "folder", Query(search="0001")).items
    assert NUMBER not in str(found)
