"""Holes that were once open: each by the question that used to tell, or the write that used to go through."""

from __future__ import annotations

import io
from typing import Any

import orjson
import pytest
from hidden_site import CLERK, HELPER, TYPES, World

from kartotek.errors import Invalid, KartotekError, Malformed, NotFound
from kartotek.model.query import Query


def _said(error: KartotekError) -> str:
    return orjson.dumps([error.sentence, *(one.wire() for one in error.problems)]).decode()


@pytest.mark.parametrize("question", ["expand", "options"])
@pytest.mark.parametrize("hidden", ["giver", "from_vault"])
def test_hidden_member_is_asked_for_like_a_missing_one(lite_worlds: tuple[World, World], question: str, hidden: str) -> None:
    engine = lite_worlds[0].engine

    def said(name: str) -> str:
        with pytest.raises(Malformed) as refused:
            if question == "expand":
                engine.get(HELPER, "person", 3, expand=(f"pieces.{name}",))
            else:
                engine.options(HELPER, "person", ("pieces", name))
        return _said(refused.value).replace(name, "…")

    assert said(hidden) == said("missing")


def test_titles_do_not_name_hidden_members(lite_worlds: tuple[World, World]) -> None:
    found = lite_worlds[0].engine.get(HELPER, "person", 3, titles=True)
    assert set(found["titles"]) == {"friend", "login", "note"}


def test_whether_a_hidden_member_is_set_cannot_be_asked(lite_worlds: tuple[World, World]) -> None:
    for one in lite_worlds:
        assert one.engine.select(HELPER, "person", Query(filter="isSet(record.den)")).items == []
        assert len(one.engine.select(HELPER, "person", Query(filter="isSet(record.address)")).items) == 8


def test_reference_to_a_hidden_type_is_hidden_with_it(lite_worlds: tuple[World, World]) -> None:
    engine = lite_worlds[0].engine
    assert not {"vault", "vaults_read"} & set(engine.get(HELPER, "person", 3)["fields"])
    assert "vault" not in orjson.dumps(engine.describe(HELPER, "person")).decode()
    for fields, unset in (({"vault": 1}, ()), ({"vault": None}, ()), ({}, ("vault",))):
        with pytest.raises(Invalid) as refused:
            engine.update(HELPER, "person", 3, fields, unset=unset)
        assert [one.code for one in refused.value.problems] == ["unknown_field"]


def test_a_part_that_was_not_asked_for_still_decides(lite_worlds: tuple[World, World]) -> None:
    for one in lite_worlds:
        found = one.engine.select(HELPER, "box", Query(fields=("name", "inside")))
        assert [each["fields"].get("inside") for each in found.items] == ["air", None]


def test_the_past_shows_no_more_than_the_present(alone: World) -> None:
    engine = alone.engine
    before = engine.get(CLERK, "person", 1)
    alone.engine.clock.tick()  # type: ignore[attr-defined]
    instant = engine.clock()
    alone.engine.clock.tick()  # type: ignore[attr-defined]
    assert engine.get(HELPER, "person", 1, as_of=instant)["fields"]["remark"] == "said 1"
    engine.update(CLERK, "person", 1, {"open": False}, version=before["version"])
    assert "remark" not in engine.get(HELPER, "person", 1, as_of=instant)["fields"]
    with pytest.raises(NotFound):
        engine.get(HELPER, "note", 4, as_of=instant)


def test_trash_is_named_only_to_those_who_may_delete(lite_worlds: tuple[World, World]) -> None:
    for one in lite_worlds:
        assert one.engine.title(HELPER, "note", (7, 8, 9)) == {7: "Mine"}
        assert [each["id"] for each in one.engine.options(HELPER, "person", ("note",), ids=(1, 7, 8, 9))] == [1, 7]


@pytest.mark.parametrize("id", [8, 9])
def test_trash_that_is_not_theirs_cannot_be_restored_nor_told(alone: World, id: int) -> None:
    with pytest.raises(NotFound) as hidden:
        alone.engine.restore(HELPER, "note", id)
    with pytest.raises(NotFound) as missing:
        alone.engine.restore(HELPER, "note", 99)
    assert _said(hidden.value) == _said(missing.value)
    assert alone.engine.restore(HELPER, "note", 7)["id"] == 7


def test_draft_copies_nothing_from_what_cannot_be_chosen(lite_worlds: tuple[World, World]) -> None:
    engine = lite_worlds[0].engine
    assert engine.draft(HELPER, "person", given={"note": 1})["echo"] == "Shared 1"
    assert "echo" not in engine.draft(HELPER, "person", given={"note": 4})
    assert "hint" not in engine.draft(HELPER, "person", given={"friend": 1})


def test_answer_to_a_write_shows_only_what_may_be_read(alone: World) -> None:
    made = alone.engine.create(HELPER, "note", {"title": "Gone", "shared": False})
    assert set(made) == {"id", "type", "version"}
    made = alone.engine.update(HELPER, "note", 1, {"shared": False})
    assert set(made) == {"id", "type", "version"}


def test_file_of_a_hidden_table_is_not_opened_for_a_shown_field_of_the_same_name(alone: World) -> None:
    engine = alone.engine
    assert engine.open_file(HELPER, "person", 1, alone.files["shown"]).name == "shown.txt"
    with pytest.raises(NotFound):
        engine.open_file(HELPER, "person", 1, alone.files["hoarded"])
    assert engine.open_file(CLERK, "person", 1, alone.files["hoarded"]).name == "hoarded.txt"
    staged = engine.stage_file(CLERK, io.BytesIO(b"piece"), name="piece.txt")["id"]
    engine.update(CLERK, "person", 1, {"pieces": [{"label": "one", "paper": staged}]})
    assert engine.open_file(HELPER, "person", 1, staged).name == "piece.txt"


# what is sent under "pieces", with a hidden member and with one that is not there
@pytest.mark.parametrize("value", ["1.00", "no number", None, 5, {}, []])
@pytest.mark.parametrize("creating", [True, False])
def test_hidden_member_is_written_like_a_missing_one(lite_worlds: tuple[World, World], value: Any, creating: bool) -> None:
    engine = lite_worlds[0].engine

    def said(name: str) -> str:
        rows = {"pieces": [{"label": "one", name: value}]}
        with pytest.raises(Invalid) as refused:
            if creating:
                engine.create(HELPER, "person", {"name": "New", **rows})
            else:
                engine.update(HELPER, "person", 1, rows)
        return _said(refused.value).replace(name, "…")

    assert said("cost") == said("missing")


def _costs(world: World) -> list[Any]:
    return [(row["label"], row.get("cost")) for row in world.engine.get(CLERK, "person", 3)["fields"].get("pieces", ())]


@pytest.mark.parametrize(
    ("labels", "kept"),
    [
        (["one", "two"], ["10.00", "1.00"]),
        (["two", "one"], ["1.00", "10.00"]),
        (["two"], ["1.00"]),
        (["new", "one", "two"], [None, "10.00", "1.00"]),
    ],
)
def test_hidden_members_stay_with_their_rows(alone: World, labels: list[str], kept: list[Any]) -> None:
    alone.engine.update(HELPER, "person", 3, {"pieces": [{"label": one} for one in labels]})
    assert _costs(alone) == list(zip(labels, kept, strict=True))


@pytest.mark.parametrize(("fields", "unset"), [({"address": {"city": "Else"}}, ()), ({"address": {}}, ()), ({}, ("address",)), ({"address": None}, ())])
def test_hidden_members_outlive_the_object_they_are_in(alone: World, fields: dict[str, Any], unset: tuple[str, ...]) -> None:
    alone.engine.update(HELPER, "person", 3, fields, unset=unset)
    assert alone.engine.get(CLERK, "person", 3)["fields"]["address"]["door"] == "azure"


def test_refusal_names_no_field_that_cannot_be_seen(alone: World) -> None:
    with pytest.raises(Invalid) as refused:
        alone.engine.update(HELPER, "person", 3, {"pieces": [{}]})
    assert "cost" not in _said(refused.value)
    with pytest.raises(Invalid) as refused:
        alone.engine.update(HELPER, "person", 2, {"weight": 5000})
    assert {one.code for one in refused.value.problems} >= {"forbidden_value"}


def test_the_hidden_names_are_in_no_description(lite_worlds: tuple[World, World]) -> None:
    world = lite_worlds[0]
    assert world.app is not None
    client = world.app.test_client()
    head = {"Authorization": f"Bearer {world.token}"}
    hidden = ["secret", "salary", "phone", "born", "door", "lair", "cost", "giver", "hoard", "vault", "stash", "gauge", "hint", "mood"]
    for address in ("openapi.json", "types", "types/person", "types/note", "types/box"):
        text = client.get(f"/api/v1/{address}", headers=head).text
        # Of dossiers the number and the day are known in part, and so described.
        names = [name for name in hidden if address != "openapi.json" or name not in ("phone", "born")]
        told = [name for name in names if f'"{name}"' in text or f"'{name}'" in text]
        assert not told, (address, told)
    assert set(TYPES) > {"person", "note", "box"}
