"""Levels, masks and emergencies of an overlay: they take away, and whatever could open anything is refused in its place."""

from __future__ import annotations

from typing import Any

import pytest
from tests.declaration.overlay_site import Extending

NAME = "person/properties/nick/x-field"
OWN = "person/x-record"


def site() -> Extending:
    """A base that has them all."""
    made = Extending()
    made.below("person/properties/nick", {"type": "string", "title": "Nick", "x-i18n": {"zh": {"title": "昵称"}}})
    made.below(NAME, {"access": {"manager": "propose"}, "mask": {"show": "initial", "except": ["manager", "clerk"]}})
    made.below(f"{OWN}/breakGlass", {"roles": ["clerk"], "as": "manager", "minutes": 60, "notify": ["owner"]})
    return made


TAKEN: dict[str, tuple[str, Any]] = {
    "a lower level": (f"{NAME}/access", {"manager": "mask"}), "none for another": (f"{NAME}/access", {"clerk": "none"}),
    "the same": (f"{NAME}/access", {"manager": "propose"}), "fewer excepted": (f"{NAME}/mask", {"except": []}), "nothing shown": (f"{NAME}/mask", {"show": "none"}),
    "a mask where there is none": ("person/properties/active/x-field/mask", {"show": "none", "except": []}),
    "shorter glass": (f"{OWN}/breakGlass/minutes", 5), "for fewer": (f"{OWN}/breakGlass/roles", []), "told to more": (f"{OWN}/breakGlass/notify", ["owner", "manager"]),
}  # fmt: skip
REFUSED: dict[str, tuple[str, Any, str]] = {
    "a higher level": (f"{NAME}/access", {"manager": "write"}, "loosens"), "a level for another": (f"{NAME}/access", {"clerk": "flag"}, "loosens"),
    "more excepted": (f"{NAME}/mask", {"except": ["manager", "clerk", "trainee"]}, "loosens"), "more shown": (f"{NAME}/mask", {"show": "last4"}, "loosens"),
    "longer glass": (f"{OWN}/breakGlass/minutes", 61, "loosens"), "for more": (f"{OWN}/breakGlass/roles", ["clerk", "manager"], "loosens"),
    "as another": (f"{OWN}/breakGlass/as", "owner", "fixed"), "told to fewer": (f"{OWN}/breakGlass/notify", [], "removes"),
}  # fmt: skip


@pytest.mark.parametrize("name", TAKEN)
def test_an_overlay_takes_away(name: str) -> None:
    place, value = TAKEN[name]
    loaded = site().at(place, value).load()
    assert not [one for one in loaded.problems if one.severity == "error"], loaded.problems


@pytest.mark.parametrize("name", REFUSED)
def test_an_overlay_opens_nothing(name: str) -> None:
    place, value, code = REFUSED[name]
    made = site().at(place, value)
    found = [one for one in made.problems() if one.code == code]
    assert found and all(one.place is not None and one.place.file == "schemas/person.json" for one in found), made.problems()


def test_an_overlay_makes_no_emergency() -> None:
    found = Extending().at(f"{OWN}/breakGlass", {"roles": ["clerk"], "as": "manager"}).problems()
    assert [one.code for one in found] == ["fixed"]
