"""The rows of applied catalogs and of changes that are under way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kartotek.storage import catalogs, changes, versions
from kartotek.storage.connection import Connection
from kartotek.storage.database import Database

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
IDS = {"next": 3, "types": {"thing": {"id": 1, "fields": {"name": 2}, "states": {}}}}
STEPS = [{"action": "create_type", "words": "thing: 新的"}]


def _append(conn: Connection, number: int, **told: Any) -> int:
    documents = {"site.yaml": f"name: {number}\n"}
    return catalogs.append(conn, documents=documents, hash=f"h{number}", at=AT, by=number, reason=f"r{number}", **told)


def test_a_version_is_found_with_all_that_was_told_of_it(database: Database) -> None:
    with database.write() as conn:
        assert _append(conn, 1, ids=IDS, steps=STEPS, ratcheted={"thing": ["name"]}) == 1
    with database.read() as conn:
        found = versions.find(conn, 1)
        assert found is not None
        assert (found.version, found.hash, found.at, found.by, found.reason) == (1, "h1", AT, 1, "r1")
        assert (found.ids, list(found.steps), found.ratcheted) == (IDS, STEPS, {"thing": ["name"]})
        assert found.documents == {"site.yaml": "name: 1\n"}
        assert versions.find(conn, 2) is None


def test_a_version_from_before_such_things_were_kept_has_none_of_them(database: Database) -> None:
    with database.write() as conn:
        _append(conn, 1)
        conn.run('UPDATE "kartotek__catalog" SET "ids" = NULL, "steps" = NULL, "ratcheted" = NULL')
    with database.read() as conn:
        found = versions.find(conn, 1)
        assert found is not None and (found.ids, found.steps, found.ratcheted) == ({}, (), {})
        assert [one.steps for one in versions.listed(conn)] == [()]


def test_versions_are_listed_newest_first_and_page_by_page(database: Database) -> None:
    with database.write() as conn:
        for number in range(1, 6):
            _append(conn, number)
    with database.read() as conn:
        assert [one.version for one in versions.listed(conn, limit=2)] == [5, 4]
        assert [one.version for one in versions.listed(conn, before=4, limit=9)] == [3, 2, 1]
        assert versions.listed(conn, before=1) == []


def test_what_old_records_may_break_is_read_with_each_version(database: Database) -> None:
    with database.write() as conn:
        _append(conn, 1, ratcheted={"thing": ["name"]})
        _append(conn, 2, ratcheted={"thing": ["name", "size"]})
    with database.read() as conn:
        found = [versions.find(conn, number) for number in (1, 2)]
    assert [one.ratcheted for one in found if one is not None] == [{"thing": ["name"]}, {"thing": ["name", "size"]}]


def _asked(conn: Connection, **values: Any) -> int:
    given = {"hash": "x", "base": 1, "documents": {"a": "b"}, "answers": {}, "steps": STEPS, "reason": "why", "by": 7}
    return changes.add(conn, at=AT, **given | values)


def test_a_change_keeps_what_was_asked_how_far_it_is_and_how_it_ended(database: Database) -> None:
    later = AT + timedelta(hours=1)
    with database.write() as conn:
        id = _asked(conn, answers={"options": {"thing.level": {"old": None}}})
        changes.change(conn, id, later, status="preparing", progress={"done": 1}, state={"mark": 9})
    with database.read() as conn:
        found = changes.unfinished(conn)
    assert found is not None and found.is_open
    assert (found.id, found.hash, found.base, found.documents, found.by, found.reason) == (id, "x", 1, {"a": "b"}, 7, "why")
    assert (found.answers, found.steps) == ({"options": {"thing.level": {"old": None}}}, STEPS)
    assert (found.status, found.progress, found.state, found.error) == ("preparing", {"done": 1}, {"mark": 9}, {})
    assert (found.at, found.changed_at, found.version, found.backup) == (AT, later, None, "")


@pytest.mark.parametrize("status", ["applied", "failed", "given_up"])
def test_a_change_that_has_ended_is_not_gone_on_with(database: Database, status: str) -> None:
    with database.write() as conn:
        ended = _asked(conn)
        changes.change(conn, ended, AT, status=status, version=2, backup="there", error={"code": "x"})
        assert changes.unfinished(conn) is None
        following = _asked(conn)
    with database.read() as conn:
        open, newest, found = changes.unfinished(conn), changes.newest(conn), changes.find(conn, ended)
    assert open is not None and newest is not None and open.id == newest.id == following
    assert found is not None and (found.is_open, found.version, found.backup) == (False, 2, "there")


def test_what_ended_long_ago_is_forgotten_and_what_is_open_never(database: Database) -> None:
    with database.write() as conn:
        old, waiting, fresh = _asked(conn), _asked(conn), _asked(conn)
        changes.change(conn, old, AT, status="failed")
        changes.change(conn, waiting, AT, status="preparing")
        changes.change(conn, fresh, AT + timedelta(days=9), status="applied")
        assert changes.forget(conn, AT + timedelta(days=5)) == 1
        assert [changes.find(conn, id) is not None for id in (old, waiting, fresh)] == [False, True, True]
