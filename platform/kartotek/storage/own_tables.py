"""The definitions of Kartotek's own tables, numbered: what a released number says never changes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kartotek.kinds.kind import ColumnSpec
from kartotek.storage.dialect import Dialect
from kartotek.storage.layout import ID, INSTANT, JSON, TEXT
from kartotek.storage.own_tables_2 import PROCESSES
from kartotek.storage.own_tables_3 import INPUT
from kartotek.storage.own_tables_4 import CHANGES
from kartotek.storage.own_tables_5 import SAFETY

_FIRST = (
    """CREATE TABLE "kartotek__catalog" (
        "version" {integer} PRIMARY KEY, "documents" {wire} NOT NULL, "hash" {text} NOT NULL, "at" {instant} NOT NULL,
        "by" {integer} NOT NULL, "reason" {text} NOT NULL)""",
    """CREATE TABLE "kartotek__pulse" (
        "id" {integer} PRIMARY KEY, "catalog_version" {integer} NOT NULL, "security_epoch" {integer} NOT NULL)""",
    """INSERT INTO "kartotek__pulse" ("id", "catalog_version", "security_epoch") VALUES (1, 0, 0)""",
    """CREATE TABLE "kartotek__history" (
        "id" {identity}, "type" {text} NOT NULL, "record_id" {integer} NOT NULL, "version" {integer} NOT NULL,
        "action" {text} NOT NULL, "by" {integer} NOT NULL, "at" {instant} NOT NULL, "was" {wire}, "now" {wire})""",
    """CREATE INDEX "kartotek__history_record" ON "kartotek__history" ("type", "record_id", "id")""",
    """CREATE TABLE "user" (
        "id" {integer} PRIMARY KEY, "version" {integer} NOT NULL, "state" {text}, "created_at" {instant},
        "created_by" {integer}, "updated_at" {instant}, "updated_by" {integer}, "deleted_at" {instant},
        "deleted_group" {text}, "rest" {json}, "name" {text}, "username" {text}, "roles" {json}, "language" {text},
        "active" {boolean}, "epoch" {integer})""",
    """CREATE INDEX "kartotek__user_username" ON "user" ("username")""",
    """CREATE TABLE "kartotek__token" (
        "id" {identity}, "digest" {text} NOT NULL UNIQUE, "user_id" {integer} NOT NULL, "name" {text} NOT NULL,
        "created_at" {instant} NOT NULL, "created_by" {integer} NOT NULL, "expires_at" {instant},
        "revoked_at" {instant})""",
    """CREATE TABLE "kartotek__idempotency" (
        "actor_id" {integer} NOT NULL, "key" {text} NOT NULL, "fingerprint" {text} NOT NULL, "at" {instant} NOT NULL,
        "answer" {wire}, PRIMARY KEY ("actor_id", "key"))""",
    """CREATE INDEX "kartotek__idempotency_at" ON "kartotek__idempotency" ("at")""",
    """CREATE TABLE "kartotek__report" ("id" {integer} PRIMARY KEY, "entries" {wire} NOT NULL)""",
    """CREATE TABLE "kartotek__counter" ("name" {text} PRIMARY KEY, "last" {integer} NOT NULL)""",
    """CREATE TABLE "kartotek__lease" (
        "name" {text} PRIMARY KEY, "holder" {text} NOT NULL, "until" {instant} NOT NULL)""",
    """CREATE TABLE "kartotek__file" (
        "id" {text} PRIMARY KEY, "place" {text} NOT NULL, "name" {text} NOT NULL, "type" {text} NOT NULL,
        "size" {integer} NOT NULL, "sha256" {text} NOT NULL, "staged_by" {integer} NOT NULL,
        "staged_at" {instant} NOT NULL, "record_type" {text}, "record_id" {integer}, "field" {text})""",
    """CREATE INDEX "kartotek__file_staged" ON "kartotek__file" ("staged_at") WHERE "record_id" IS NULL""",
    """CREATE INDEX "kartotek__file_record" ON "kartotek__file" ("record_type", "record_id")""",
    """CREATE TABLE "kartotek__outbox" (
        "id" {identity}, "key" {text} NOT NULL UNIQUE, "channel" {text} NOT NULL, "payload" {wire} NOT NULL,
        "due" {instant} NOT NULL, "attempts" {integer} NOT NULL, "holder" {text}, "until" {instant},
        "done_at" {instant}, "error" {text})""",
    """CREATE INDEX "kartotek__outbox_due" ON "kartotek__outbox" ("due", "id") WHERE "done_at" IS NULL""",
    """CREATE TABLE "kartotek__timer" (
        "id" {identity}, "key" {text} NOT NULL UNIQUE, "type" {text} NOT NULL, "record_id" {integer} NOT NULL,
        "name" {text} NOT NULL, "payload" {wire} NOT NULL, "due" {instant} NOT NULL, "attempts" {integer} NOT NULL,
        "holder" {text}, "until" {instant}, "done_at" {instant}, "error" {text})""",
    """CREATE INDEX "kartotek__timer_due" ON "kartotek__timer" ("due", "id") WHERE "done_at" IS NULL""",
    """CREATE INDEX "kartotek__timer_record" ON "kartotek__timer" ("type", "record_id")""",
)

MIGRATIONS: Mapping[int, tuple[str, ...]] = MappingProxyType({1: _FIRST, 2: PROCESSES, 3: INPUT, 4: CHANGES, 5: SAFETY})
NEWEST = max(MIGRATIONS)


def statements(number: int, dialect: Dialect) -> tuple[str, ...]:
    """The statements of one migration in the words of the dialect."""
    types = {
        "integer": ID, "text": TEXT, "instant": INSTANT, "json": JSON, "boolean": ColumnSpec("boolean"),
    }
    words = {name: dialect.column_type(spec) for name, spec in types.items()}
    words |= {"identity": dialect.identity, "wire": dialect.wire_type}
    return tuple(statement.format_map(words) for statement in MIGRATIONS[number])
