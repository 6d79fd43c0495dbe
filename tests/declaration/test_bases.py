"""A site and its bases: what each layer declares, what is inherited, and what a base that cannot be had is told like."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.declaration.conftest import EVERYTHING, SITE
from tests.declaration.overlay_site import Extending

from kartotek.declaration.files import layer_folders, read_folder
from kartotek.declaration.load import Loaded, load
from kartotek.declaration.moving import own_elsewhere
from kartotek.declaration.shipped import templates
from kartotek.model.problem import Problem

ROOT = Path(__file__).resolve().parent.parent.parent
TYPE: dict[str, Any] = {
    "title": "Order", "type": "object", "required": ["name"],
    "properties": {"name": {"type": "string", "maxLength": 60}, "size": {"type": "integer", "minimum": 1}},
    "x-record": {"permissions": {"clerk": {"read": True}, "manager": EVERYTHING}},
}


def overlay(**declared: Any) -> str:
    return json.dumps({"x-extends": "order", **declared}, indent=1)


def told(loaded: Loaded) -> list[tuple[str, str]]:
    return [(one.code, str(one.place)) for one in loaded.problems if one.severity == "error"]


def layered(*layers: str, top: str = "", **more: str) -> dict[str, str]:
    """A site of overlays of one type, the first the top, and a base below them all. Paths in `more` have __ for /."""
    documents: dict[str, str] = {}
    prefix = ""
    for text in layers:
        documents |= {f"{prefix}site.yaml": f"extends: ../below\n{top if not prefix else ''}", f"{prefix}schemas/order.json": text}
        prefix += "@below/"
    documents |= {f"{prefix}site.yaml": SITE, f"{prefix}schemas/order.json": json.dumps(TYPE, indent=1)}
    return documents | {name.replace("__", "/"): text for name, text in more.items()}


# Chains


def test_overlays_of_overlays_add_up() -> None:
    upper = overlay(properties={"x_b": {"type": "string"}, "x_a": {"maxLength": 5}, "name": {"maxLength": 30}})
    lower = overlay(properties={"x_a": {"type": "string", "maxLength": 9}, "name": {"maxLength": 40}})
    loaded = load(layered(upper, lower))
    assert loaded.problems == () and loaded.catalog
    fields = loaded.catalog.types["order"].by_name
    assert [(name, one.fragment.get("maxLength")) for name, one in fields.items()] == [
        ("name", 30), ("size", None), ("x_a", 5), ("x_b", None)]


def test_an_overlay_cannot_loosen_what_the_one_below_has_tightened() -> None:
    upper = overlay(properties={"name": {"maxLength": 50}})
    lower = overlay(properties={"name": {"maxLength": 40}})
    assert told(load(layered(upper, lower))) == [("loosens", "schemas/order.json:5:17")]
    assert told(load(layered(overlay(), overlay(properties={"name": {"maxLength": 61}})))) == [("loosens", "@below/schemas/order.json:5:17")]


def test_mistakes_point_into_each_of_three_files() -> None:
    upper = overlay(**{"x-record": {"list+": ["x_aa"], "permissions": {"clerk": {"read": "record.siez > 1"}}}})
    lower = overlay(properties={"x_a": {"type": "string", "x-field": {"showIf": "record.nmae"}}})
    documents = layered(upper, lower)
    documents["@below/@below/schemas/order.json"] = documents["@below/@below/schemas/order.json"].replace('"minimum": 1', '"minimun": 1')
    found = load(documents).problems
    places = {one.place.file: documents[one.place.file].split("\n")[one.place.line - 1][one.place.column - 1 :] for one in found if one.place}
    assert places == {
        "schemas/order.json": '"x_aa"', "@below/schemas/order.json": 'nmae"', "@below/@below/schemas/order.json": '"minimun": 1',
    } or {one.code for one in found} == {"unknown_field", "formula_unknown_field", "unknown_key"}


def test_formulas_of_three_layers_hold_together_and_point_home() -> None:
    rights = ["record.size > 3", "record.size > 2 && record.nmae"]
    upper, lower = (overlay(**{"x-record": {"permissions": {"clerk": {"read": one}}}}) for one in rights)
    documents = layered(upper, lower)
    documents["@below/@below/schemas/order.json"] = documents["@below/@below/schemas/order.json"].replace('"read": true', '"read": "record.size > 1"', 1)
    (found,) = load(documents).problems
    assert found.place and found.place.file == "@below/schemas/order.json"
    assert documents[found.place.file].split("\n")[found.place.line - 1][found.place.column - 1 :] == 'nmae"'
    loaded = load({name: text.replace(" && record.nmae", "") for name, text in documents.items()})
    assert loaded.catalog
    read = loaded.catalog.types["order"].permissions["clerk"]["read"]
    assert getattr(read, "source", "") == "((record.size > 1) && (record.size > 2)) && (record.size > 3)"


# What stands beside


def test_a_namesake_without_a_word_is_refused() -> None:
    loaded = load(layered(json.dumps(TYPE)))
    assert told(loaded) == [("extends", "schemas/order.json:1:1")]
    assert "@below/schemas/order.json" in loaded.problems[0].message and '"x-extends": "order"' in loaded.problems[0].message


def test_an_overlay_of_a_type_that_is_not_there_is_refused() -> None:
    documents = {**layered(overlay()), "schemas/ordre.json": json.dumps({"x-extends": "ordre"})}
    loaded = load(documents)
    assert told(loaded) == [("extends", "schemas/ordre.json:1:15")]
    assert "Did you mean 'order'?" in loaded.problems[0].message


@pytest.mark.parametrize("extended", ["person", 3, None])
def test_an_overlay_has_the_name_of_its_type(extended: Any) -> None:
    assert told(load(layered(json.dumps({"x-extends": extended})))) == [("extends", "schemas/order.json:1:15")]


def test_an_overlay_in_a_site_without_a_base_is_refused() -> None:
    documents = {"site.yaml": SITE, "schemas/order.json": overlay()}
    assert told(load(documents)) == [("extends", "schemas/order.json:2:15")]


def test_a_broken_overlay_is_told_once() -> None:
    documents = layered("{", more="") | {"schemas/visit.json": json.dumps({**TYPE, "title": "Visit"})}
    loaded = load(documents | {"schemas/line.json": json.dumps(
        {**TYPE, "properties": {**TYPE["properties"], "order": {"type": "integer", "x-field": {"references": "order"}}}})})
    assert told(loaded) == [("syntax", "schemas/order.json:1:2")]


@pytest.mark.parametrize("text", ["", "{", "x", "[" * 50])
def test_a_broken_overlay_does_not_make_its_type_go_away(text: str) -> None:
    """Whoever else's file it might be: there is a type of ours below."""
    assert load(layered(text)).catalog is None and load(layered(overlay(), text)).catalog is None
    assert {one.place and one.place.file for one in load(layered(overlay(), text)).problems} == {"@below/schemas/order.json"}


def test_a_broken_base_is_told_in_its_file() -> None:
    documents = layered(overlay(properties={"x_a": {"type": "string"}}))
    assert told(load(documents | {"@below/schemas/order.json": "{"})) == [("syntax", "@below/schemas/order.json:1:2")]
    assert told(load(documents | {"@below/site.yaml": "name: [\n"}))[0][1].startswith("@below/site.yaml")


# site.yaml


def test_settings_of_the_base_hold_where_the_site_is_silent() -> None:
    site = Extending()
    site.base_site += "hosts: [cards.example.org]\nurl: https://cards.example.org\nlimits: {bulk: 9, body: 1MB}\nbranding: {color: \"#112233\"}\n"
    site.base_site += "channels:\n  sms: {type: inbox, title: Text}\n  mail: {type: inbox}\nmenu:\n  - {title: A, types: [person]}\n"
    site.site += "name: Lily\nlimits: {bulk: 5}\nroles: {clerk: {title: Desk}, guest: {title: Guest}}\nchannels: {sms: {type: inbox}}\n"
    site.site += "menu+:\n  - {title: B, types: [visit]}\n"
    catalog = site.catalog()
    found = catalog.settings
    assert (dict(found.name), found.languages, found.timezone, found.currency, found.region) == (
        {"en": "Lily"}, ("en", "zh"), "Asia/Shanghai", "CNY", "CN")
    assert [(role.name, role.titles["en"]) for role in found.roles] == [("manager", "Manager"), ("clerk", "Desk"), ("guest", "Guest")]
    assert (found.hosts, found.url, found.limits.bulk, found.limits.body, found.color) == ((), "", 5, 1_000_000, "#112233")
    assert [group.types for group in found.menu] == [("person",), ("visit",)]
    assert not catalog.channels["sms"].titles and set(catalog.channels) == {"sms", "mail"}
    site.site += "menu: [{types: [item]}]\n"
    assert [group.types for group in site.catalog().settings.menu] == [("item",), ("visit",)]


WRONG_SETTINGS = {
    # name: (what the site says, what the base says, (code, place))
    "own": ("timezone: Mars\n", "", ("timezone", "site.yaml:2:11")),
    "base's": ("", "timezone: Mars\n", ("timezone", "@chain/site.yaml:1:11")),
    "own role": ("roles: {owner: {title: X}}\n", "", ("reserved", "site.yaml:2:9")),
    "base's role": ("", "roles: {owner: {title: X}}\n", ("reserved", "@chain/site.yaml:1:9")),
    "own channel": ("channels: {sms: {type: smtp}}\n", "channels: {sms: {type: inbox}}\n", ("channel", "site.yaml:2:12")),
    "base's channel": ("channels: {sms: {type: inbox}}\n", "channels: {mail: {type: smtp}}\n", ("channel", "@chain/site.yaml:1:12")),
    "versions": ("requireVersion: false\n", "requireVersion: true\n", ("loosens", "site.yaml:2:17")),
    "unknown key": ("tiemzone: UTC\n", "", ("unknown_key", "site.yaml:2:1")),
}


@pytest.mark.parametrize("name", WRONG_SETTINGS)
def test_wrong_settings_point_to_their_layer(name: str) -> None:
    own, below, expected = WRONG_SETTINGS[name]
    site = Extending(person={"x-extends": "person"})
    site.base, site.own = {}, {}
    site.site += own
    site.base_site = below or SITE
    assert told(site.load()) == [expected]


def test_menu_of_the_site_is_looked_at_where_it_stands() -> None:
    site = Extending()
    site.base_site += "menu: [{types: [person]}]\n"
    site.site += "menu+: [{types: [prson]}]\n"
    assert [(one.code, str(one.place)) for one in site.load().problems] == [("unknown_type", "site.yaml:2:18")]


# Workflows and messages

FLOW = "record: order\ninitial: open\nstates:\n  open: {title: Open}\n  done: {title: Done, final: true}\ntransitions:\n  finish: {from: open, to: done, roles: [clerk]}\n"
NOTE = "record: order\ntitle: {en: Hello, zh: 你好}\ntext: {en: Hello, zh: 你好}\n"


def test_workflows_of_the_base_hold_until_a_file_of_their_name_replaces_them() -> None:
    documents = layered(overlay(), **{"@below__workflows__order.yaml": FLOW})
    loaded = load(documents)
    assert loaded.catalog and loaded.catalog.types["order"].workflow
    assert loaded.catalog.types["order"].workflow.file == "@below/workflows/order.yaml"
    loaded = load(documents | {"workflows/order.yaml": FLOW.replace("finish", "close")})
    assert loaded.catalog and loaded.catalog.types["order"].workflow
    assert list(loaded.catalog.types["order"].workflow.transitions) == ["close"]
    assert told(load(documents | {"workflows/order.yaml": "record: [\n"}))[0][1].startswith("workflows/order.yaml")
    assert told(load(documents | {"@below/workflows/order.yaml": FLOW.replace("[clerk]", "[clrek]")})) == [
        ("unknown_role", "@below/workflows/order.yaml:7:42")]


def test_a_second_workflow_of_a_type_says_which_file_is_in_its_way() -> None:
    documents = layered(overlay(), **{"@below__workflows__order.yaml": FLOW, "workflows__mine.yaml": FLOW})
    found = [one for one in load(documents).problems if one.severity == "error"]
    assert [(one.code, str(one.place)) for one in found] == [("duplicate_workflow", "workflows/mine.yaml:1:9")]
    assert "@below/workflows/order.yaml" in found[0].message and "Call this file order.yaml" in found[0].message


# Foreign schemas

PARCEL = {"$schema": "http://json-schema.org/draft-07/schema#", "title": "Parcel", "type": "object", "properties": {
    "to": {"type": "string"}, "weight": {"type": "number"}}}


def parcels(**own: Any) -> dict[str, str]:
    return {
        "site.yaml": "extends: ./parcels\n", "schemas/parcel.json": json.dumps({"x-extends": "parcel", **own}, indent=1),
        "@parcels/site.yaml": SITE, "@parcels/schemas/parcel.json": json.dumps(PARCEL),
    }


def test_an_overlay_gives_rights_to_a_foreign_type() -> None:
    loaded = load(parcels(**{"x-record": {
        "permissions": {"clerk": {"read": "record.weight < 30", "create": True}}, "list": ["weight"], "plural": "Parcels", "icon": "box"}}))
    assert loaded.problems == () and loaded.catalog
    found = loaded.catalog.types["parcel"]
    assert found.foreign and found.schema["title"] == "Parcel"
    assert getattr(found.permissions["clerk"]["read"], "source", "") == "record.weight < 30" and found.permissions["clerk"]["create"] is True
    assert (found.list, found.plural, found.icon) == (("weight",), "Parcels", "box")


@pytest.mark.parametrize(("schema", "said"), [("json", "yaml"), ("yaml", "json")])
def test_a_foreign_schema_is_opened_by_a_file_beside_it(schema: str, said: str) -> None:
    rights = json.dumps({"x-extends": "parcel", "x-record": {"permissions": {"clerk": {"read": True}}}})
    documents = {"site.yaml": SITE, f"schemas/parcel.{schema}": json.dumps(PARCEL), f"schemas/parcel.{said}": rights}
    loaded = load(documents)
    assert loaded.problems == () and loaded.catalog
    assert (loaded.catalog.types["parcel"].permissions, loaded.catalog.types["parcel"].file) == (
        {"clerk": {"read": True}}, f"schemas/parcel.{schema}")
    assert loaded.catalog.documents == documents
    alone = load({name: text for name, text in documents.items() if name != f"schemas/parcel.{said}"}).catalog
    assert alone and alone.hash != loaded.catalog.hash
    above = {f"@post/{name}": text for name, text in documents.items()} | {"site.yaml": "extends: ./post\n", "schemas/parcel.json": rights.replace("true", "false")}
    loaded = load(above)
    assert loaded.problems == () and loaded.catalog and not loaded.catalog.types["parcel"].permissions


def test_a_type_of_the_folder_itself_is_changed_in_its_own_file() -> None:
    documents = {"site.yaml": SITE, "schemas/order.json": json.dumps(TYPE), "schemas/order.yaml": "x-extends: order\n"}
    assert told(load(documents)) == [("extends", "schemas/order.yaml:1:12")]
    assert told(load(documents | {"schemas/order.yaml": "x-extends: odrer\n"})) == [("extends", "schemas/order.yaml:1:12")]
    assert told(load(documents | {"schemas/order.yaml": json.dumps(TYPE)})) == [("file_name", "schemas/order.yaml:1:1")]
    assert told(load(documents | {"schemas/order.json": "x"}))[0][1].startswith("schemas/order.json")


WRONG_PARCELS: dict[str, tuple[dict[str, Any], str]] = {
    "a property": ({"properties": {"x_a": {"type": "string"}}}, "fixed"),
    "a tighter property": ({"properties": {"to": {"maxLength": 3}}}, "fixed"),
    "another title": ({"title": "Box"}, "fixed"),
    "required": ({"required+": ["to"]}, "fixed"),
    "a rule": ({"x-record": {"validations+": [{"rule": "true", "message": "No"}]}}, "fixed"),
    "an unknown role": ({"x-record": {"permissions": {"clrek": {"read": True}}}}, "unknown_role"),
    "an unknown property": ({"x-record": {"permissions": {"clerk": {"read": "record.wieght > 1"}}}}, "formula_unknown_field"),
    "an unknown column": ({"x-record": {"list": ["wieght"]}}, "unknown_field"),
    "a typing mistake": ({"x-record": {"premissions": {}}}, "unknown_key"),
}


@pytest.mark.parametrize("name", WRONG_PARCELS)
def test_what_an_overlay_of_a_foreign_type_cannot_say_is_told_in_it(name: str) -> None:
    own, code = WRONG_PARCELS[name]
    loaded = load(parcels(**own))
    assert loaded.catalog is None
    assert [(one.code, one.place and one.place.file) for one in loaded.problems] == [(code, "schemas/parcel.json")]


def test_rights_to_a_foreign_type_are_not_loosened_further_up() -> None:
    below = {f"@mid/{name}": text for name, text in parcels(**{"x-record": {"permissions": {"clerk": {"read": True}}}}).items()}
    above = {"site.yaml": "extends: ../mid\n", "schemas/parcel.json": json.dumps(
        {"x-extends": "parcel", "x-record": {"permissions": {"clerk": {"read": "record.weight > 1", "write": True}}}})}
    found = load(below | above).problems
    assert [(one.code, one.path) for one in found] == [("loosens", "/x-record/permissions/clerk/write")]
    loaded = load(below | {name: text.replace(', "write": true', "") for name, text in above.items()})
    assert loaded.catalog and getattr(loaded.catalog.types["parcel"].permissions["clerk"]["read"], "source", "") == "record.weight > 1"


# On the disk


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    for name, text in {
        "top/site.yaml": "extends: ../mid\n", "top/schemas/order.json": overlay(), "mid/site.yaml": "extends: ./low\nname: Mid\n",
        "mid/low/site.yaml": SITE, "mid/low/schemas/order.json": json.dumps(TYPE), "mid/data/records.db": "no",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_folder_is_read_with_its_bases(folders: Path) -> None:
    assert sorted(read_folder(folders / "top")) == [
        "@mid/@low/schemas/order.json", "@mid/@low/site.yaml", "@mid/site.yaml", "schemas/order.json", "site.yaml"]
    assert [one.resolve() for one in layer_folders(folders / "top")] == [folders / "top", folders / "mid", folders / "mid" / "low"]
    loaded = load(read_folder(folders / "top"))
    assert loaded.catalog and dict(loaded.catalog.settings.name) == {"en": "Mid"}


def only(loaded: Loaded) -> Problem:
    (one,) = loaded.problems
    assert loaded.catalog is None
    return one


LOST = {
    # name: (file, text, place, part of the sentence)
    "no such folder": ("top/site.yaml", "extends: ../mdi\n", "site.yaml:1:10", "no site.yaml in"),
    "no such folder below": ("mid/site.yaml", "name: Mid\nextends: ./lo\n", "@mid/site.yaml:2:10", "no site.yaml in"),
    "a circle": ("mid/low/site.yaml", "extends: ../../top\n", "@mid/@low/site.yaml:1:10", "cannot extend itself"),
    "itself": ("top/site.yaml", "extends: .\n", "site.yaml:1:10", "cannot extend itself"),
    "no such template": ("top/site.yaml", "extends: beauty-slaon\n", "site.yaml:1:10", "Did you mean 'beauty-salon'?"),
    "nothing": ("top/site.yaml", 'extends: ""\n', "site.yaml:1:10", ""),
    "a number": ("top/site.yaml", "extends: 3\n", "site.yaml:1:10", "a text"),
    "an unreadable site.yaml": ("top/site.yaml", "extends: ../mid\nname: [\n", "site.yaml:3:1", ""),
    "an unreadable base": ("mid/site.yaml", "extends: ./low\nname: [\n", "@mid/site.yaml:3:1", ""),
}


@pytest.mark.parametrize("name", LOST)
def test_a_base_that_cannot_be_had_is_the_one_thing_told(name: str, folders: Path) -> None:
    file, text, place, part = LOST[name]
    (folders / file).write_text(text, encoding="utf-8")
    found = only(load(read_folder(folders / "top")))
    assert str(found.place) == place and part in found.message
    assert layer_folders(folders / "top")[0] == folders / "top"


def test_a_long_way_down_comes_to_an_end(tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "site.yaml").write_text(f"extends: ../{number + 1}\n")
    found = only(load(read_folder(tmp_path / "0")))
    assert "more than 8" in found.message and found.place and found.place.file == "@1/@2/@3/@4/@5/@6/@7/@8/site.yaml"


def test_the_site_of_this_repository_is_a_template() -> None:
    assert templates()["beauty-salon"] == ROOT


def test_the_overlay_of_the_reference_loads_above_its_types() -> None:
    text = (ROOT / "platform" / "REFERENCE.md").read_text(encoding="utf-8")
    fences = re.findall(r"\n([^\n]*)\n+```(json|yaml)\n(.*?)```", text, re.DOTALL)
    types = {f"@shop/schemas/{name[0]}.json": block for before, language, block in fences
             if language == "json" and (name := re.findall(r"`schemas/(\w+)\.json`", before))}
    site = next(block for _, language, block in fences if language == "yaml")
    (example,) = (block for _, language, block in fences if language == "yaml" and "\nx-extends: person" in block)
    loaded = load({"site.yaml": "extends: shop\n", "schemas/person.yaml": example, "@shop/site.yaml": site, **types})
    assert [one for one in loaded.problems if one.severity != "note"] == [] and loaded.catalog
    person = loaded.catalog.types["person"]
    assert person.by_name["x_size"].title == "Size" and person.by_name["phone"].required and person.by_name["phone"].read == frozenset()


def test_a_mistake_in_a_yaml_overlay_of_a_json_base_has_its_place() -> None:
    text = 'x-extends: order\nx-record:\n  permissions:\n    clerk: {read: "record.size > 1 && record.nmae"}\n'
    documents = {name: one for name, one in layered(overlay()).items() if name != "schemas/order.json"}
    (found,) = load(documents | {"schemas/order.yaml": text}).problems
    assert (found.code, str(found.place)) == ("formula_unknown_field", "schemas/order.yaml:4:46")
    unquoted = text.replace('{read: "record.size > 1 && record.nmae"}', "{}\n  frozenWhen: record.name == 'xy'")
    assert told(load(documents | {"schemas/order.yaml": unquoted}))[0] == ("quotes", "schemas/order.yaml:5:15")


def test_a_site_elsewhere_calls_the_same_base(folders: Path) -> None:
    for called, kept in (("../mid", False), (str(folders / "mid"), True), ("beauty-salon", True)):
        (folders / "top" / "site.yaml").write_text(f"# Which\nextends: {called}  # the base\n", encoding="utf-8")
        moved = own_elsewhere(folders / "top", folders / "far" / "away" / "top")
        assert (moved["site.yaml"] == (folders / "top" / "site.yaml").read_text()) is kept
        assert sorted(moved) == ["schemas/order.json", "site.yaml"]
    (folders / "top" / "site.yaml").write_text("# Which\nextends: ../mid  # the base\n", encoding="utf-8")
    moved = own_elsewhere(folders / "top", folders / "far" / "away" / "top")
    (folders / "far" / "away" / "top").mkdir(parents=True)
    (folders / "far" / "away" / "top" / "site.yaml").write_text(moved["site.yaml"], encoding="utf-8")
    assert moved["site.yaml"].startswith("# Which\nextends:") and moved["site.yaml"].endswith("# the base\n")
    assert layer_folders(folders / "far" / "away" / "top")[1] == folders / "mid"
