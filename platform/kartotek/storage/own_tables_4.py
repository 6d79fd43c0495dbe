"""The fourth definition of Kartotek's own tables: what changing a live system needs."""

from __future__ import annotations

# Of each applied catalog: the stable numbers of its types, fields and states, what it did in words, what old records may break.
_CATALOG: tuple[str, ...] = (
    'ALTER TABLE "kartotek__catalog" ADD COLUMN "ids" {wire}',
    'ALTER TABLE "kartotek__catalog" ADD COLUMN "steps" {wire}',
    'ALTER TABLE "kartotek__catalog" ADD COLUMN "ratcheted" {wire}',
)

# A change that is being prepared, and those that were: what is wanted, what was told about it, how far it has come (for
# people in "progress", for the preparation itself in "state"), how it ended.
_CHANGES: tuple[str, ...] = (
    """CREATE TABLE "kartotek__change" (
        "id" {identity}, "hash" {text} NOT NULL, "base" {integer} NOT NULL, "documents" {wire} NOT NULL,
        "answers" {wire} NOT NULL, "status" {text} NOT NULL, "steps" {wire} NOT NULL, "progress" {wire} NOT NULL,
        "state" {wire} NOT NULL, "error" {wire} NOT NULL, "reason" {text} NOT NULL, "by" {integer} NOT NULL,
        "at" {instant} NOT NULL, "changed_at" {instant} NOT NULL, "version" {integer}, "backup" {text} NOT NULL)""",
)

# What was removed and can still be brought back: where it was, where it is now, until when; values that no column held.
_KEPT: tuple[str, ...] = (
    """CREATE TABLE "kartotek__kept" (
        "id" {identity}, "version" {integer} NOT NULL, "type" {text} NOT NULL, "path" {wire} NOT NULL,
        "stable_id" {integer} NOT NULL, "declared" {wire} NOT NULL, "places" {wire} NOT NULL, "records" {integer} NOT NULL,
        "since" {instant} NOT NULL, "until" {instant} NOT NULL)""",
    """CREATE INDEX "kartotek__kept_type" ON "kartotek__kept" ("type")""",
    """CREATE TABLE "kartotek__kept_value" (
        "kept_id" {integer} NOT NULL, "record_id" {integer} NOT NULL, "row_id" {integer} NOT NULL, "name" {text} NOT NULL,
        "value" {wire} NOT NULL, PRIMARY KEY ("kept_id", "record_id", "row_id", "name"))""",
    # Names that history up to a row knows a field by: rows that came later know it by the new name.
    """CREATE TABLE "kartotek__rename" (
        "id" {identity}, "version" {integer} NOT NULL, "history_id" {integer} NOT NULL, "type" {text} NOT NULL,
        "old" {wire} NOT NULL, "new" {wire} NOT NULL)""",
    """CREATE INDEX "kartotek__rename_type" ON "kartotek__rename" ("type", "history_id")""",
)

# Records that break a rule which is younger than they are; they stay as they are until somebody changes that very field.
_BREACHES: tuple[str, ...] = (
    """CREATE TABLE "kartotek__breach" (
        "type" {text} NOT NULL, "record_id" {integer} NOT NULL, "name" {text} NOT NULL, "code" {text} NOT NULL,
        "since" {instant} NOT NULL, PRIMARY KEY ("type", "name", "record_id"))""",
    """CREATE INDEX "kartotek__breach_record" ON "kartotek__breach" ("type", "record_id")""",
)

CHANGES: tuple[str, ...] = (*_CATALOG, *_CHANGES, *_KEPT, *_BREACHES)
