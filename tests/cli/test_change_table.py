"""Every sort of change on ten thousand records, as an owner types it: what is told of it, and all values afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from running_site import kartotek
from table_site import COUNT, ITEM, TableSite, fields, made_site

OLD = ITEM["properties"]
SECOND = {"type": "string", "format": "decimal", "x-field": {"precision": 12, "scale": 4}}
TAKEN = {"type": "array", "items": {"type": "object", "properties": {"price": SECOND}}}
MANY = {"type": "array", "items": {"type": "integer"}, "x-field": {"references": "person"}}
MOBILE = {"type": "string", "x-field": {"aliases": ["phone"]}}
WIDER: dict[str, Any] = {
    "mobile": MOBILE, "level": {"type": "string", "enum": ["gold", "tin", "lead", "zinc"]}, "note": {"type": "string"},
    "kind": {"type": "string", "default": "plain"}, "owner": MANY, "day": {"type": "string", "format": "date-time"},
    "loud": {"type": "string", "readOnly": True, "x-field": {"compute": "upper(record.name)", "stored": True}},
    "size": {"type": "string", "format": "decimal", "x-field": {"precision": 20 - 2, "scale": 2}}, "price": TAKEN,
}  # fmt: skip


def told(plan: Any) -> dict[tuple[str, str], tuple[Any, ...]]:
    """{(action, what): (verdict, concerned, failing, altered)} of the steps about records."""
    return {
        (one["action"], ".".join(one["path"]) or one["rule"] or one["type"]): (
            one["verdict"], *((found["concerned"], found["failing"], found["altered"]) if (found := one["finding"]) else ()))
        for one in plan["steps"]
    }  # fmt: skip


def wider(number: int) -> dict[str, Any]:
    """The record after everything that loses nothing."""
    made = fields(number)
    phone, price = made.pop("phone", None), made.pop("price")
    month, day = number % 12 + 1, number % 28 + 1
    moments = {"day": f"2026-{month:02}-{day:02}T00:00:00Z", "size": f"{number % 100}.00", "owner": [number % 3 + 1]}
    return {**made, **moments, "price": [{"price": f"{price}00"}], "kind": "plain", "loud": f"N{number}", **({"mobile": phone} if phone else {})}


def differing(site: TableSite, expected: Callable[[int], dict[str, Any]]) -> list[Any]:
    """The first few records that are not what they should be; all of them have to be there."""
    found = site.records()
    assert sorted(found) == list(range(1, COUNT + 1))
    return [(id, one, expected(id)) for id, one in found.items() if one != expected(id)][:3]


def test_no_sort_of_change_loses_a_value_of_ten_thousand_records(database_url: str, tmp_path: Path) -> None:
    site = made_site(tmp_path / "site", database_url)
    assert differing(site, fields) == []
    nothing_is_lost(site)
    younger_rules_let_old_records_stand(site)
    what_cannot_be_is_refused_and_says_why(site)
    what_does_not_go_over_is_counted_and_confirmed(site)
    several_things_at_once(site)
    site.back()
    found = site.records()
    assert {id: one for id, one in found.items() if one != {**fields(id), "level": "tin"}} == {}


def nothing_is_lost(site: TableSite) -> None:
    """A field more, with and without a default; wider; another name; every value to another sort; what is worked out."""
    site.declare("phone", **WIDER)
    plan = site.plan()
    assert plan["verdict"] == "safe" and plan["confirm"] == []
    steps = told(plan)
    assert {steps["retype", one] for one in ("owner", "day", "size", "price")} == {("safe", COUNT, 0, 0)}
    assert {steps[each][0] for each in steps} == {"safe"} and ("rename_field", "mobile") in steps
    site.apply(plan)
    assert differing(site, wider) == []


def younger_rules_let_old_records_stand(site: TableSite) -> None:
    """Required, a pattern, a limit: counted, and nothing happens to the records."""
    site.declare("phone", **{**WIDER, "code": {"type": "string", "pattern": "^[0-9]+$"}, "rank": {"type": "integer", "maximum": 9000}}, required=("mobile",))
    plan = site.plan()
    steps = told(plan)
    assert steps["require", "mobile"] == ("ratcheted", COUNT, 312, 0)
    assert steps["narrow", "code"] == ("ratcheted", COUNT, 100, 0) and steps["narrow", "rank"][::2] == ("ratcheted", 1000)
    lacking = next(one for one in plan["steps"] if one["action"] == "require")["finding"]
    assert [one["id"] for one in lacking["sample"]] == list(range(1, 21)) and lacking["broken"] == "mobile"
    site.apply(plan)
    assert differing(site, wider) == []


def what_cannot_be_is_refused_and_says_why(site: TableSite) -> None:
    """Unique where values stand twice, an option in use, a type that others refer to; with an answer the option may go."""
    less = {"type": "string", "enum": ["tin", "lead"]}
    site.declare("phone", **{**WIDER, "rank": {"type": "integer", "x-field": {"unique": True}}, "level": less})
    plan = site.plan()
    steps = told(plan)
    assert steps["unique", "rank"][:3] == ("refused", COUNT, 5) and steps["options", "level"][:3] == ("refused", COUNT // 2, COUNT // 2)
    ended = kartotek("apply", "--plan", plan["hash"], "--site", site.folder, database=site.database)
    assert ended.status == 1 and differing(site, wider) == []
    site.declare("phone", **{**WIDER, "level": less})
    plan = site.plan("--map", "item.level:gold=tin")
    assert told(plan)["options", "level"][0] == "confirm"
    site.apply(plan, "--map", "item.level:gold=tin")
    assert differing(site, lambda number: {**wider(number), "level": "tin"}) == []
    site.declare("phone", **{**WIDER, "level": {"type": "string", "enum": ["tin"]}})
    assert told(site.plan())["options", "level"][0] == "safe", "nobody has it"


def what_does_not_go_over_is_counted_and_confirmed(site: TableSite) -> None:
    """Text to number, fewer places, many to one, a link to another type, a field that goes."""
    fewer = {"type": "string", "format": "decimal", "x-field": {"precision": 12, "scale": 1}}
    back = {name: OLD[name] for name in ("owner", "day")}
    less = {"type": "string", "enum": ["tin", "lead"]}
    site.declare("phone", "tags", **{**WIDER, **back, "level": less, "code": {"type": "integer"}, "price": fewer})
    plan = site.plan()
    steps = told(plan)
    assert steps["retype", "code"] == ("confirm", COUNT, 100, COUNT - 100)
    assert steps["retype", "price"][:3] == ("confirm", COUNT, 10)
    assert {steps["retype", one] for one in ("owner", "day")} == {("safe", COUNT, 0, 0)}
    assert steps["remove_field", "tags"][:2] == ("confirm", COUNT)
    assert plan["confirm"] and set(plan["confirm"]) == {"item.code", "item.price", "item.tags"}
    site.apply(plan)
    assert differing(site, lossy) == []


def lossy(number: int) -> dict[str, Any]:
    """The record after that."""
    made = {**wider(number), **{name: fields(number)[name] for name in ("owner", "day")}, "level": "tin"}
    made = {name: one for name, one in made.items() if name not in ("tags", "code", "price")}
    code, price = {"code": number} if number % 100 else {}, {"price": f"{number}.5"} if number % 1000 else {}
    return {**made, **code, **price}


def several_things_at_once(site: TableSite) -> None:
    """A new name, a stricter rule and a new type in one plan."""
    fewer = {"type": "string", "format": "decimal", "x-field": {"precision": 12, "scale": 1}}
    back = {name: OLD[name] for name in ("owner", "day")}
    less = {"type": "string", "enum": ["tin", "lead"]}
    cell = {"type": "string", "pattern": "^[+]", "x-field": {"aliases": ["mobile", "phone"]}}
    changed = {name: one for name, one in WIDER.items() if name != "mobile"}
    site.declare("phone", "tags", **{**changed, **back, "level": less, "code": {"type": "integer"}, "price": fewer, "cell": cell}, required=("cell",))
    place = '{"title": "Place", "type": "object", "properties": {"name": {"type": "string"}}, "x-record": {}}'
    (site.folder / "schemas" / "place.json").write_text(place, encoding="utf-8")
    plan = site.plan()
    steps = told(plan)
    assert (plan["verdict"], plan["confirm"]) == ("ratcheted", [])
    assert steps["rename_field", "cell"][0] == steps["create_type", "place"][0] == steps["narrow", "cell"][0] == "safe"
    assert steps["require", "cell"] == ("ratcheted", COUNT, 312, 0)
    site.apply(plan)

    def expected(number: int) -> dict[str, Any]:
        made = lossy(number)
        phone = made.pop("mobile", None)
        return {**made, **({"cell": phone} if phone else {})}

    assert differing(site, expected) == []
