"""The reference site: it starts with its sample records, and its rights keep what its roles may not see."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kartotek.engine.engine import Engine
from kartotek.errors import NotFound
from kartotek.identity import Users
from kartotek.model.actor import Actor
from kartotek.model.query import Query
from kartotek.site import Site, Start

ROOT = Path(__file__).resolve().parent.parent.parent
PASSWORD = "correct horse battery"
OWNER = Actor.system("test")


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Start]]:
    """A copy of the site at the repository's root, made ready once."""
    folder = tmp_path_factory.mktemp("salon")
    shutil.copy(ROOT / "site.yaml", folder)
    for name in ("schemas", "workflows", "templates"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "access.yaml", folder / "tests")
    site = Site(folder)
    yield site, site.prepare(owner_password=PASSWORD)
    site.close()


@pytest.fixture(scope="module")
def engine(started: tuple[Site, Start]) -> Engine:
    return started[0].engine


@pytest.fixture(scope="module")
def users(started: tuple[Site, Start]) -> Users:
    return started[0].users


def _actor(engine: Engine, users: Users, username: str, role: str) -> Actor:
    user = users.add(username, PASSWORD, roles=(role,))
    actor = engine.users.actor(user.id)
    assert actor is not None
    return actor


def test_sample_records_are_all_there(started: tuple[Site, Start], engine: Engine) -> None:
    assert started[1].problems == ()
    assert engine.select(OWNER, "customer", Query(limit=1, count=True)).count == 200
    assert engine.select(OWNER, "booking", Query(limit=1, count=True)).count > 400
    assert started[1].sample > 1000


def test_a_second_start_adds_nothing(started: tuple[Site, Start]) -> None:
    again = started[0].prepare()
    assert (again.sample, again.owner_password) == (0, None)


def test_bookings_add_up(engine: Engine) -> None:
    page = engine.select(OWNER, "customer", Query(limit=500))
    completed = engine.select(OWNER, "booking", Query(limit=1, count=True, filter="record.status == 'completed'")).count
    assert sum(one["fields"].get("visits", 0) for one in page.items) == completed
    first = engine.select(OWNER, "booking", Query(limit=1, sort=("starts_at",))).items[0]
    assert sum(float(line["amount"]) for line in first["fields"]["lines"]) == float(first["fields"]["total"])


def test_no_card_is_overdrawn(engine: Engine) -> None:
    cards = engine.select(OWNER, "card", Query(limit=100)).items
    assert min(one["fields"]["remaining"] for one in cards) >= 0


def test_a_two_character_name_is_found(engine: Engine) -> None:
    engine.create(OWNER, "customer", {"name": "李娜"})
    assert "李娜" in [one["title"] for one in engine.select(OWNER, "customer", Query(search="李娜")).items]


def test_a_beautician_sees_the_skin_and_neither_phone_nor_money(engine: Engine, users: Users) -> None:
    beautician = _actor(engine, users, "mei", "beautician")
    member = engine.select(OWNER, "staff", Query(limit=1, filter="record.completed > 5")).items[0]
    engine.update(OWNER, "staff", member["id"], {"account": beautician.id})
    engine.ready()  # which notices now what every process would within half a second
    beautician = engine.users.actor(beautician.id) or beautician
    seen = engine.select(beautician, "customer", Query(limit=500)).items
    assert 0 < len(seen) < 200
    shown = set().union(*(one["fields"] for one in seen))
    assert {"name", "skin_type"} <= shown
    assert not shown & {
        "mobile",
        "email",
        "wechat",
        "spend",
        "conditions",
        "health_note",
        "birth_date",
        "age",
        "referrer",
    }
    bookings = engine.select(beautician, "booking", Query(limit=500)).items
    assert {one["fields"]["staff"] for one in bookings} == {member["id"]}
    assert not set().union(*(one["fields"] for one in bookings)) & {"total", "phone", "note"}
    assert not set().union(*(line for one in bookings for line in one["fields"]["lines"])) & {"price", "amount"}
    with pytest.raises(NotFound):
        engine.select(beautician, "complaint", Query())


def test_a_beautician_is_warned_without_being_told_the_illness(engine: Engine) -> None:
    everybody = engine.select(OWNER, "customer", Query(limit=500)).items
    ill = [one for one in everybody if one["fields"].get("conditions")]
    assert ill and all(one["fields"]["caution"] is True for one in ill)


def test_no_illness_stands_on_the_disk(started: tuple[Site, Start], engine: Engine) -> None:
    note = "Canary of the health note"
    made = engine.create(OWNER, "customer", {"name": "李娜", "health_consent": True, "conditions": ["pacemaker"], "health_note": note})
    assert made["fields"]["conditions"] == ["pacemaker"]
    assert note in str(engine.history(OWNER, "customer", made["id"]).items[0])
    folder = started[0].folder
    assert not [one for one in folder.rglob("*") if one.is_file() and note.encode() in one.read_bytes()]
    with engine.database.read() as conn:
        assert not conn.rows("SELECT \"id\" FROM \"customer\" WHERE \"conditions\" LIKE '%pacemaker%'")


def test_reception_adds_a_customer_and_may_not_delete_one(engine: Engine, users: Users) -> None:
    reception = _actor(engine, users, "lan", "reception")
    sight = engine.sight(reception, "customer")
    assert (sight.read, sight.create, sight.write, sight.delete) == (True, True, True, False)
    made = engine.create(reception, "customer", {"name": "王芳", "mobile": "138 0000 4567"})
    assert made["fields"]["mobile"] == "+8613800004567"


def test_allergies_are_left_for_the_owner_to_add(engine: Engine) -> None:
    assert "allergy_history" not in engine.catalog().types["customer"].by_name
