"""Who may give which roles: never more than he has, whatever the roles are made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from edited_types import catalog_of
from hypothesis import given
from hypothesis import strategies as st
from neutral_site import TYPES

from kartotek.declaration.files import read_folder
from kartotek.declaration.load import load
from kartotek.model.actor import Actor, Scope
from kartotek.model.catalog import ACTIONS, Action, Catalog
from kartotek.model.settings import ABILITIES, Role, SiteSettings
from kartotek.rules.abilities import able, abilities_of
from kartotek.rules.access import may, type_view, writable
from kartotek.rules.lattice import lacking, lacking_as_another, lacking_before, roles_covered

ROLES = ("clerk", "helper")
_SETTING: tuple[Action, ...] = ("create", "write")
GRANTS = (True, "record.active == true", "record.active == true && isSet(record.born)", "record.name == user.name")


def site(grants: dict[str, Any]) -> Catalog:
    properties = {
        "name": {"type": "string", "title": "Name"}, "level": {"type": "string", "title": "Level", "x-field": {"read": ["clerk"]}},
        "active": {"type": "boolean", "title": "Active"}, "born": {"type": "string", "format": "date", "title": "Born", "x-field": {"write": ["helper"]}},
    }  # fmt: skip
    return catalog_of({"person": {"title": "Person", "type": "object", "properties": properties, "x-record": {"permissions": grants}}})


def test_the_owner_may_give_all_and_nobody_else_gives_the_owner() -> None:
    catalog = catalog_of(TYPES)
    assert lacking(catalog, {"owner"}, {"owner", "clerk", "helper"}) == ()
    assert [one.text for one in lacking(catalog, {"clerk", "helper"}, {"owner"})] == ["role: owner"]
    assert roles_covered(catalog, {"owner"})[0] == "owner" and "owner" not in roles_covered(catalog, {"clerk"})


def test_what_is_lacking_is_named() -> None:
    catalog = catalog_of(TYPES)
    found = {one.text for one in lacking(catalog, {"helper"}, {"clerk"})}
    assert {"person.mobile: read field", "person.spent: read field", "person: delete", "person: read", "person.mobile: write field"} <= found
    assert not any(one.startswith(("item: read", "item.name: read")) for one in found)


PAIRS = {
    # name: (grants of the giver, of the role that is given, may be given, may be acted as)
    "the same": (True, True, True, True),
    "rows of all those": (True, "record.active == true", True, True),
    "all of some rows": ("record.active == true", True, False, False),
    "one more condition": ("record.active == true", "record.active == true && isSet(record.born)", True, True),
    "another condition": ("record.active == true", "isSet(record.born)", False, False),
    "his own of everybody's": (True, "record.name == user.name", True, True),
    "his own of his own": ("record.name == user.name", "record.name == user.name", True, False),
    "nothing": (None, "record.active == true", False, False),
    "of nothing": (None, None, True, True),
}


@pytest.mark.parametrize("name", PAIRS)
def test_conditions_are_compared(name: str) -> None:
    had, wanted, gives, acts = PAIRS[name]
    grants = {role: {"read": rule} for role, rule in (("clerk", had), ("helper", wanted)) if rule is not None}
    catalog = site({**grants})
    assert [not compare(catalog, {"clerk"}, {"helper"}) for compare in (lacking, lacking_as_another)] == [gives, acts]


@given(st.fixed_dictionaries({role: st.dictionaries(st.sampled_from(ACTIONS[:4]), st.sampled_from(GRANTS)) for role in ROLES}))
def test_whoever_lacks_nothing_sees_and_may_all_that_he_gives(grants: dict[str, Any]) -> None:
    catalog = site({role: of for role, of in grants.items() if of})
    for giver, role in (ROLES, ROLES[::-1]):
        if lacking(catalog, {giver}, {role}):
            continue
        both, alone = (Actor(1, "", frozenset(roles)) for roles in ((giver, role), (giver,)))
        for record_type in catalog.types.values():
            # Giving it to himself as well would add formulas at most that are stricter than one he has.
            assert type_view(alone, record_type).fields.keys() == type_view(both, record_type).fields.keys()
            for action in _SETTING:
                assert writable(alone, record_type, action).keys() == writable(both, record_type, action).keys()
            for action in ACTIONS[:4]:
                assert bool(may(alone, record_type, action)) == bool(may(both, record_type, action))
                assert (may(alone, record_type, action) is True) == (may(both, record_type, action) is True)


def test_abilities_are_those_of_the_roles_together_and_of_no_limited_token() -> None:
    settings = SiteSettings(roles=(Role("a", may=frozenset({"users"})), Role("b", may=frozenset({"audit", "roles"})), Role("c")))
    assert abilities_of(settings, {"a", "b", "gone"}) == {"users", "audit", "roles"} and abilities_of(settings, {"owner"}) == set(ABILITIES)
    assert not abilities_of(settings, {"c"}) and not abilities_of(settings, ())
    manager = Actor(1, "", frozenset({"a"}))
    assert able(manager, settings, "users") and not able(manager, settings, "audit")
    limited = Actor(1, "", frozenset({"owner"}), scope=Scope(types=frozenset({"person"})))
    assert not any(able(limited, settings, one) for one in ABILITIES)


def test_an_ability_is_given_by_those_who_have_it() -> None:
    catalog = catalog_of(TYPES)
    settings = SiteSettings(roles=(Role("clerk", may=frozenset({"users"})), Role("helper", may=frozenset({"users", "audit"}))))
    catalog = Catalog(settings=settings, types={}, hash=catalog.hash)
    assert [one.text for one in lacking(catalog, {"clerk"}, {"helper"})] == ["may: audit"]
    assert lacking(catalog, {"helper"}, {"clerk"}) == () and roles_covered(catalog, {"clerk"}) == ("clerk",)


def test_an_emergency_is_nothing_for_whoever_reads_everything_for_good() -> None:
    fields = {"name": {"type": "string", "title": "Name"}, "level": {"type": "string", "title": "Level", "x-field": {"read": ["clerk"]}}}
    for grants, glass, lacks in (
        ({"clerk": {"read": True}}, {"roles": ["helper"], "as": "clerk"}, False),
        ({"clerk": {"read": "record.name == 'a'"}}, {"roles": ["helper"], "as": "clerk"}, True),
        ({"clerk": {"read": "record.name == 'a'"}}, {"roles": ["helper", "clerk"], "as": "clerk"}, False),
    ):
        record = {"permissions": {**grants, "helper": {}}, "breakGlass": glass}
        catalog = catalog_of({"person": {"title": "Person", "type": "object", "properties": fields, "x-record": record}})
        found = [one.text for one in lacking(catalog, {"clerk"}, {"helper"})]
        assert found == (["person: break glass"] if lacks else [])
        assert "person: read" in [one.text for one in lacking(catalog, {"helper"}, {"clerk"})], "an emergency is no right that can be given on"


def test_what_an_emergency_shows_grows_with_the_role_as_which_one_reads() -> None:
    fields = {"name": {"type": "string", "title": "Name"}, "level": {"type": "string", "title": "Level", "x-field": {"access": {"clerk": "none"}}}}
    record = {"permissions": {"clerk": {"read": True}}, "breakGlass": {"roles": ["helper"], "as": "clerk"}}
    before, after = (
        catalog_of({"person": {"title": "Person", "type": "object", "properties": {**fields, "level": level}, "x-record": record}})
        for level in (fields["level"], {"type": "string", "title": "Level"})
    )
    assert [one.text for one in lacking_before(before, {"helper"}, after, {"helper"})] == ["person: break glass"]
    assert lacking_before(after, {"helper"}, before, {"helper"}) == ()


def test_the_manager_of_the_reference_site_looks_after_all_but_owners() -> None:
    loaded = load(read_folder(Path(__file__).resolve().parents[2]))
    assert loaded.catalog is not None
    covered = roles_covered(loaded.catalog, {"manager"})
    assert {"beautician", "reception", "manager"} <= set(covered) and "owner" not in covered
