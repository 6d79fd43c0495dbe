"""The second definition of Kartotek's own tables: what processes, time and messages need."""

from __future__ import annotations

_HISTORY = (
    'ALTER TABLE "kartotek__history" ADD COLUMN "state_was" {text}',
    'ALTER TABLE "kartotek__history" ADD COLUMN "state_now" {text}',
    'ALTER TABLE "kartotek__history" ADD COLUMN "transition" {text}',
    'ALTER TABLE "kartotek__history" ADD COLUMN "comment" {text}',
    'ALTER TABLE "kartotek__history" ADD COLUMN "note" {wire}',
)

# One row for each time that something is occupied, buffers included; and a row a key, by which writers take turns.
_OCCUPANCY = (
    """CREATE TABLE "kartotek__occupancy" (
        "id" {identity}, "space" {text} NOT NULL, "key" {text} NOT NULL, "start" {instant} NOT NULL,
        "end" {instant} NOT NULL, "weight" {integer} NOT NULL, "type" {text} NOT NULL, "record_id" {integer} NOT NULL,
        "name" {text} NOT NULL, "row_id" {integer})""",
    """CREATE INDEX "kartotek__occupancy_key" ON "kartotek__occupancy" ("space", "key", "end", "start")""",
    """CREATE INDEX "kartotek__occupancy_record" ON "kartotek__occupancy" ("type", "record_id")""",
    """CREATE TABLE "kartotek__occupied" ("space" {text} NOT NULL, "key" {text} NOT NULL, PRIMARY KEY ("space", "key"))""",
)

_TIME = (
    """CREATE TABLE "kartotek__clock" (
        "type" {text} NOT NULL, "record_id" {integer} NOT NULL, "name" {text} NOT NULL, "elapsed" {integer} NOT NULL,
        "since" {instant}, "reached" {integer} NOT NULL, PRIMARY KEY ("type", "record_id", "name"))""",
    """CREATE TABLE "kartotek__occasion" ("key" {text} PRIMARY KEY, "at" {instant} NOT NULL)""",
    # "meant_at" is when a timer would have been in time, where "due" is later; one with an error and done_at was given up.
    'ALTER TABLE "kartotek__timer" ADD COLUMN "meant_at" {instant}',
    'ALTER TABLE "kartotek__timer" ADD COLUMN "failures" {integer} NOT NULL DEFAULT 0',
    """CREATE INDEX "kartotek__timer_type" ON "kartotek__timer" ("type") WHERE "record_id" = 0 AND "done_at" IS NULL""",
    """CREATE INDEX "kartotek__timer_error" ON "kartotek__timer" ("id") WHERE "error" IS NOT NULL""",
    """CREATE INDEX "kartotek__timer_done" ON "kartotek__timer" ("done_at") WHERE "done_at" IS NOT NULL""",
)

# The outbox as of now: "log" tells what was decided about a message, "seen_at" when a worker first saw that it was due.
_MESSAGES = (
    """CREATE TABLE "kartotek__inbox" (
        "id" {identity}, "key" {text} NOT NULL UNIQUE, "user_id" {integer} NOT NULL, "payload" {wire} NOT NULL,
        "at" {instant} NOT NULL, "read_at" {instant})""",
    """CREATE INDEX "kartotek__inbox_user" ON "kartotek__inbox" ("user_id", "id")""",
    """CREATE INDEX "kartotek__inbox_unread" ON "kartotek__inbox" ("user_id") WHERE "read_at" IS NULL""",
    """ALTER TABLE "kartotek__outbox" ADD COLUMN "state" {text} NOT NULL DEFAULT 'waiting'""",
    'ALTER TABLE "kartotek__outbox" ADD COLUMN "meant_at" {instant}',
    'ALTER TABLE "kartotek__outbox" ADD COLUMN "seen_at" {instant}',
    'ALTER TABLE "kartotek__outbox" ADD COLUMN "log" {wire}',
    'ALTER TABLE "kartotek__outbox" ADD COLUMN "tries" {integer} NOT NULL DEFAULT 0',
    'DROP INDEX "kartotek__outbox_due"',
    """CREATE INDEX "kartotek__outbox_due" ON "kartotek__outbox" ("due", "id") WHERE "state" = 'waiting'""",
    """CREATE INDEX "kartotek__outbox_new" ON "kartotek__outbox" ("due")
        WHERE "state" = 'waiting' AND "seen_at" IS NULL""",
    """CREATE INDEX "kartotek__outbox_state" ON "kartotek__outbox" ("state", "id")""",
)

_LINKS = (
    """CREATE TABLE "kartotek__link" (
        "id" {identity}, "name" {text} NOT NULL, "type" {text} NOT NULL, "record_id" {integer} NOT NULL, "transition" {text} NOT NULL, "expires_at" {instant} NOT NULL,
        "uses" {integer} NOT NULL, "used" {integer} NOT NULL, "revoked_at" {instant}, "created_at" {instant} NOT NULL,
        "created_by" {integer} NOT NULL)""",
    """CREATE INDEX "kartotek__link_record" ON "kartotek__link" ("type", "record_id")""",
    """CREATE TABLE "kartotek__rate" (
        "name" {text} NOT NULL, "window" {integer} NOT NULL, "count" {integer} NOT NULL, PRIMARY KEY ("name", "window"))""",
)

_CONFLICTS = (
    """CREATE TABLE "kartotek__conflict" (
        "id" {identity}, "type" {text} NOT NULL, "record_id" {integer} NOT NULL, "validation" {text} NOT NULL,
        "since" {instant} NOT NULL, UNIQUE ("type", "record_id", "validation"))""",
)

# Until when the rollups over a window of time are right, as a whole (parent 0) and for parents counted since.
_WINDOWS = (
    """CREATE TABLE "kartotek__window" (
        "name" {text} NOT NULL, "parent_id" {integer} NOT NULL, "at" {instant} NOT NULL, PRIMARY KEY ("name", "parent_id"))""",
)

PROCESSES: tuple[str, ...] = (*_HISTORY, *_OCCUPANCY, *_TIME, *_MESSAGES, *_LINKS, *_CONFLICTS, *_WINDOWS)
