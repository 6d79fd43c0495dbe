"""Breaches: who breaks a rule that is younger is found in the background, listed for those who may know, and struck off."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from neutral_site import ALL, CLERK, HELPER
from tests.engine.newer_rules import OLD, documents, put_in_service, thing

from kartotek.declaration.load import load
from kartotek.engine import breaching
from kartotek.engine.bulk import BulkRow
from kartotek.engine.engine import Engine
from kartotek.engine.open_writing import Writing
from kartotek.errors import Malformed, NotFound
from kartotek.migration.lineage import lineage
from kartotek.migration.ratcheted import carried
from kartotek.model.actor import Actor
from kartotek.model.catalog import Catalog
from kartotek.model.query import Query
from kartotek.storage.layout import layout_of

NAMES = ["code", "secret", "lines.sku", "box.width", "in_order", "part"]
STRICT: dict[str, Any] = {
    "required": ["secret"], "properties/code/pattern": "^[a-z]+$", "properties/lines/items/required": ["sku"],
    "properties/box/properties/width/maximum": 100,
    "properties/part/x-field": {"references": "part", "filter": "item.good"},
    "x-record/validations": [{"name": "in_order", "rule": "record.end >= record.day", "message": "The end comes first", "field": "end"}],
}  # fmt: skip
GOOD = {"code": "c", "secret": "s", "lines": [{"sku": "a"}], "box": {"width": 1}, "end": "2026-06-01", "part": 2}


def stricter(engine: Engine, changes: dict[str, Any] = STRICT, names: list[str] | None = None) -> None:
    """What a plan that was confirmed leaves behind."""
    former = engine.catalog()
    put_in_service(engine, documents(changes), thing=NAMES if names is None else names)
    now = engine.catalog()

    def work(writing: Writing) -> None:
        breaching.begin(writing, lineage(former, now))

    engine.transactions.transact(Actor.system("test"), lambda _: work)


def later(engine: Engine) -> None:
    while engine.timers.run_due():
        pass


def listed(engine: Engine, *names: str, actor: Actor = CLERK, **more: Any) -> list[int]:
    return [one["id"] for one in engine.select(actor, "thing", Query(broken=names, sort=("meta.id",), **more)).items]


@pytest.fixture
def old(open_engine: Callable[..., Engine]) -> Engine:
    """Three things, of which the second keeps the rules that are to come."""
    engine = open_engine(documents())
    for good in (False, True):
        engine.create(CLERK, "part", {"name": "p", "good": good})
    for fields in (OLD, OLD | GOOD, {"name": "bare", "code": "x"}):
        engine.create(CLERK, "thing", fields)
    return engine


def test_who_breaks_what_is_found_in_the_background(old: Engine) -> None:
    stricter(old)
    assert listed(old, "*") == []
    later(old)
    assert {name: listed(old, name) for name in NAMES} == {
        "code": [1], "secret": [1, 3], "lines.sku": [1], "box.width": [1], "in_order": [1], "part": [1]
    }
    assert (listed(old, "*"), listed(old, "code", "secret"), listed(old, "name")) == ([1, 3], [1, 3], [])
    assert [(one["name"], one["title"], one["records"]) for one in old.breaches.counted(CLERK)] == [
        ("code", "Code", 1), ("secret", "Secret", 2), ("lines.sku", "Lines › SKU", 1), ("box.width", "Box › Width", 1),
        ("part", "Part", 1), ("in_order", "The end comes first", 1),
    ]  # fmt: skip


def test_list_of_them_is_counted_searched_sorted_and_paged(old: Engine) -> None:
    stricter(old)
    later(old)
    first = old.select(CLERK, "thing", Query(broken=("*",), sort=("-name",), limit=1, count=True))
    assert ([one["id"] for one in first.items], first.count) == ([1], 2)
    second = old.select(CLERK, "thing", Query(broken=("*",), sort=("-name",), limit=1, cursor=first.next or ""))
    assert ([one["id"] for one in second.items], second.next) == ([3], None)
    with pytest.raises(Malformed):
        old.select(CLERK, "thing", Query(broken=("code",), sort=("-name",), limit=1, cursor=first.next or ""))
    assert listed(old, "*", filter="record.name == 'bare'") == [3]


@pytest.mark.parametrize("many", [False, True])
def test_mended_ones_are_struck_off_by_the_write_that_mends_them(old: Engine, many: bool) -> None:
    stricter(old)
    later(old)

    def write(id: int, fields: dict[str, Any]) -> Any:
        if not many:
            return old.update(CLERK, "thing", id, fields)
        rows = [BulkRow(id=id, fields=fields), BulkRow(id=2, fields={"name": f"n{fields}"})]
        return old.bulk(CLERK, "thing", rows)[0]["record"]

    told = write(1, {"name": "n"})["warnings"]
    assert {(one["path"], one["code"]) for one in told} == {
        ("/fields/secret", "required"), ("/fields/code", "pattern"), ("/fields/lines/1/sku", "required"),
        ("/fields/box/width", "maximum"), ("/fields/part", "not_selectable"), ("/fields/end", "validation"),
    }  # fmt: skip
    assert listed(old, "*") == [1, 3]
    write(1, {"code": "good"})
    assert (listed(old, "code"), listed(old, "secret")) == ([], [1, 3])
    assert "warnings" not in write(1, GOOD)
    assert listed(old, "*") == [3]
    assert [(one["name"], one["records"]) for one in old.breaches.counted(CLERK)] == [("secret", 1)]


def test_deleted_ones_are_not_listed_until_they_come_back(old: Engine) -> None:
    stricter(old)
    later(old)
    old.delete(CLERK, "thing", 1)
    assert ([one["name"] for one in old.breaches.counted(CLERK)], listed(old, "*")) == (["secret"], [3])
    old.restore(CLERK, "thing", 1)
    assert listed(old, "code") == [1]


def test_new_ones_break_nothing_and_write_nothing(old: Engine) -> None:
    stricter(old)
    later(old)
    made = old.create(CLERK, "thing", GOOD | {"name": "n"})
    assert "warnings" not in made and listed(old, "*") == [1, 3]


def test_one_record_tells_what_is_wrong_with_it(old: Engine) -> None:
    stricter(old)
    assert old.breaches.of_record(CLERK, "thing", 1) == []
    later(old)
    found = old.breaches.of_record(CLERK, "thing", 3)
    assert found == [{"name": "secret", "path": "/fields/secret", "code": "required", "message": "This field is required.", "params": {}}]
    assert {one["name"] for one in old.breaches.of_record(CLERK, "thing", 1)} == set(NAMES)
    assert old.breaches.of_record(CLERK, "thing", 2) == []
    with pytest.raises(NotFound):
        old.breaches.of_record(Actor(id=4, name="Sam"), "thing", 1)


def test_what_is_hidden_from_him_nobody_is_told_of(old: Engine) -> None:
    rule = {"name": "quiet", "rule": "isSet(record.secret) && record.size < 100", "message": "Hush"}
    stricter(old, {**STRICT, "x-record/validations": [rule]}, [*NAMES, "quiet"])
    later(old)
    assert (listed(old, "quiet"), listed(old, "quiet", "code")) == ([1, 2, 3], [1, 2, 3])
    assert listed(old, "*", actor=HELPER) == [1]
    assert {one["name"] for one in old.breaches.counted(HELPER)} == {"code", "lines.sku", "box.width", "part"}
    assert {one["name"] for one in old.breaches.of_record(HELPER, "thing", 1)} == {"code", "lines.sku", "box.width", "part"}
    assert old.breaches.of_record(HELPER, "thing", 3) == []
    told = old.update(HELPER, "thing", 1, {"name": "n"})["warnings"]
    assert not {one["path"] for one in told} & {"/fields/secret", ""}
    sentences = []
    for name in ("secret", "quiet", "nothing", "lines.nothing", "in_order"):
        with pytest.raises(Malformed) as error:
            listed(old, name, actor=HELPER)
        sentences.append(str(error.value.problems[0].message).replace(name, "…"))
    assert len(set(sentences)) == 1


def test_rights_that_depend_on_the_record_hold_for_lists_of_them(open_engine: Callable[..., Engine]) -> None:
    changes = {"x-record/permissions": {"clerk": ALL, "helper": {"read": "record.size < 100", "write": True}}}
    engine = open_engine(documents(changes))
    for size in (1, 500):
        engine.create(CLERK, "thing", {"name": f"s{size}", "size": size})
    stricter(engine, {**changes, "required": ["code"]}, ["code"])
    later(engine)
    assert (listed(engine, "*"), listed(engine, "code", actor=HELPER)) == ([1, 2], [1])
    assert [one["records"] for one in engine.breaches.counted(HELPER)] == [1]
    with pytest.raises(NotFound):
        engine.breaches.of_record(HELPER, "thing", 2)


def test_looking_goes_on_where_it_was_and_a_rule_taken_back_frees_them(old: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaching, "_BATCH", 1)
    stricter(old)
    assert old.timers.run_due() == 1
    assert listed(old, "*") == [1]
    later(old)
    assert listed(old, "*") == [1, 3]
    stricter(old, {"properties/code/pattern": "^[a-z]+$"}, NAMES)
    later(old)
    assert (listed(old, "*"), listed(old, "code")) == ([1], [1])


def test_new_name_is_followed_and_what_is_gone_is_forgotten(old: Engine) -> None:
    stricter(old)
    later(old)
    former = old.catalog()
    label = {"type": "string", "title": "Label", "pattern": "^[a-z]+$", "x-field": {"aliases": ["code"]}}
    declared = thing({"properties/label": label, "required": ["secret"]})
    del declared["properties"]["code"]
    with old.database.write() as conn:
        table, column = layout_of(former.types["thing"]).table, former.types["thing"].by_name["code"].column
        conn.run(f'ALTER TABLE "{table}" RENAME COLUMN "{column}" TO "label"')
    given = documents() | {"schemas/thing.json": json.dumps(declared)}
    names = carried({"thing": NAMES}, (), lineage(former, loaded(given)), loaded(given))
    assert names == {"thing": ["box.width", "label", "lines.sku", "part", "secret"]}
    put_in_service(old, given, **names)

    def work(writing: Writing) -> None:
        breaching.begin(writing, lineage(former, writing.moment.compiled.catalog))

    old.transactions.transact(Actor.system("test"), lambda _: work)
    assert {name: listed(old, name) for name in ("label", "secret")} == {"label": [1], "secret": [1, 3]}
    later(old)
    assert {one["name"]: one["records"] for one in old.breaches.counted(CLERK)} == {"label": 1, "secret": 2}


def loaded(given: dict[str, str]) -> Catalog:
    found = load(given).catalog
    assert found is not None
    return found


def test_types_without_younger_rules_cost_nothing_more(old: Engine) -> None:
    old.update(CLERK, "part", 1, {"name": "a"})

    def statements(act: Callable[[], Any]) -> list[str]:
        old.ready()
        found: list[str] = []
        old.database.listeners.append(found.append)
        act()
        old.database.listeners.remove(found.append)
        return found

    plain = len(statements(lambda: old.update(CLERK, "thing", 2, {"name": "b"})))
    listing = len(statements(lambda: old.select(CLERK, "thing", Query())))
    stricter(old)
    later(old)
    assert len(statements(lambda: old.update(CLERK, "thing", 2, {"name": "c"}))) == plain + 1
    assert len(statements(lambda: old.select(CLERK, "thing", Query()))) == listing
    assert len(statements(lambda: old.select(CLERK, "thing", Query(broken=("*",))))) == listing
    rows = [BulkRow(id=2, fields={"name": "d"}), *(BulkRow(id=one, fields={"name": "e"}) for one in (1, 3))]
    many = len(statements(lambda: old.bulk(CLERK, "thing", rows)))
    stricter(old, {}, [])
    later(old)
    rows = [BulkRow(id=one, fields={"name": "f"}) for one in (1, 2, 3)]
    assert many <= len(statements(lambda: old.bulk(CLERK, "thing", rows))) + 3
    assert not [one for one in statements(lambda: old.update(CLERK, "part", 1, {"name": "z"})) if "breach" in one]
    assert old.breaches.of_record(CLERK, "part", 1) == []
