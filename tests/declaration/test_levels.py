"""Declared levels, masks and emergencies: what is wrong with them is told at its place; what is made of them is judged by state."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from levelled_site import FLOW, FOLDER, ROLES, documents

from kartotek.declaration.load import load


def problems(changed: dict[str, Any], flow: str | None = FLOW) -> list[tuple[str, str]]:
    """(path, code) of the errors; `changed` is {path of the declaration: value}, None takes away."""
    folder = copy.deepcopy(FOLDER)
    for path, value in changed.items():
        here: Any = folder
        *before, last = path.split("/")
        for step in before:
            here = here.setdefault(step, {})
        if value is None:
            del here[last]
        else:
            here[last] = value
    given = documents(folder)
    if flow is None:
        del given["workflows/folder.yaml"]
    found = load(given).problems
    assert all(one.place is not None for one in found)
    return [(one.path, one.code) for one in found if one.severity == "error"]


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "level": ({"properties/name/x-field/access/front": "see"}, "/properties/name/x-field/access/front", "choice"),
    "role": ({"properties/name/x-field/access/frnt": "read"}, "/properties/name/x-field/access/frnt", "unknown_role"),
    "owner": ({"properties/name/x-field/access/owner": "none"}, "/properties/name/x-field/access/owner", "reserved"),
    "mask of nobody": ({"properties/grade/x-field/mask": {"show": "none"}}, "/properties/grade/x-field/mask", "mask"),
    "masked without a mask": ({"properties/grade/x-field": {"access": {"front": "mask"}}}, "/properties/grade/x-field/access", "mask"),
    "masked in a state alone": ({"x-record/stateAccess/done/grade": {"front": "mask"}}, "/properties/grade", "mask"),
    "mask that does not fit": ({"properties/born/x-field/mask": {"show": "last4"}}, "/properties/born/x-field/mask/show", "mask"),
    "mask over who writes": ({"properties/phone/x-field/write": ["front"]}, "/properties/phone/x-field/mask", "mask"),
    "role of a mask": ({"properties/phone/x-field/mask/except": ["clark"]}, "/properties/phone/x-field/mask/except/0", "unknown_role"),
    "flag of a member": ({"properties/lines/items/properties/cost/x-field/access/front": "flag"},
                         "/properties/lines/items/properties/cost/x-field/access/front", "not_supported"),
    "mask of a member": ({"properties/lines/items/properties/label/x-field": {"mask": {"show": "none", "except": []}}},
                         "/properties/lines/items/properties/label/x-field/mask", "not_supported"),
    "state": ({"x-record/stateAccess/doen": {"text": {"eye": "none"}}}, "/x-record/stateAccess/doen", "unknown_state"),
    "field of a state": ({"x-record/stateAccess/done/txt": {"eye": "none"}}, "/x-record/stateAccess/done/txt", "unknown_field"),
    "role of a state": ({"x-record/stateAccess/done/text/ey": "none"}, "/x-record/stateAccess/done/text/ey", "unknown_role"),
    "glass for a role": ({"x-record/breakGlass/roles": ["helpr"]}, "/x-record/breakGlass/roles/0", "unknown_role"),
    "glass as nobody": ({"x-record/breakGlass/as": "clark"}, "/x-record/breakGlass/as", "unknown_role"),
    "glass as an owner": ({"x-record/breakGlass/as": "owner"}, "/x-record/breakGlass/as", "reserved"),
    "glass for a day and more": ({"x-record/breakGlass/minutes": 1441}, "/x-record/breakGlass/minutes", "bound"),
    "glass for nothing": ({"x-record/permissions/eye": {"create": True}, "x-record/breakGlass/as": "eye"}, "/x-record/breakGlass/as", "useless_role"),
    # what is made of it
    "made of what is hidden": ({"properties/doubled/x-field/access": {"helper": "read"}}, "/properties/doubled/x-field/access", "reveals"),
    "a flag of what is hidden": ({"properties/doubled/x-field/access": {"helper": "flag"}}, "/properties/doubled/x-field/access", "reveals"),
    "hidden in that state": ({"x-record/stateAccess/done/copy": {"eye": "read"}, "properties/copy": {
        "type": "string", "title": "Copy", "readOnly": True, "x-field": {"compute": "record.text", "stored": True}}}, "/x-record/stateAccess", "reveals"),
    "a title of what is hidden in a state": ({"x-record/titleTemplate": "{text}"}, "/x-record/titleTemplate", "reveals"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_levels_are_told_at_their_place(name: str) -> None:
    changed, path, code = WRONG[name]
    assert (path, code) in problems(changed)


def test_states_need_a_workflow() -> None:
    assert ("/x-record/stateAccess/done", "unknown_state") in problems({}, flow=None)
    assert problems({}) == []


def readers(**of_copy: Any) -> dict[tuple[str, str | None], str]:
    """{(role, state): clearance} of a copy of the text field."""
    own = {"compute": "record.text", "stored": True, **of_copy.pop("own", {})}
    folder = copy.deepcopy(FOLDER)
    folder["properties"]["copy"] = {"type": "string", "title": "Copy", "readOnly": True, "x-field": own}
    folder["x-record"]["stateAccess"]["done"] |= {"copy": of_copy["done"]} if of_copy else {}
    loaded = load({"site.yaml": ROLES, "schemas/folder.json": json.dumps(folder), "workflows/folder.yaml": FLOW})
    assert loaded.catalog is not None, loaded.problems
    found = loaded.catalog.types["folder"]
    return {(role, state): found.clearance(found.by_name["copy"], role, state) for role in ("eye", "helper", "front") for state in (None, "done")}


def test_what_is_made_of_a_field_follows_it_into_its_states() -> None:
    """Without a word it is narrowed for all states; who says where it is hidden keeps it elsewhere."""
    plain = readers()
    assert {plain[key] for key in (("eye", None), ("eye", "done"), ("front", None), ("front", "done"))} == {"none"}
    assert plain["helper", "done"] in ("read", "write")
    said = readers(done={"eye": "none"})
    assert said["eye", "done"] == "none" and said["eye", None] in ("read", "write") and said["front", None] == "none"
    assert readers(own={"declassify": True})["front", "done"] in ("read", "write")
