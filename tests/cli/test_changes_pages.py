"""The owner's pages of changes on a running server: what waits is shown, answered, confirmed, applied and taken back."""

from __future__ import annotations

import copy
import html
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request

import pytest
from running_site import PASSWORD, Browser, Server, kartotek, new_token, running, small_site, write_type

ITEM: dict[str, Any] = {
    "title": "Item", "type": "object",
    "properties": {
        "name": {"type": "string", "title": "Name"},
        "level": {"title": "Level", "oneOf": [{"const": one, "title": one} for one in ("gold", "iron", "tin")]},
        "phone": {"type": "string", "title": "Phone"},
        "note": {"type": "string", "title": "Note"},
    },
    "x-record": {"plural": "Items", "titleTemplate": "{name}", "list": ["name"], "permissions": {"clerk": {"read": True, "create": True, "write": True}}},
}  # fmt: skip


class Page(Browser):
    """A browser that sends the forms of a page."""

    def send(self, path: str, form: str, **more: str | list[str]) -> str:
        """Posts a form whose hidden values stand in the text of a page."""
        values: dict[str, Any] = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
        body = urlencode({**{name: html.unescape(value) for name, value in values.items()}, **more}, doseq=True).encode()
        with self._opener.open(Request(f"{self.address}{path}", data=body, headers={"Referer": self.address}), timeout=20) as answer:
            return str(answer.read().decode())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = small_site(tmp_path_factory.mktemp("changes") / "site")
    (folder / "site.yaml").write_text("name: Site\nlanguages: [en, zh]\ntimezone: UTC\nroles:\n  clerk: {title: Clerk}\n", encoding="utf-8")
    write_type(folder, "item", ITEM)
    return folder


@pytest.fixture(scope="module")
def server(site: Path) -> Iterator[Server]:
    with running(site, workers=1) as made:
        made.token = new_token(site)
        for number, level in enumerate(("gold", "iron", "iron")):
            fields = {"name": f"Item {number}", "level": level, "note": f"note {number}"}
            assert made.api("POST", "/records/item", {"fields": fields})[0] == 201
        yield made


@pytest.fixture(scope="module")
def owner(server: Server) -> Page:
    page = Page(server.address)
    page.sign_in("owner", PASSWORD)
    return page


def _live(server: Server) -> int:
    return int(server.api("GET", "/catalog/versions?limit=1")[1]["items"][0]["version"])


def _until(server: Server, version: int) -> None:
    end = time.monotonic() + 20
    while _live(server) < version:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_change_is_seen_answered_confirmed_applied_and_taken_back(site: Path, server: Server, owner: Page) -> None:
    before = _live(server)
    declared = copy.deepcopy(ITEM)
    declared["required"] = ["phone"]
    declared["properties"]["level"]["oneOf"].pop(1)
    del declared["properties"]["note"]
    write_type(site, "item", declared)
    end = time.monotonic() + 20
    while "wait" not in owner.get("/"):
        assert time.monotonic() < end
        time.sleep(0.1)

    plan = owner.get("/changes/plan")
    assert "Items" in plan and "iron" in plan and "Note 0" not in plan
    assert 'name="map.item.level"' in plan and 'name="confirm.item.note"' in plan and "cannot be done" in plan
    assert ">Apply<" not in plan.replace("</svg>", "")

    plan = owner.send("/changes/plan", plan, **{"map.item.level": '["iron", "tin"]'})
    assert "cannot be done" not in plan and "confirm.item.level" in plan
    refused = owner.send("/changes/apply", plan, **{"map.item.level": '["iron", "tin"]', "confirm.item.note": "item.notes", "confirm.item.level": "item.level"})
    assert "item.note" in refused and _live(server) == before

    owner.send("/changes/apply", plan, reason="Tidied up", **{
        "map.item.level": '["iron", "tin"]', "confirm.item.note": "item.note", "confirm.item.level": "item.level",
    })
    _until(server, before + 1)
    fields = [server.api("GET", f"/records/item/{id}")[1]["fields"] for id in (1, 2, 3)]
    assert [one.get("level") for one in fields] == ["gold", "tin", "tin"] and not any("note" in one for one in fields)
    page = owner.get("/changes/")
    assert "Tidied up" in page and "item.note" in page
    told = owner.get(f"/changes/{before + 1}")
    assert "schemas/item.json" in told and "k-gone" in told

    back = owner.get(f"/changes/{before}/back")
    typed = {f"confirm.{name}": name for name in re.findall(r'name="confirm\.([^"]+)"', back)}
    owner.send(f"/changes/{before}/back", back, **typed)
    _until(server, before + 2)
    fields = [server.api("GET", f"/records/item/{id}")[1]["fields"] for id in (1, 2, 3)]
    assert [one["note"] for one in fields] == ["note 0", "note 1", "note 2"]
    assert '"note"' in (site / "schemas" / "item.json").read_text(encoding="utf-8")


def test_a_question_is_answered_with_the_alias_in_the_file(site: Path, server: Server, owner: Page) -> None:
    before = _live(server)
    assert server.api("PATCH", "/records/item/1", {"fields": {"phone": "+49 30 1"}})[0] == 200
    text = (site / "schemas" / "item.json").read_text(encoding="utf-8")
    (site / "schemas" / "item.json").write_text(text.replace('"phone"', '"telephone"'), encoding="utf-8")
    plan = owner.get("/changes/plan")
    assert "telephone" in plan and "/changes/rename" in plan
    form = plan[plan.index('action="/changes/rename"'):]
    owner.send("/changes/rename", form[: form.index("</form>")])
    _until(server, before + 1)
    assert '"aliases"' in (site / "schemas" / "item.json").read_text(encoding="utf-8")
    assert server.api("GET", "/records/item/1")[1]["fields"]["telephone"] == "+49 30 1"


def test_mistakes_are_shown_with_their_places(site: Path, server: Server, owner: Page) -> None:
    path = site / "schemas" / "item.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"titleTemplate"', '"titelTemplate"'), encoding="utf-8")
    try:
        assert re.search(r"schemas/item\.json:\d+:\d+", owner.get("/changes/plan"))
    finally:
        path.write_text(text, encoding="utf-8")


def test_only_owners_find_these_pages(site: Path, server: Server) -> None:
    assert kartotek("user", "add", "clerk", "--role", "clerk", "--site", site, KARTOTEK_PASSWORD=PASSWORD).status == 0
    clerk = Page(server.address)
    clerk.sign_in("clerk", PASSWORD)
    for path in ("/changes/", "/changes/plan", "/changes/state", "/changes/1", "/changes/1/back"):
        with pytest.raises(HTTPError) as refused:
            clerk.get(path)
        assert refused.value.code == 404
        refused.value.close()
    assert "/changes/" not in clerk.get("/")
