"""Records older than a rule, on pages: a hint at the field, saving elsewhere, and their list by one click, in both languages."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from visitors import Pages, filled, typed
from web_site import PERSON, documents

from kartotek.declaration.load import load
from kartotek.engine import breaching
from kartotek.engine.open_writing import Writing
from kartotek.migration.lineage import lineage
from kartotek.model.actor import Actor
from kartotek.storage.catalogs import append

NAMES = ["phone", "name", "secret"]


@pytest.fixture
def older(pages: Pages) -> Pages:
    """Two people without a phone, now required, of whom the first has a name that is too long by now."""
    for name, mail in (("Annabelle", "ann@example.org"), ("Bob", "bob@example.org")):
        pages.made("person", name=name, email=mail)
    stricter(pages)
    return pages


def stricter(pages: Pages) -> None:
    """What a plan that was confirmed leaves behind."""
    person: dict[str, Any] = copy.deepcopy(PERSON)
    person["required"] = ["name", "phone", "secret"]
    person["properties"]["name"]["maxLength"] = 5
    given = documents() | {"schemas/person.json": json.dumps(person)}
    engine, former, wanted = pages.engine, pages.engine.catalog(), load(given).catalog
    assert wanted is not None
    with engine.database.write() as conn:
        append(
            conn, documents=given, hash=wanted.hash, at=engine.clock(), by=0, reason="test", ratcheted={"person": NAMES}
        )
    engine.ready()

    def work(writing: Writing) -> None:
        breaching.begin(writing, lineage(former, writing.moment.compiled.catalog))

    engine.transactions.transact(Actor.system("test"), lambda _: work)
    while engine.timers.run_due():
        pass


def test_form_hints_at_the_field_and_saves_in_spite_of_it(older: Pages) -> None:
    clerk = older.visitor("clerk")
    text = clerk.get("/r/person/1/edit").text
    assert text.count("k-older") == 2 and "Use at most 5 characters." in text
    assert "invalid-feedback" not in text
    form = filled(text)
    typed(form, {"/email": "anna@example.org"})
    saved = clerk.post("/r/person/1/edit", form)
    assert saved.status_code == 303
    assert older.stored("person", 1) == {"name": "Annabelle", "level": "normal", "member": False, "email": "anna@example.org"}
    shown = clerk.get("/r/person/1").text
    assert "A rule has become stricter since this was saved" in shown and "Phone: This field is required." in shown
    again = filled(clerk.get("/r/person/1/edit").text)
    typed(again, {"/name": "Annabella"})
    refused = clerk.post("/r/person/1/edit", again)
    assert refused.status_code == 422 and refused.text.count("k-older") == 1


def test_list_of_them_is_one_click_away(older: Pages) -> None:
    clerk = older.visitor("clerk")
    text = clerk.get("/r/person/").text
    assert 'href="/r/person/?broken=phone">Phone (2)</a>' in text and 'href="/r/person/?broken=name">Name (1)</a>' in text
    listed = clerk.get("/r/person/?broken=name").text
    assert "Ann" in listed and "Bob" not in listed and "older than a rule: Name" in listed
    assert "Older than a rule:" not in listed
    exported = clerk.get("/r/person/export?broken=name&format=csv").text
    assert clerk.get("/r/person/?broken=nothing").status_code == 400
    assert "broken=name" in exported
    assert 'href="/breaches/"' in older.visitor("owner").get("/").text and 'href="/breaches/"' not in clerk.get("/").text
    overview = clerk.get("/breaches/").text
    assert 'href="/r/person/?broken=phone"' in overview and "2 records" in overview


def test_hidden_fields_are_not_told_of(older: Pages) -> None:
    clerk, manager = older.visitor("clerk"), older.visitor("manager")
    assert "broken=secret" in manager.get("/r/person/").text
    for path in ("/r/person/", "/breaches/", "/r/person/1", "/r/person/1/edit"):
        assert "ecret" not in clerk.get(path).text, path
    assert clerk.get("/r/person/?broken=secret").status_code == 400


def test_mended_it_is_told_no_more(older: Pages) -> None:
    manager = older.visitor("manager")
    form = manager.form("/r/person/2/edit")
    typed(form, {"/phone": "+86 138 0013 8000", "/secret": "s"})
    assert manager.post("/r/person/2/edit", form).status_code == 303
    assert "data-older" not in manager.get("/r/person/2").text
    assert "Phone (1)" in manager.get("/r/person/").text


def test_all_of_it_in_chinese(older: Pages) -> None:
    clerk = older.visitor("clerk")
    clerk.headers["Accept-Language"] = "zh"
    assert "早于规则：" in clerk.get("/r/person/").text
    assert "规则变严之后：" in clerk.get("/r/person/1/edit").text
    assert "保存之后有规则变严了" in clerk.get("/r/person/1").text
    assert "早于规则的记录" in clerk.get("/breaches/").text


def test_page_says_so_where_everything_fits(pages: Pages) -> None:
    assert "Every record fits its rules." in pages.visitor("clerk").get("/breaches/").text
