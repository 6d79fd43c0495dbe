"""Kartotek's own tables bring themselves up to date, after a backup, and refuse what is newer."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import psycopg
import pytest

from kartotek.errors import SetupInvalid
from kartotek.storage import catalogs, ddl, own, own_tables
from kartotek.storage.database import Database


def test_preparing_again_changes_nothing(database: Database) -> None:
    told: list[str] = []
    database.listeners.append(told.append)
    own.prepare(database)
    assert len(told) == 2


def test_processes_that_start_together_prepare_once(database_url: str) -> None:
    databases = [Database.open(database_url) for _ in range(4)]
    failures: list[BaseException] = []

    def prepare(database: Database) -> None:
        try:
            own.prepare(database)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=prepare, args=(database,)) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with databases[0].read() as conn:
        pulse = catalogs.pulse(conn)
    for database in databases:
        database.close()
    assert failures == [] and pulse == catalogs.Pulse(0, 0)


def test_data_of_a_newer_version_is_refused_in_one_sentence(database: Database) -> None:
    with database.write() as conn:
        conn.run('UPDATE "kartotek__schema" SET "number" = 99')
    with pytest.raises(SetupInvalid, match="newer Kartotek") as caught:
        own.prepare(database)
    assert "\n" not in caught.value.sentence


def test_existing_data_is_backed_up_before_it_is_migrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "records.db"
    database = Database.open(f"sqlite:///{path}")
    own.prepare(database)
    newer = own_tables.NEWEST + 1
    monkeypatch.setattr(
        own_tables, "MIGRATIONS", {**own_tables.MIGRATIONS, newer: ('CREATE TABLE "kartotek__new" ("a" {integer})',)}
    )
    monkeypatch.setattr(own_tables, "NEWEST", newer)
    own.prepare(database)
    with database.read() as conn:
        assert ddl.column_names(conn, "kartotek__new") == {"a"}
        assert conn.rows('SELECT "number" FROM "kartotek__schema"') == [(newer,)]
    database.close()
    with sqlite3.connect(f"{path}.before-{newer}") as copy:
        assert copy.execute('SELECT "number" FROM "kartotek__schema"').fetchall() == [(newer - 1,)]
    copy.close()


def test_a_migration_that_fails_leaves_all_as_it_was(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = own_tables.NEWEST + 1
    broken = ('CREATE TABLE "kartotek__new" ("a" {integer})', "CREATE NONSENSE")
    monkeypatch.setattr(own_tables, "MIGRATIONS", {**own_tables.MIGRATIONS, newer: broken})
    monkeypatch.setattr(own_tables, "NEWEST", newer)
    with pytest.raises(database.dialect.errors):
        own.prepare(database)
    with database.read() as conn:
        assert ddl.column_names(conn, "kartotek__new") == set()
        assert conn.rows('SELECT "number" FROM "kartotek__schema"') == [(newer - 1,)]


def test_a_postgresql_database_that_cannot_hold_all_texts_is_refused(postgres_url: str) -> None:
    name = "latin_" + postgres_url.rpartition("?")[0].rpartition("/")[2]
    with psycopg.connect(postgres_url, autocommit=True) as conn:
        made = f"CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"
        conn.execute(made)  # type: ignore[call-overload]
    head, _, tail = postgres_url.partition("?")
    database = Database.open(f"{head.rpartition('/')[0]}/{name}?{tail}")
    with pytest.raises(SetupInvalid, match="UTF8"):
        own.prepare(database)
    database.close()


def test_a_new_sqlite_file_is_the_owners_alone(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/records.db")
    own.prepare(database)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    database.close()
    assert set(modes.values()) == {0o600} and {"records.db", "records.db.lock", "records.db-wal"} <= set(modes)
