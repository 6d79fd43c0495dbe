"""What a declaration says reaches the catalog whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.declaration.conftest import catalog_of, field_of

from kartotek.declaration.load import Loaded, load
from kartotek.model.catalog import Inverse, RecordType
from kartotek.model.field import Option
from kartotek.model.missing import MISSING


def test_documents_become_types_and_settings(declared: Any) -> None:
    catalog = catalog_of(declared.load())
    assert set(catalog.types) == {"person", "visit", "item", "user"}
    assert catalog.settings.languages == ("en", "zh")
    assert catalog.settings.role_names == {"owner", "manager", "clerk"}
    assert dict(catalog.settings.roles[0].titles) == {"en": "Manager", "zh": "经理"}
    assert catalog.documents == declared.documents()
    assert catalog.version == 0


def test_user_type_is_always_there(load_site: Callable[..., Loaded]) -> None:
    user = catalog_of(load_site({})).types["user"]
    assert user.builtin
    assert user.title_template == ("", "name", "")
    assert set(user.by_name) == {"name", "username", "language", "active"}


FIELDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    # name: (fragment, what the field has)
    "text": ({"type": "string", "maxLength": 5}, {"kind": "text", "settings": {"max_length": 5}, "title": "x"}),
    "labels": (
        {
            "type": "string",
            "title": "Name",
            "description": "Help",
            "examples": ["Ann"],
            "x-i18n": {"zh": {"title": "姓名"}},
        },
        {"title": "Name", "description": "Help", "placeholder": "Ann", "labels": {"zh": {"title": "姓名"}}},
    ),
    "labels in one object": (
        {"type": "string", "title": {"en": "Name", "zh": "姓名"}, "x-i18n": {"zh": {"description": "帮助"}}},
        {"title": "Name", "labels": {"en": {"title": "Name"}, "zh": {"title": "姓名", "description": "帮助"}}},
    ),
    "flags": (
        {
            "type": "string",
            "readOnly": True,
            "deprecated": True,
            "x-field": {"unique": True, "index": True, "widget": "text"},
        },
        {"read_only": True, "deprecated": True, "unique": True, "index": True, "widget": "text", "write_only": False},
    ),
    "write only": ({"type": "string", "writeOnly": True}, {"write_only": True}),
    "nullable": ({"type": ["string", "null"], "default": None}, {"nullable": True, "default": None, "kind": "text"}),
    "absent default": ({"type": "string"}, {"default": MISSING, "nullable": False}),
    "readers": (
        {"type": "string", "x-field": {"read": ["manager"], "write": ["owner"]}},
        {"read": frozenset({"manager"}), "write": frozenset({"owner"})},
    ),
    "choice": (
        {
            "title": "Level",
            "oneOf": [{"const": "a", "title": "A", "x-color": "#112233"}, {"const": "b", "deprecated": True}],
            "x-i18n": {"zh": {"enum": {"a": "甲"}}},
        },
        {
            "kind": "choice",
            "options": (Option("a", "A", {"zh": "甲"}, color="#112233"), Option("b", "b", {}, deprecated=True)),
        },
    ),
    "plain enum with null": (
        {"enum": [1, 2, None]},
        {"kind": "choice", "options": (Option(1, "1"), Option(2, "2")), "nullable": True},
    ),
    "choices": (
        {"type": "array", "uniqueItems": True, "items": {"enum": ["a"]}, "x-i18n": {"zh": {"enum": {"a": "甲"}}}},
        {"kind": "choices", "options": (Option("a", "a", {"zh": "甲"}),)},
    ),
    "decimal": (
        {
            "type": "string",
            "format": "decimal",
            "default": "1.00",
            "x-field": {"precision": 8, "scale": 2, "currency": "CNY"},
        },
        {"kind": "decimal", "settings": {"precision": 8, "scale": 2, "currency": "CNY"}, "default": "1.00"},
    ),
    "auto-number": (
        {"type": "string", "x-field": {"autoNumber": "P{yyyy}-{0000}", "unique": True}},
        {"kind": "autonumber", "read_only": True},
    ),
    "user": (
        {"type": "integer", "x-field": {"references": "user", "account": True, "unique": True}},
        {"kind": "user", "account": True},
    ),
    "odd name": ({"type": "string"}, {"column": "x"}),
}


@pytest.mark.parametrize("name", FIELDS)
def test_field_carries_what_was_declared(name: str, declared: Any) -> None:
    fragment, expected = FIELDS[name]
    field = field_of(declared.at("item/properties/x", fragment).load(), "item", "x")
    assert {key: getattr(field, key) for key in expected} == expected
    assert field.fragment == fragment
    assert field.place is not None and field.place.file == "schemas/item.json"


def test_members_of_a_small_object_have_columns_of_their_own(declared: Any) -> None:
    place = field_of(declared.load(), "visit", "place")
    assert [(one.name, one.column) for one in place.fields] == [("city", "place_city"), ("street", "place_street")]


def test_property_names_are_free_and_columns_are_safe(declared: Any) -> None:
    names = ["first name", "姓名", "", "select", "id", "Name", "a.b", 'x"; DROP TABLE y', "😀", "version"]
    for name in names:
        declared.types["item"]["properties"][name] = {"type": "string"}
    fields = catalog_of(declared.load()).types["item"].fields
    columns = [field.column for field in fields]
    assert [field.name for field in fields[2:]] == names
    assert len(set(columns)) == len(columns)
    assert all(
        column.isascii() and column.replace("_", "a").isalnum() and column not in ("id", "version")
        for column in columns
    )


def test_columns_do_not_depend_on_the_order_of_fields(declared: Any) -> None:
    properties = declared.types["visit"]["properties"]
    before = {field.name: field.column for field in catalog_of(declared.load()).types["visit"].fields}
    declared.types["visit"]["properties"] = dict(reversed(properties.items()))
    assert {field.name: field.column for field in catalog_of(declared.load()).types["visit"].fields} == before


def test_links_have_targets_and_inverse_lists(declared: Any) -> None:
    declared.at("visit/properties/person/x-field/onDelete", "cascade").at(
        "visit/properties/person/x-field/filter", "item.active"
    )
    catalog = catalog_of(declared.load())
    reference = catalog.types["visit"].by_name["person"].reference
    assert reference is not None and reference.filter is not None
    assert (reference.target, reference.on_delete, reference.filter.source) == ("person", "cascade", "item.active")
    assert dict(catalog.types["person"].inverses) == {"visits": Inverse("visits", "visit", "person")}


def test_inverse_list_of_users_is_found(declared: Any) -> None:
    declared.at("visit/properties/by", {"type": "integer", "x-field": {"references": "user", "inverse": "visits"}})
    assert catalog_of(declared.load()).types["user"].inverses["visits"].type == "visit"


def test_definitions_are_merged_with_what_stands_beside_them(declared: Any) -> None:
    declared.at(
        "item/$defs",
        {
            "money": {
                "type": "string",
                "format": "decimal",
                "title": "Money",
                "x-field": {"scale": 2, "currency": "CNY"},
            }
        },
    )
    declared.at("item/properties/x", {"$ref": "#/$defs/money", "title": "Fee", "x-field": {"scale": 3}})
    field = field_of(declared.load(), "item", "x")
    assert (field.kind, field.title, field.settings["scale"], field.settings["currency"]) == (
        "decimal",
        "Fee",
        3,
        "CNY",
    )


def test_account_makes_a_type_reachable_from_the_user(declared: Any) -> None:
    declared.at(
        "person/properties/login",
        {"type": "integer", "x-field": {"references": "user", "account": True, "unique": True}},
    )
    declared.at("visit/x-record/permissions/clerk/read", "isSet(user.person) && record.person == user.person")
    catalog_of(declared.load())


def test_yaml_and_json_declare_alike(load_site: Callable[..., Loaded]) -> None:
    as_json = (
        '{"title": "Room", "type": "object", "properties": {"name": {"type": "string"}}, '
        '"x-record": {"sort": ["name"]}}'
    )
    as_yaml = "title: Room\ntype: object\nproperties:\n  name: {type: string}\nx-record:\n  sort: [name]\n"
    one, other = (
        catalog_of(load_site({f"schemas/room.{suffix}": text}))
        for suffix, text in (("json", as_json), ("yaml", as_yaml))
    )
    assert shape(one.types["room"]) == shape(other.types["room"])


def shape(record_type: RecordType) -> list[object]:
    return [record_type.title, record_type.sort, record_type.title_template, *record_type.fields]


def test_hash_is_of_the_meaning(load_site: Callable[..., Loaded]) -> None:
    fields = '{"a": {"type": "string"}, "b": {"type": "string"}}'
    text = f'{{"title": "Room", "type": "object", "properties": {fields}, "x-record": {{}}}}'
    turned = text.replace('"a": {"type": "string"}, "b"', '"b": {"type": "string"}, "a"')
    variants = {
        "as it is": (text, True),
        "blanks": (text.replace(" ", "\n  "), True),
        "another title": (text.replace("Room", "Hall"), False),
        "another order of fields": (turned, False),
    }
    first = catalog_of(load_site({"schemas/room.json": text})).hash
    for name, (variant, is_same) in variants.items():
        assert (catalog_of(load_site({"schemas/room.json": variant})).hash == first) is is_same, name


def test_comments_in_yaml_do_not_change_the_hash() -> None:
    one, other = (load({"site.yaml": text}) for text in ("name: A\n", "# hello\nname:   A\n"))
    assert catalog_of(one).hash == catalog_of(other).hash
