"""What Kartotek's own tables say of types goes by their new names, whatever names are swapped."""

from __future__ import annotations

from typing import Any

from kartotek.migration.order import in_order
from kartotek.migration.type_names import rename_types
from kartotek.storage.database import Database
from kartotek.storage.layout import JSON

PAYLOAD = {"type": "a", "id": 1, "template": "a", "to": {"type": "b", "id": 2}, "event": "a"}


def test_names_go_round_in_circles_without_meeting() -> None:
    names = {"a": "b", "b": "c", "c": "a", "d": "e", "e": "f", "x": "x"}
    there = {name: name for name in names}
    for now, then in in_order(names):
        assert then not in there
        there[then] = there.pop(now)
    assert {was: name for name, was in there.items()} == names


def test_swapped_types_keep_what_is_theirs(database: Database) -> None:
    with database.write() as conn:
        for name in ("a", "b", "aa"):
            conn.run('INSERT INTO "kartotek__counter" ("name", "last") VALUES (?, 1)', (f"{name}.number.2026",))
            conn.run('INSERT INTO "kartotek__search" ("type", "signature", "through") VALUES (?, ?, 0)', (name, f"of {name}"))
        conn.run(
            'INSERT INTO "kartotek__inbox" ("key", "user_id", "payload", "at") VALUES (?, 1, ?, ?)',
            ("k", conn.dialect.encode(JSON, PAYLOAD), _now(conn)),
        )
        rename_types(conn, {"a": "b", "b": "a", "aa": "aa"})
        assert sorted(conn.rows('SELECT "name" FROM "kartotek__counter"')) == [("a.number.2026",), ("aa.number.2026",), ("b.number.2026",)]
        assert dict(conn.rows('SELECT "type", "signature" FROM "kartotek__search"')) == {"b": "of a", "a": "of b", "aa": "of aa"}
        told = conn.dialect.decoder(JSON)(conn.rows('SELECT "payload" FROM "kartotek__inbox"')[0][0])
    assert told == {**PAYLOAD, "type": "b", "to": {"type": "a", "id": 2}}


def _now(conn: Any) -> Any:
    return 0 if conn.dialect.name == "sqlite" else "2026-01-01T00:00:00Z"
