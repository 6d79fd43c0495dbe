"""The sites under templates/sites: one keeps more than the reference site, one does not; both are all that it is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kartotek.declaration.files import read_folder
from kartotek.declaration.load import load
from kartotek.engine.engine import Engine
from kartotek.errors import Invalid
from kartotek.model.actor import Actor
from kartotek.model.catalog import Catalog
from kartotek.model.query import Query
from kartotek.site import Site, Start

ROOT = Path(__file__).resolve().parent.parent.parent
SITES = ROOT / "templates" / "sites"
OWNER = Actor.system("test")
ADDED = {"x_allergies", "x_skin_scan"}


def declared(folder: Path) -> Catalog:
    loaded = load(read_folder(folder))
    assert [one for one in loaded.problems if one.severity != "note"] == [] and loaded.catalog
    return loaded.catalog


def test_one_keeps_a_history_of_allergies_and_the_day_of_a_scan_and_the_other_neither() -> None:
    lily, rose, base = declared(SITES / "lily"), declared(SITES / "rose"), declared(ROOT)
    assert set(lily.types["customer"].by_name) - set(base.types["customer"].by_name) == ADDED
    assert rose.types["customer"].by_name.keys() == base.types["customer"].by_name.keys()
    assert lily.types.keys() == rose.types.keys() == base.types.keys()
    assert {one.settings.name["zh"] for one in (lily, rose, base)} == {"百合皮肤管理", "玫瑰美容工作室", "莲花美容院"}
    assert all(one.types["booking"].workflow for one in (lily, rose))


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Start]]:
    folder = tmp_path_factory.mktemp("sites") / "lily"
    shutil.copytree(SITES / "lily", folder)
    site = Site(folder)
    yield site, site.prepare(owner_password="correct horse battery")
    site.close()


@pytest.fixture(scope="module")
def engine(started: tuple[Site, Start]) -> Engine:
    return started[0].engine


def test_sample_records_of_the_base_are_there(started: tuple[Site, Start], engine: Engine) -> None:
    assert started[1].problems == ()
    assert engine.select(OWNER, "customer", Query(limit=1, count=True)).count == 200
    assert engine.select(OWNER, "booking", Query(limit=1, count=True)).count > 400


def test_added_fields_keep_the_rules_of_both(engine: Engine) -> None:
    history = [{"what": "Salicylic acid", "reaction": "rash", "first_seen": "2024-03-01"}]
    fields = {"name": "Wang Fang", "health_consent": True, "x_allergies": history, "x_skin_scan": "2026-01-05"}
    made = engine.create(OWNER, "customer", fields)
    assert {name: made["fields"][name] for name in fields} == fields
    for wrong in ({"health_consent": False}, {"x_skin_scan": "2199-01-01"}, {"x_allergies": [{"reaction": "rash"}]}):
        with pytest.raises(Invalid):
            engine.create(OWNER, "customer", {**fields, **wrong})
    assert engine.create(OWNER, "customer", {"name": "Li Na"})["fields"].keys() & ADDED == set()


def test_allergies_are_seen_by_whom_health_details_are(engine: Engine) -> None:
    fields = engine.catalog().types["customer"].by_name
    assert fields["x_allergies"].read == fields["conditions"].read == frozenset({"manager", "reception"})
    assert fields["x_skin_scan"].read is None
