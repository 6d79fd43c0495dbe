"""Copies of a site with encrypted fields: a whole one has them still encrypted, a masked one does not have them at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from encrypted_site import CLERK, documents, traces

from kartotek.engine.copies import Place, copy_records
from kartotek.engine.engine import Engine
from kartotek.engine.keyring import FILE, Keyring
from kartotek.errors import Conflict
from kartotek.model.actor import Actor
from kartotek.model.query import Query
from kartotek.storage.database import Database

CANARY = "Kanarie4711"


@pytest.mark.parametrize("mask", [False, True])
def test_a_copy_tells_no_more_than_the_site(
    database_url: str, tmp_path: Path, fresh_database: Callable[[], str], mask: bool
) -> None:
    (tmp_path / "copy").mkdir()
    ring, theirs = Keyring.of(tmp_path / FILE), Keyring.of(tmp_path / "copy.key")
    engine = Engine(Database.open(database_url), files=tmp_path / "files", secret=b"s" * 32, keys=ring)
    target = Database.open(f"sqlite:///{tmp_path}/copy/records.db" if database_url.startswith("postgresql") else fresh_database())
    theirs.write(ring.all) if not mask else theirs.make()
    try:
        assert not engine.apply_documents(documents(), by=Actor.system("test"), reason="test").problems
        for at in range(3):
            engine.create(CLERK, "person", {"name": f"N{at}", "note": CANARY, "email": f"{CANARY}{at}@x.org", "place": {"door": CANARY, "street": "Elm"}})
        engine.update(CLERK, "person", 1, {"note": f"{CANARY}!"}, version=1)
        source = Place(engine.database, tmp_path / "files", ring)
        copy_records(source, Place(target, tmp_path / "copy" / "files", theirs), mask=mask, now=engine.clock())
        copy = Engine(target, files=tmp_path / "copy" / "files", secret=b"s" * 32, keys=theirs)
        found = copy.select(CLERK, "person", Query(sort=("name",))).items
        assert [one["fields"].get("note") for one in found] == ([None] * 3 if mask else [f"{CANARY}!", CANARY, CANARY])
        assert copy.history(CLERK, "person", 1).items
        copy.create(CLERK, "person", {"name": "new", "note": "x", "email": "new@x.org"})
        if mask:
            assert all("door" not in one["fields"].get("place", {}) for one in found)
        with pytest.raises(Conflict):
            copy.create(CLERK, "person", {"name": "again", "email": "new@x.org"})
    finally:
        engine.close()
        target.close()
    assert traces(tmp_path / "copy", [CANARY]) == []
