"""Pages under the former name of a type: looking leads to the new address, a form that was open is taken."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from visitors import Pages, typed
from web_site import PERSON, documents

from kartotek.declaration.load import load
from kartotek.storage.catalogs import append


@pytest.fixture
def renamed(pages: Pages) -> Pages:
    """With a person, who were called humans before."""
    pages.made("person", name="Ann", email="ann@example.org")
    person: dict[str, Any] = copy.deepcopy(PERSON)
    person["x-record"]["aliases"] = ["human"]
    person["properties"]["email"]["x-field"]["aliases"] = ["mail"]
    given = documents() | {"schemas/person.json": json.dumps(person)}
    wanted = load(given).catalog
    assert wanted is not None
    with pages.engine.database.write() as conn:
        append(conn, documents=given, hash=wanted.hash, at=pages.engine.clock(), by=0, reason="test")
    pages.engine.ready()
    return pages


def test_looking_leads_to_the_address_of_today(renamed: Pages) -> None:
    clerk = renamed.visitor("clerk")
    for former, today in (
        ("/r/human/?search=a%26b&mail[contains]=ann", "/r/person/?search=a%26b&mail%5Bcontains%5D=ann"),
        ("/r/human/1", "/r/person/1"), ("/r/human/1/edit", "/r/person/1/edit"), ("/r/human/new?name=x", "/r/person/new?name=x"),
    ):  # fmt: skip
        answer = clerk.get(former)
        assert (answer.status_code, answer.headers["Location"]) == (302, today)
    assert "Ann" in clerk.get("/r/human/?mail[contains]=ann", follow_redirects=True).text


def test_form_that_was_open_is_taken(renamed: Pages) -> None:
    clerk = renamed.visitor("clerk")
    form = clerk.form("/r/person/1/edit")
    typed(form, {"/name": "Anna"})
    saved = clerk.post("/r/human/1/edit", form)
    assert (saved.status_code, saved.headers["Location"]) == (303, "/r/person/1")
    assert renamed.stored("person", 1)["name"] == "Anna"


def test_nobody_is_led_to_what_he_may_not_see(renamed: Pages) -> None:
    assert "/login" in renamed.visitor().get("/r/human/").headers["Location"]
    assert renamed.visitor("clerk").get("/r/nought/").status_code == 404
