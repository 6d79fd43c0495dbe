"""The pages for the rights of people: consents beside a record, restriction, the archive, and an erasure that is typed."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from visitors import SYSTEM, Pages
from web_site import PASSWORD, documents

PURPOSES = "purposes: {offers: {title: {en: Offers, zh: 优惠}, text: {en: May we send offers?, zh: 可以发送优惠吗？}}}\n"


@pytest.fixture
def people(pages: Pages) -> Pages:
    """The site with people who have rights; managers look after them."""
    declared = documents()
    name = next(one for one in declared if one.endswith("/person.json"))
    person = declared[name].replace('"x-record": {', '"x-record": {"subject": true, ', 1)
    site = declared["site.yaml"].replace("manager: {", "manager: {may: [people], ") + PURPOSES
    wanted = {**declared, name: person, "site.yaml": site}
    plan = pages.engine.plans.plan(SYSTEM, wanted)
    pages.engine.plans.apply(SYSTEM, wanted, hash=plan.hash, confirm=plan.to_confirm)
    return pages


def post(visitor: Any, path: str, **values: str) -> Any:
    """Sends a form, with the password where it is asked for."""
    return visitor.post(path, {**values, "~password": PASSWORD})


def test_answers_are_written_down_beside_the_record(people: Pages) -> None:
    id, clerk = people.made("person", name="Ana"), people.visitor("clerk")
    assert "May we send offers?" in clerk.get(f"/r/person/{id}").text and "Not asked" in clerk.get(f"/r/person/{id}").text
    assert clerk.post(f"/r/person/{id}/consents", {"purpose": "offers", "given": "yes"}).headers["Location"] == f"/r/person/{id}"
    assert "Agreed" in clerk.get(f"/r/person/{id}").text
    clerk.post(f"/r/person/{id}/consents", {"purpose": "offers", "given": "no", "back": "people"})
    assert [one["given"] for one in people.engine.people.consents.listing(SYSTEM, "person", id)["entries"]] == [True, False]
    clerk.post(f"/r/person/{id}/consents", {"purpose": "nothing", "given": "yes"})
    assert "There is no purpose nothing" in clerk.get(f"/r/person/{id}").text
    assert "Rights of people" not in clerk.get("/").text and clerk.get("/people/").status_code == 404


def test_a_person_is_restricted_given_out_and_erased(people: Pages) -> None:
    id, manager, clerk = people.made("person", name="Ana Canary"), people.visitor("manager"), people.visitor("clerk")
    assert "Rights of people" in manager.get("/").text and "Nobody is restricted." in manager.get("/people/").text
    assert post(manager, "/people/find", type="person", id=str(id)).headers["Location"] == f"/people/person/{id}"
    assert post(manager, f"/people/person/{id}/restrict", reason="She contests it.").status_code == 303
    text = manager.get("/people/").text
    assert "She contests it." in text and "Ana Canary" in text
    assert clerk.get(f"/r/person/{id}").status_code == 404 and "She contests it." in manager.get(f"/r/person/{id}").text
    assert post(manager, f"/people/person/{id}/lift").status_code == 303 and clerk.get(f"/r/person/{id}").status_code == 200
    sent = post(manager, f"/people/person/{id}/export")
    assert sent.mimetype == "application/zip" and "person.json" in zipfile.ZipFile(io.BytesIO(sent.data)).namelist()
    refused = post(manager, f"/people/person/{id}/erase", confirm="no")
    assert refused.status_code == 422 and "Type the number of this person" in refused.text
    assert people.stored("person", id)["name"] == "Ana Canary"
    assert post(manager, f"/people/person/{id}/erase", confirm=str(id)).headers["Location"] == "/people/"
    assert manager.get(f"/people/person/{id}").status_code == 404 and f"#{id}" in manager.get("/people/").text


def test_others_find_no_such_pages(people: Pages) -> None:
    id, clerk = people.made("person", name="Ana"), people.visitor("clerk")
    ways = (f"/people/person/{id}/export", f"/people/person/{id}/erase", f"/people/person/{id}/restrict", f"/people/person/{id}/lift", "/people/ending/count", "/people/ending/confirm", "/people/find")
    assert {clerk.post(way, {"confirm": str(id), "type": "person", "id": str(id)}).status_code for way in ways} == {404}
    assert clerk.get(f"/people/person/{id}").status_code == 404 and people.stored("person", id)["name"] == "Ana"
