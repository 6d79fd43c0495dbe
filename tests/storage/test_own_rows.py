"""The rows of Kartotek itself: catalogs, history, users, tokens, keys, counters, leases and files."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kartotek.storage import catalogs, counters, files, history, idempotency, leases, tokens, users
from kartotek.storage.database import Database, StaleCatalog
from kartotek.storage.faults import Violation
from kartotek.storage.files import FileRow
from kartotek.storage.history import HistoryRow
from kartotek.storage.tokens import Token
from kartotek.storage.users import MirroredUser

AT = datetime(2026, 11, 21, 10, 0, 0, 5, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_catalogs_follow_each_other_and_the_pulse_tells(database: Database) -> None:
    documents = {"schemas/b.json": '{"z": 1, "a": "中"}', "a": "\n"}
    with database.write() as conn:
        assert catalogs.latest(conn) is None
        assert catalogs.append(conn, documents=documents, hash="h", at=AT, by=3, reason="why", after=0) == 1
        catalogs.bump_security(conn)
        with pytest.raises(StaleCatalog):
            catalogs.append(conn, documents={}, hash="", at=AT, by=3, reason="", after=0)
        found = catalogs.latest(conn)
        assert found == catalogs.AppliedCatalog(1, documents, "h", AT, 3, "why") and list(found.documents) == list(
            documents
        )
        assert catalogs.pulse(conn) == catalogs.Pulse(1, 1)


def test_the_pulse_is_one_query(database: Database) -> None:
    told: list[str] = []
    database.listeners.append(told.append)
    with database.read() as conn:
        catalogs.pulse(conn)
    assert len(told) == 1


def test_history_is_newest_first_and_continues(database: Database) -> None:
    def row(version: int, at: datetime, **now: Any) -> HistoryRow:
        return HistoryRow(
            type="order", record_id=5, version=version, action="update", by=1, at=at, was={"z": None}, now=now
        )

    rows = [row(n, AT + n * SECOND, b=n, a=2**70) for n in range(4)]
    with database.write() as conn:
        history.append(conn, rows[0])
        history.append_many(conn, [*rows[1:], replace(rows[0], record_id=6)])
        history.append_many(conn, [])
        first = history.of_record(conn, "order", 5, limit=3)
        rest = history.of_record(conn, "order", 5, before=first[-1].id, limit=3)
        since = history.since(conn, "order", 5, AT + SECOND)
        assert history.of_record(conn, "other", 5) == []
    assert [replace(one, id=0) for one in (*first, *rest)] == rows[::-1]
    assert list(first[0].now) == ["b", "a"]
    assert [one.version for one in since] == [3, 2]


def test_a_mirrored_user_tells_every_process_only_when_he_changed(database: Database) -> None:
    user = MirroredUser(id=7, username="u", name="李", roles=frozenset({"clerk", "owner"}), language="zh", epoch=2)
    with database.write() as conn:
        assert users.mirror(conn, user) and not users.mirror(conn, user)
        assert catalogs.pulse(conn).security_epoch == 1
        changed = replace(user, active=False, roles=frozenset(), epoch=3)
        assert users.mirror(conn, changed) and users.find(conn, 7) == changed
        assert catalogs.pulse(conn).security_epoch == 2
        assert users.find(conn, 8) is None
        assert users.find_many(conn, [7, 8]) == {7: changed} and users.find_many(conn, []) == {}
        assert users.everyone(conn) == [changed]


def test_a_token_is_found_by_its_secret_until_it_is_revoked(database: Database) -> None:
    token = Token(user_id=7, name="till", created_at=AT, created_by=1, expires_at=AT + SECOND)
    with database.write() as conn:
        id = tokens.add(conn, token, "kt_secret")
        assert tokens.find(conn, "kt_secret") == replace(token, id=id) and tokens.find(conn, "kt_Secret") is None
        assert conn.rows('SELECT count(*) FROM "kartotek__token" WHERE "digest" LIKE ?', ("%secret%",)) == [(0,)]
        with pytest.raises(Violation), conn.savepoint():
            tokens.add(conn, token, "kt_secret")
        before = catalogs.pulse(conn).security_epoch
        assert tokens.revoke(conn, id, AT) and not tokens.revoke(conn, id, AT) and not tokens.revoke(conn, 99, AT)
        assert catalogs.pulse(conn).security_epoch == before + 1
        assert tokens.everyones(conn) == tokens.of_user(conn, 7) == [replace(token, id=id, revoked_at=AT)]
    assert token.is_live(AT) and not token.is_live(AT + SECOND) and not replace(token, revoked_at=AT).is_live(AT)


def test_a_key_is_reserved_once_and_answered_from_memory_for_a_day(database: Database) -> None:
    with database.write() as conn:
        assert idempotency.reserve(conn, "k", 1, "f", at=AT) is None
        assert idempotency.reserve(conn, "k", 2, "f", at=AT) is None
        running = idempotency.reserve(conn, "k", 1, "g", at=AT + SECOND)
        assert running is not None and (running.fingerprint, running.answer) == ("f", None)
        idempotency.finish(conn, "k", 1, [{"b": 1, "a": 2**70}])
        done = idempotency.reserve(conn, "k", 1, "f", at=AT + timedelta(hours=23))
        assert done == idempotency.StoredAnswer("f", [{"b": 1, "a": 2**70}], AT) and list(done.answer[0]) == ["b", "a"]
        assert idempotency.reserve(conn, "k", 1, "new", at=AT + timedelta(hours=24)) is None
        assert idempotency.purge(conn, AT + timedelta(hours=25)) == 1
        assert idempotency.reserve(conn, "k", 2, "h", at=AT) is None


def test_a_number_of_a_transaction_that_was_undone_is_given_again(database: Database) -> None:
    with database.write() as conn:
        assert [counters.next(conn, "a"), counters.next(conn, "a"), counters.next(conn, "b")] == [1, 2, 1]
    with pytest.raises(ZeroDivisionError), database.write() as conn:
        counters.next(conn, "a")
        1 / 0  # noqa: B018
    with database.write() as conn:
        assert counters.take(conn, "a", 3) == [3, 4, 5]
        counters.raise_to(conn, "a", 100)
        counters.raise_to(conn, "a", 50)
        counters.raise_to(conn, "c", 7)
        assert [counters.next(conn, "a"), counters.next(conn, "c")] == [101, 8]


def test_a_lease_has_one_holder_until_it_ends_or_is_given_back(database: Database) -> None:
    with database.write() as conn:
        assert leases.acquire(conn, "watch", "one", now=AT, seconds=10)
        assert not leases.acquire(conn, "watch", "other", now=AT + 9 * SECOND, seconds=10)
        assert leases.acquire(conn, "watch", "one", now=AT + 9 * SECOND, seconds=10)
        assert not leases.acquire(conn, "watch", "other", now=AT + 18 * SECOND, seconds=10)
        assert leases.acquire(conn, "watch", "other", now=AT + 19 * SECOND, seconds=10)
        leases.release(conn, "watch", "one")
        assert not leases.acquire(conn, "watch", "one", now=AT + 20 * SECOND, seconds=10)
        leases.release(conn, "watch", "other")
        assert leases.acquire(conn, "watch", "one", now=AT + 20 * SECOND, seconds=10)


def test_a_staged_file_is_claimed_by_one_record(database: Database) -> None:
    row = FileRow(
        id="u1", place="ab/x", name="a 中.png", type="image/png", size=3, sha256="00", staged_by=7, staged_at=AT
    )
    with database.write() as conn:
        files.stage(conn, row)
        files.stage(conn, replace(row, id="u2", staged_at=AT + SECOND))
        assert files.find(conn, "u1") == row and files.find(conn, "u9") is None and files.find_many(conn, []) == {}
        assert [one.id for one in files.staged_before(conn, AT + SECOND)] == ["u1"]
        assert files.claim(conn, ["u1"], record_type="order", record_id=5, field="photo") == 1
        assert files.claim(conn, ["u1", "u2"], record_type="order", record_id=6, field="photo") == 1
        assert files.claim(conn, [], record_type="order", record_id=6, field="photo") == 0
        assert files.of_record(conn, "order", 5) == [replace(row, record_type="order", record_id=5, field="photo")]
        assert not files.forget(conn, "u1") and files.staged_before(conn, AT + timedelta(days=9)) == []
        files.stage(conn, replace(row, id="u3"))
        assert files.forget(conn, "u3") and not files.forget(conn, "u3")
