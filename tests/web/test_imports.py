"""Imports and exports on pages: a file is looked at, taken in, taken back; and who may see that."""

from __future__ import annotations

import io
import re
from typing import Any

from visitors import Pages, Visitor
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

SHEET = "People of the house,,,\nName,E-mail,Level,Remark\nAda,ada@example.org,Gold,x\nEve,eve@,Gold,\n王芳,wang@example.org,Normal,\n"


def sent(visitor: Visitor, text: str = SHEET, **more: str) -> str:
    """The address of the import's page."""
    answer = posted(visitor, text, **more)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def posted(visitor: Visitor, text: str = SHEET, *, to: str = "person", **more: str) -> TestResponse:
    """The answer to a file that is sent."""
    values: list[tuple[str, Any]] = [("file", (io.BytesIO(text.encode()), "people.csv")), *more.items()]
    return visitor.post(f"/r/{to}/import", MultiDict(values))


def work(pages: Pages) -> None:
    """The background work, until nothing is left of it."""
    while pages.engine.imports.run_due():
        pass


def names(pages: Pages) -> set[str]:
    return set(re.findall(r"(Ada|Eve|王芳)", pages.visitor("manager").get("/r/person/").text))


def test_a_file_is_looked_at_taken_in_and_taken_back(pages: Pages) -> None:
    manager = pages.visitor("manager")
    assert 'href="/r/person/import"' in manager.get("/r/person/").text
    address = sent(manager)
    assert "hx-trigger" in manager.get(address).text  # it asks again until it was read
    work(pages)
    text = manager.get(address).text
    assert all(part in text for part in ("Take in 2 rows", "1 rows are left out", "B4", "eve@", "No field has this name."))
    assert names(pages) == set() and "hx-trigger" not in text.partition('id="import-state"')[2].partition(">")[0]
    assert manager.post(f"{address}/commit", {}).status_code == 303
    part = manager.get(f"{address}?part=state")
    assert "HX-Refresh" not in part.headers and "<html" not in part.text
    work(pages)
    assert manager.get(f"{address}?part=state").headers["HX-Refresh"] == "true"
    assert names(pages) == {"Ada", "王芳"}
    manager.post(f"{address}/undo", {})
    work(pages)
    assert names(pages) == set() and "taken back" in manager.get(address).text


def test_columns_are_given_by_hand(pages: Pages) -> None:
    manager = pages.visitor("manager")
    address = sent(manager, "Who,Mail\nAda,ada@example.org\n")
    work(pages)
    assert "No column gives: Name" in manager.get(address).text
    manager.post(f"{address}/prepare", {"map.A": "name", "map.B": "email", "header_rows": "1"})
    work(pages)
    text = manager.get(address).text
    assert "Take in 1 rows" in text and re.search(r'<option value="email" selected>', text)


def test_a_row_with_the_same_key_changes_what_is_there(pages: Pages) -> None:
    made = pages.made("person", name="Ada", email="ada@example.org", level="normal")
    manager = pages.visitor("manager")
    address = sent(manager, "Name,E-mail,Level\nAda L.,ada@example.org,Gold\n", on="email")
    work(pages)
    assert "would be changed" in manager.get(address).text
    manager.post(f"{address}/commit", {})
    work(pages)
    assert pages.stored("person", made)["name"] == "Ada L."


def test_nobody_sees_or_goes_on_with_the_imports_of_others_but_the_owner(pages: Pages) -> None:
    address = sent(pages.visitor("manager"))
    work(pages)
    clerk, owner = pages.visitor("clerk"), pages.visitor("owner")
    for path in ("", "/errors?format=csv", "/errors?format=xlsx"):
        assert clerk.get(address + path).status_code == 404
        with owner.get(address + path) as answer:
            assert answer.status_code == 200
    for step in ("prepare", "commit", "undo", "discard"):
        assert clerk.post(f"{address}/{step}", {}).status_code == 404
    assert "Take in 2 rows" in pages.visitor("manager").get(address).text


def test_who_may_not_add_records_may_not_import_them(pages: Pages) -> None:
    clerk = pages.visitor("clerk")
    assert "/r/item/import" not in clerk.get("/r/item/").text
    assert clerk.get("/r/item/import").status_code == 403
    assert posted(clerk, "Name\nThing\n", to="item").status_code == 403 and pages.engine.imports.run_due() == 0


def test_what_cannot_be_done_now_is_said(pages: Pages) -> None:
    manager = pages.visitor("manager")
    assert "Choose a file first" in manager.post("/r/person/import", {}).text
    address = sent(manager)
    work(pages)
    assert "cannot be done now" in manager.client.get(manager.post(f"{address}/undo", {}).headers["Location"]).text
    assert manager.post(f"{address}/discard", {}).headers["Location"] == "/r/person/import"
    assert manager.get(address).status_code == 404


def test_a_list_is_exported_as_it_is_filtered(pages: Pages) -> None:
    for name, level in (("Ada", "gold"), ("Eve", "normal")):
        pages.made("person", name=name, level=level, email=f"{name}@example.org".lower())
    manager = pages.visitor("manager")
    assert 'name="format"' in manager.get("/r/person/export?level=gold").text

    def exported(**values: str) -> TestResponse:
        return manager.post("/r/person/export", {"~list": "?level=gold", **values})

    answer = exported(format="csv", columns="shown")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "Ada" in answer.text and "Eve" not in answer.text
    with exported(format="xlsx", columns="all") as answer:
        assert answer.data.startswith(b"PK")
