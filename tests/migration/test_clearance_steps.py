"""Changed levels: whatever lets anybody know or do more waits, and nothing else does; held to the clearances themselves."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest
from lengths import rounds
from levelled_site import FLOW, FOLDER, documents

from kartotek.declaration.load import load
from kartotek.migration.steps import Step, steps
from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.clearance import CLEARANCES, rank

ROLES = ("clerk", "helper", "front", "eye")


def catalog(folder: dict[str, Any], flow: str = FLOW) -> Catalog:
    loaded = load(documents(folder, flow))
    assert loaded.catalog is not None, [one.message for one in loaded.problems]
    return loaded.catalog


def between(edit: dict[str, Any], flow: str = FLOW) -> tuple[Step, ...]:
    """The steps to the folder with other values at these paths; None takes one away."""
    folder = copy.deepcopy(FOLDER)
    for path, value in edit.items():
        here: Any = folder
        *before, last = path.split("/")
        for step in before:
            here = here.setdefault(step, {})
        here.pop(last) if value is None else here.__setitem__(last, value)
    return steps(catalog(FOLDER), catalog(folder, flow))


WIDER_FLOW = FLOW.replace("transitions:", "  kept: {title: Kept, final: true}\ntransitions:\n  keep: {title: Keep, from: open, to: kept, roles: [clerk]}")
NAME, PHONE, STATE, GLASS = "properties/name/x-field", "properties/phone/x-field", "x-record/stateAccess/done", "x-record/breakGlass"
CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    # name: (edit, the code of what waits, "" for nothing)
    "a mask taken away": ({f"{NAME}/access/front": "read", f"{NAME}/mask": None}, "clearance_more"), "a mask made": ({f"{NAME}/access/eye": "mask"}, ""),
    "hidden": ({f"{NAME}/access/front": "none", f"{NAME}/mask": None}, ""), "no word of a role any more": ({f"{NAME}/access/front": None, f"{NAME}/mask": None}, "clearance_more"),
    "one more excepted": ({f"{PHONE}/mask/except": ["clerk", "eye"]}, "clearance_more"), "nobody excepted": ({f"{PHONE}/mask/except": []}, ""),
    "another mask": ({f"{PHONE}/mask/show": "none"}, ""), "a mask that shows more": ({f"{NAME}/mask/show": "last4"}, "clearance_more"),
    "more in a state": ({f"{STATE}/text/eye": "read"}, "state_clearance_more"), "less in a state": ({f"{STATE}/text/helper": "none"}, ""),
    "a state says nothing more": ({f"{STATE}/text": None}, "state_clearance_more"), "of one that might more": ({f"{STATE}/amount/front": None}, ""),
    "a new state": ({"x-record/stateAccess/kept": {"text": {"eye": "read", "front": "none"}}}, ""),
    "a new state that opens": ({"x-record/stateAccess/kept": {"text": {"front": "read"}}}, "state_clearance_more"),
    "another state": ({"x-record/stateAccess/open": {"text": {"eye": "write"}}}, "state_clearance_more"),
    "no glass": ({GLASS: None}, ""), "longer": ({f"{GLASS}/minutes": 31}, "glass_more"), "shorter": ({f"{GLASS}/minutes": 5}, ""),
    "for others": ({f"{GLASS}/roles": ["eye"]}, "glass_more"), "as another": ({f"{GLASS}/as": "front"}, "glass_more"),
    "told to fewer": ({f"{GLASS}/notify": []}, "glass_more"), "told to more": ({f"{GLASS}/notify": ["eye", "clerk"]}, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_what_opens_waits_and_what_closes_does_not(name: str) -> None:
    edit, code = CHANGES[name]
    found = between(edit, WIDER_FLOW if any("kept" in path for path in edit) else FLOW)
    assert found and {one.code for one in found if one.verdict != "safe"} == ({code} if code else set())


def test_a_renamed_field_keeps_its_levels() -> None:
    folder = copy.deepcopy(FOLDER)
    folder["properties"]["words"] = {**folder["properties"].pop("text")}
    folder["properties"]["words"]["x-field"] |= {"aliases": ["text"]}
    folder["x-record"]["search"] = ["name", "words"]
    folder["x-record"]["stateAccess"]["done"]["words"] = folder["x-record"]["stateAccess"]["done"].pop("text")
    assert {one.verdict for one in steps(catalog(FOLDER), catalog(folder))} == {"safe"}
    folder["x-record"]["stateAccess"]["done"]["words"] = {"eye": "none"}
    assert "state_clearance_more" in {one.code for one in steps(catalog(FOLDER), catalog(folder))}


def test_a_state_that_goes_up_in_another_opens_nothing_unasked() -> None:
    flow = FLOW.replace("done: {title: Done, final: true}", "over: {title: Over, final: true, aliases: [done]}").replace("to: done", "to: over")
    kept = {"x-record/stateAccess": {"over": FOLDER["x-record"]["stateAccess"]["done"]}}
    assert not [one.code for one in between(kept, flow) if one.code == "state_clearance_more"]
    assert [one.code for one in between({"x-record/stateAccess": None}, flow) if one.code == "state_clearance_more"]


def levels(record_type: RecordType) -> dict[tuple[str, str, str | None], int]:
    """How much each role may of each field in each state."""
    return {
        (role, one.name, state): rank(record_type.clearance(one, role, state)) for role in ROLES for one in record_type.fields for state in (None, "done")
    }


def drawn(draw: random.Random) -> dict[str, Any]:
    folder = copy.deepcopy(FOLDER)
    for name in ("name", "text", "grade"):
        access = {role: draw.choice(CLEARANCES) for role in ROLES if draw.random() < 0.4}
        folder["properties"][name]["x-field"] = {"access": access, "mask": {"show": "none", "except": list(ROLES)}}
    said = {name: {role: draw.choice(CLEARANCES) for role in ROLES if draw.random() < 0.4} for name in ("name", "text", "grade") if draw.random() < 0.6}
    folder["x-record"] |= {"stateAccess": {"done": said} if draw.random() < 0.8 else {}, "titleTemplate": "{status}", "sort": []}
    return folder


@pytest.mark.parametrize("seed", range(rounds(60, 1000)))
def test_it_waits_exactly_where_somebody_may_more(seed: int) -> None:
    draw = random.Random(seed)
    before, after = catalog(drawn(draw)), catalog(drawn(draw))
    was, now = (levels(one.types["folder"]) for one in (before, after))
    assert any(one.verdict != "safe" for one in steps(before, after)) == any(now[key] > was[key] for key in was)
