"""Transactions: what readers see, who waits for whom, and what a fork, an error or a lost server does to them."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from kartotek.errors import SetupInvalid
from kartotek.storage import own
from kartotek.storage.database import Collision, Database
from kartotek.storage.faults import Violation
from kartotek.storage.gate import Gate

TABLE = 'CREATE TABLE "t" ("id" INTEGER PRIMARY KEY, "n" INTEGER)'


@pytest.fixture
def table(database: Database) -> Database:
    with database.write() as conn:
        conn.run(TABLE)
        conn.run('INSERT INTO "t" VALUES (1, 0)')
    return database


def n(database: Database) -> int:
    with database.read() as conn:
        return int(conn.rows('SELECT "n" FROM "t" WHERE "id" = ?', (1,))[0][0])


def test_an_exception_undoes_the_whole_block(table: Database) -> None:
    with pytest.raises(ZeroDivisionError), table.write() as conn:
        conn.run('UPDATE "t" SET "n" = 5')
        1 / 0  # noqa: B018
    assert n(table) == 0


def test_a_reader_is_not_blocked_by_a_writer_and_sees_the_last_commit(table: Database) -> None:
    with table.write() as conn:
        conn.run('UPDATE "t" SET "n" = 5')
        assert n(table) == 0
    assert n(table) == 5


def test_the_statements_of_one_read_see_one_moment(table: Database) -> None:
    with table.read() as reader:
        before = reader.rows('SELECT "n" FROM "t"')
        with table.write() as writer:
            writer.run('UPDATE "t" SET "n" = 9')
        assert reader.rows('SELECT "n" FROM "t"') == before == [(0,)]
    assert n(table) == 9


def test_a_write_inside_a_write_of_one_thread_is_refused(table: Database) -> None:
    with table.write(), pytest.raises(RuntimeError, match="writing already"), table.write():
        pass
    with table.write() as conn:
        conn.run('UPDATE "t" SET "n" = 1')
    assert n(table) == 1


def test_a_savepoint_is_undone_alone(table: Database) -> None:
    with table.write() as conn:
        conn.run('UPDATE "t" SET "n" = 1')
        for _ in range(2):
            with pytest.raises(Violation) as caught, conn.savepoint():
                conn.run('UPDATE "t" SET "n" = 2')
                conn.run('INSERT INTO "t" VALUES (1, 7)')
            assert caught.value.kind == "unique"
        with conn.savepoint(), conn.savepoint():
            conn.run('UPDATE "t" SET "n" = "n" + 10')
    assert n(table) == 11


def test_threads_that_write_do_not_lose_each_others_work(table: Database) -> None:
    def write() -> None:
        for _ in range(25):
            with table.write() as conn:
                conn.run('UPDATE "t" SET "n" = "n" + 1')
            n(table)

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert n(table) == 150


def test_a_forked_child_uses_connections_of_its_own(table: Database) -> None:
    n(table)  # leaves an idle connection, which the child inherits
    children = [os.fork() for _ in range(1)]
    if children == [0]:
        try:
            for _ in range(20):
                with table.write() as conn:
                    conn.run('UPDATE "t" SET "n" = "n" + 1')
            os._exit(0 if n(table) >= 20 else 1)
        finally:
            os._exit(2)
    for _ in range(20):
        with table.write() as conn:
            conn.run('UPDATE "t" SET "n" = "n" + 1')
    assert [os.waitpid(child, 0)[1] for child in children] == [0]
    assert n(table) == 40


def test_listeners_are_told_statements_but_not_transactions(table: Database) -> None:
    told: list[str] = []
    table.listeners.append(told.append)
    with table.write() as conn, conn.savepoint():
        conn.run_many('UPDATE "t" SET "n" = ?', [(1,), (2,)])
    assert n(table) == 2
    assert told == ['UPDATE "t" SET "n" = ?', 'SELECT "n" FROM "t" WHERE "id" = ?']


def test_percent_signs_and_odd_texts_pass_unchanged(database: Database) -> None:
    odd = "100% of '?' \\ %s \u4e2d\U0001f600\n"
    with database.read() as conn:
        assert conn.rows("SELECT CAST(? AS TEXT), '%s %%'", (odd,)) == [(odd, "%s %%")]


@pytest.mark.parametrize(
    "function, text, expected",
    [
        ("kartotek_lower", "ÅÉİ李", "ÅÉİ李".lower()),
        ("kartotek_upper", "straße", "STRASSE"),
        ("kartotek_fold", "Straße ΣΑΣ", "strasse σασ"),
    ],
)
def test_text_functions_know_all_of_unicode(database: Database, function: str, text: str, expected: str) -> None:
    with database.read() as conn:
        assert conn.rows(f"SELECT {function}(CAST(? AS TEXT)), {function}(NULL)", (text,)) == [(expected, None)]


def test_a_deadlock_is_a_collision_and_the_other_goes_on(postgres_url: str) -> None:
    database = Database.open(postgres_url)
    with database.write() as conn:
        conn.run(TABLE)
        conn.run_many('INSERT INTO "t" VALUES (?, 0)', [(1,), (2,)])
    met, outcomes = threading.Barrier(2), []

    def write(first: int, second: int) -> None:
        try:
            with database.write() as conn:
                conn.run('UPDATE "t" SET "n" = 1 WHERE "id" = ?', (first,))
                met.wait(10)
                conn.run('UPDATE "t" SET "n" = 1 WHERE "id" = ?', (second,))
            outcomes.append("done")
        except Collision:
            outcomes.append("collision")

    threads = [threading.Thread(target=write, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    database.close()
    assert sorted(outcomes) == ["collision", "done"]


def test_a_server_that_went_away_is_a_collision_and_the_next_try_succeeds(postgres_url: str) -> None:
    database = Database.open(postgres_url)
    with database.read() as one, database.read():
        pid = one.rows("SELECT pg_backend_pid()")[0][0]
    other = Database.open(postgres_url)
    with other.read() as conn:
        conn.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    other.close()
    assert pid
    with pytest.raises(Collision), database.read() as conn:
        conn.rows("SELECT 1")
    with database.read() as conn:
        assert conn.rows("SELECT 1") == [(1,)]
    database.close()


def test_a_gate_that_stays_shut_is_a_collision(tmp_path: Path) -> None:
    held, other = Gate(tmp_path / "lock", 5), Gate(tmp_path / "lock", 0.05)
    with held.passed():
        with pytest.raises(Collision), other.passed():
            pass
    with other.passed():
        pass
    held.close()
    other.close()


@pytest.mark.parametrize(
    "url",
    [
        "mysql://x/y",
        "records.db",
        "postgresql://nobody@127.0.0.1:1/none",
        "postgresql://x?nonsense=1",
        "sqlite:////dev/null/x.db",
    ],
)
def test_a_database_that_cannot_be_reached_is_said_so(url: str) -> None:
    with pytest.raises(SetupInvalid) as caught:
        Database.open(url)
    assert caught.value.sentence


def test_sqlite_is_opened_as_durable_as_it_can_be(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/a folder/records.db")
    own.prepare(database)
    with database.write() as conn:
        pragmas = [
            conn.rows(f"PRAGMA {name}")[0][0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    database.close()
    assert pragmas == ["wal", 2, 1, 10000]
