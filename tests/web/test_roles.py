"""Roles in the browser: changed in the site's files after a look at what follows, never beyond what whoever changes them has."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from lengths import rounds
from visitors import SYSTEM, Pages

from kartotek.declaration.files import read_folder
from kartotek.declaration.folder import Folder
from kartotek.engine.engine import Engine
from kartotek.errors import KartotekError
from kartotek.model.audit import AuditQuery
from kartotek.model.catalog import Catalog
from kartotek.model.role_edit import RoleEdit
from kartotek.rules.lattice import lacking_before
from kartotek.storage.database import Database
from kartotek.web.install import Options, install

SITE = """# who works here
name: Workshop
languages: [en, zh]
roles:
  chief: {title: {en: Chief, zh: 主管}, may: [roles, users]}  # looks after the others
  clerk: {title: Clerk}
  guest:
"""
THING = {
    "title": "Thing", "type": "object", "properties": {
        "name": {"type": "string", "title": "Name"}, "price": {"type": "string", "title": "Price", "x-field": {"read": ["clerk"]}},
        "cost": {"type": "string", "title": "Cost", "x-field": {"read": []}}, "open": {"type": "boolean", "title": "Open"},
    }, "x-record": {"titleTemplate": "{name}", "permissions": {
        "chief": {"read": True, "write": True, "create": True}, "clerk": {"read": "record.open", "write": "record.open"}}},
}  # fmt: skip
NOTE = {"title": "Note", "type": "object", "properties": {"text": {"type": "string", "title": "Text"}}, "x-record": {"permissions": {"clerk": {"read": True}}}}


@pytest.fixture
def workshop(tmp_path: Path, clock: Callable[[], datetime]) -> Iterator[tuple[Pages, Path]]:
    """A site with its folder, an owner, a chief who may edit roles, and a clerk."""
    root = tmp_path / "site"
    (root / "schemas").mkdir(parents=True)
    (root / "site.yaml").write_text(SITE, encoding="utf-8")
    for name, one in (("thing", THING), ("note", NOTE)):
        (root / "schemas" / f"{name}.json").write_text(json.dumps(one, indent=2), encoding="utf-8")
    folder = Folder(root, tmp_path, stands=lambda files: engine.proposals.stands(files))
    engine = Engine(
        Database.open(f"sqlite:///{tmp_path}/records.db"), files=tmp_path / "files", secret=b"s" * 32, clock=clock,
        documents=lambda: read_folder(root), folder=folder,
    )  # fmt: skip
    report = engine.apply_documents(read_folder(root), by=SYSTEM, reason="tests")
    assert report.applied, report.problems
    app = Flask("kartotek", static_folder=None)
    users = install(app, engine, Options(auth_url=f"sqlite:///{tmp_path}/auth.db", secret_key="k" * 40, hosts=("localhost",)))
    app.config["TESTING"] = False
    pages = Pages(app, engine, users)
    for role in ("owner", "chief", "clerk"):
        users.invite(role, name=role.title(), roles=(role,))
    yield pages, root
    pages.close()


def confirmed(text: str, given: dict[str, Any]) -> dict[str, Any]:
    """What is sent when everything on the page of the plan is ticked."""
    found = re.search(r'name="hash" value="(\w+)"', text)
    assert found, text
    return {**given, "hash": found[1], "confirm": re.findall(r'name="confirm" value="([\w.]+)"', text)}


def test_a_role_is_changed_in_its_file_after_a_look(workshop: tuple[Pages, Path]) -> None:
    pages, root = workshop
    owner, given = pages.visitor("owner"), {"do.read": "all", "do.write": "none", "level.price": "mask", "level.name": "", "level.cost": "none"}
    before = (root / "schemas" / "thing.json").read_text()
    planned = owner.post("/workshop/roles/clerk/thing", given)
    assert planned.status_code == 200 and (root / "schemas" / "thing.json").read_text() == before, "nothing is widened unseen"
    assert "x-field" in planned.text and "k-added" in planned.text
    done = owner.post("/workshop/roles/clerk/thing", confirmed(planned.text, given))
    assert done.status_code == 303, done.text
    declared = json.loads((root / "schemas" / "thing.json").read_text())
    assert declared["x-record"]["permissions"]["clerk"] == {"read": True}
    assert declared["properties"]["price"]["x-field"] == {"read": ["clerk"], "access": {"clerk": "mask"}, "mask": {"show": "none"}}
    assert declared["properties"]["cost"]["x-field"] == {"read": [], "access": {"clerk": "none"}} and "x-field" not in declared["properties"]["name"]
    assert pages.engine.catalog().types["thing"].by_name["price"].clearance("clerk") == "mask"
    (row,) = pages.engine.audit.entries(AuditQuery(actions=("role_changed",)))
    assert (row.entry.type, row.entry.fields, row.entry.body, row.by) == ("thing", ("cost", "name", "price"), {"role": "clerk"}, pages.users.get("owner").id)


def test_comments_stay_and_titles_and_abilities_change(workshop: tuple[Pages, Path]) -> None:
    pages, root = workshop
    owner, given = pages.visitor("owner"), {"title.en": "Desk", "title.zh": "前台", "may": "audit"}
    planned = owner.post("/workshop/roles/clerk", given)
    assert "audit" in planned.text
    assert owner.post("/workshop/roles/clerk", confirmed(planned.text, given)).status_code == 303
    text = (root / "site.yaml").read_text(encoding="utf-8")
    assert text.startswith("# who works here\n") and "# looks after the others" in text
    (clerk,) = [one for one in pages.engine.catalog().settings.roles if one.name == "clerk"]
    assert (dict(clerk.titles), clerk.may) == ({"en": "Desk", "zh": "前台"}, {"audit"})
    new = {"name": "helper", "title.en": "Helper"}
    planned = owner.post("/workshop/roles/new", new)
    assert owner.post("/workshop/roles/new", confirmed(planned.text, new)).status_code == 303
    assert "helper" in pages.engine.catalog().settings.role_names
    for name in ("owner", "clerk", "Two Words", "", "x" * 50):
        assert owner.post("/workshop/roles/new", {"name": name}).status_code == 422


def test_a_plan_that_has_moved_is_not_carried_out(workshop: tuple[Pages, Path]) -> None:
    pages, root = workshop
    owner = pages.visitor("owner")
    looked_at = confirmed(owner.post("/workshop/roles/guest/thing", {"do.read": "all"}).text, {"do.read": "all"})
    for given in ({**looked_at, "do.delete": "all"}, {**looked_at, "confirm": ()}):
        assert owner.post("/workshop/roles/guest/thing", given).status_code == 422
    assert "guest" not in pages.engine.catalog().types["thing"].permissions


def test_who_lacks_the_ability_finds_nothing(workshop: tuple[Pages, Path]) -> None:
    pages, _ = workshop
    for path in ("", "new", "guest", "guest/thing"):
        assert pages.visitor("clerk").get(f"/workshop/roles/{path}").status_code == 404
    assert pages.visitor("clerk").post("/workshop/roles/guest/thing", {"do.read": "all"}).status_code == 404


def test_nobody_edits_his_own_role_or_one_beyond_him(workshop: tuple[Pages, Path]) -> None:
    """The chief lacks what clerks have: prices, and notes. Of guests, who have nothing, he may make what he is himself."""
    pages, _ = workshop
    chief = pages.visitor("chief")
    assert [chief.get(f"/workshop/roles/{role}").status_code for role in ("chief", "clerk", "guest")] == [404, 404, 200]
    for given in ({"do.delete": "all"}, {"do.read": "all", "level.price": "read"}, {"do.read": "all", "level.cost": "flag"}):
        assert chief.post("/workshop/roles/guest/thing", given).status_code == 422, given
    assert chief.post("/workshop/roles/guest", {"title.en": "Guest", "may": "audit"}).status_code == 422
    assert chief.post("/workshop/roles/guest/note", {"do.read": "all"}).status_code == 422
    given = {"do.read": "all", "do.write": "all", "level.name": "read"}
    planned = chief.post("/workshop/roles/guest/thing", given)
    assert chief.post("/workshop/roles/guest/thing", confirmed(planned.text, given)).status_code == 303
    assert pages.engine.catalog().types["thing"].by_name["name"].clearance("guest") == "read"


def test_what_waits_in_the_files_is_nothing_a_chief_carries_out(workshop: tuple[Pages, Path]) -> None:
    pages, root = workshop
    path = root / "schemas" / "note.json"
    path.write_text(path.read_text().replace('"clerk": {', '"guest": {"read": true}, "clerk": {'), encoding="utf-8")
    assert pages.visitor("chief").post("/workshop/roles/guest/thing", {"do.read": "all"}).status_code == 422
    assert pages.visitor("owner").post("/workshop/roles/guest/thing", {"do.read": "all"}).status_code == 200


@pytest.mark.parametrize("seed", range(rounds(3, 100)))
def test_no_edit_gives_anybody_more_than_the_editor_had(workshop: tuple[Pages, Path], seed: int) -> None:
    pages, _ = workshop
    drawn, chief, engine = random.Random(seed), pages.engine.users.actor(pages.users.get("chief").id), pages.engine
    assert chief is not None
    first, editing = engine.catalog(), engine.role_editing
    for _ in range(12):
        edit = RoleEdit(
            drawn.choice(["guest", "clerk", "chief", "fresh"]), may=frozenset(drawn.sample(["users", "audit", "roles"], drawn.randint(0, 2))) if drawn.random() < 0.3 else None,
            type=drawn.choice(["thing", "note", ""]), grants={one: drawn.random() < 0.6 for one in drawn.sample(["read", "write", "create", "delete"], 2)},
            levels={one: drawn.choice(["read", "write", "none", "flag", None]) for one in drawn.sample(["name", "price", "cost"], 1)},
        )  # fmt: skip
        try:
            planned = editing.propose(chief, edit)
            if planned.changes:
                editing.apply(chief, edit, hash=planned.plan.hash, confirm=planned.plan.to_confirm)
        except KartotekError:
            continue
    _nobody_has_more(first, engine.catalog())


def _nobody_has_more(first: Catalog, now: Catalog) -> None:
    for role in now.settings.role_names - {"owner"}:
        assert not lacking_before(first, (role, "chief"), now, (role,)), role
    for role in ("chief", "clerk"):
        assert not lacking_before(first, (role,), now, (role,)), role


def test_owners_are_told_on_the_record_who_sees_what(workshop: tuple[Pages, Path]) -> None:
    pages, _ = workshop
    thing = pages.made("thing", name="A lamp", price="10", open=False)
    clerk, owner = pages.users.get("clerk"), pages.visitor("owner")
    assert f'href="/r/thing/{thing}/access"' in owner.get(f"/r/thing/{thing}").text
    hidden = owner.get(f"/r/thing/{thing}/access?user={clerk.id}&field=price").text
    assert "It does not exist for this person." in hidden and "record.open" in hidden and "schemas/thing.json:" in hidden
    pages.engine.update(SYSTEM, "thing", thing, {"open": True})
    seen = owner.get(f"/r/thing/{thing}/access?user={clerk.id}&field=price").text
    assert "The value is shown." in seen and "clerk has write on price." in seen
    assert [pages.visitor(name).get(f"/r/thing/{thing}/access").status_code for name in ("chief", "clerk")] == [404, 404]
    owner.headers["Accept-Language"] = "zh"
    assert "谁能看到" in owner.get(f"/r/thing/{thing}/access").text and "角色" in owner.get("/workshop/roles/").text


def test_a_version_comes_back_under_the_tests_of_rights_of_now(workshop: tuple[Pages, Path]) -> None:
    pages, root = workshop
    engine, boss = pages.engine, pages.engine.users.actor(pages.users.get("owner").id)
    assert boss is not None
    first = engine.catalog().version
    note = root / "schemas" / "note.json"
    note.write_text(note.read_text().replace('"read": true', '"read": "isSet(record.text)"'), encoding="utf-8")
    assert engine.apply_documents(read_folder(root), by=SYSTEM, reason="tests").applied
    (root / "tests").mkdir()
    tests = root / "tests" / "access.yaml"
    tests.write_text("- role: clerk\n  record: {type: note}\n  must_not: {read: note}\n", encoding="utf-8")
    assert [one.code for one in engine.rollbacks.plan(boss, first).problems] == ["policy"]
    tests.write_text("- role: guest\n  must_not: {read: note}\n", encoding="utf-8")
    plan = engine.rollbacks.plan(boss, first)
    assert engine.rollbacks.apply(boss, first, hash=plan.hash, confirm=plan.to_confirm).status == "applied"
    assert tests.read_text() == "- role: guest\n  must_not: {read: note}\n" and '"read": true' in note.read_text()
