"""The fifth definition of Kartotek's own tables: what access, privacy and safety of data need."""

from __future__ import annotations

# The chain of what was done and by whom; which records an entry is about; its last entry, up to which it may be removed, and
# the key of its macs, sealed; how far the files were read in which every process notes what was looked at.
_AUDIT: tuple[str, ...] = (
    """CREATE TABLE "kartotek__audit" (
        "seq" {integer} PRIMARY KEY, "at" {instant} NOT NULL, "by" {integer} NOT NULL, "action" {text} NOT NULL,
        "content" {text} NOT NULL, "mac" {text} NOT NULL)""",
    """CREATE INDEX "kartotek__audit_at" ON "kartotek__audit" ("at")""",
    """CREATE INDEX "kartotek__audit_by" ON "kartotek__audit" ("by", "seq")""",
    """CREATE INDEX "kartotek__audit_action" ON "kartotek__audit" ("action", "seq")""",
    """CREATE TABLE "kartotek__audit_record" (
        "type" {text} NOT NULL, "record_id" {integer} NOT NULL, "seq" {integer} NOT NULL,
        PRIMARY KEY ("type", "record_id", "seq"))""",
    """CREATE INDEX "kartotek__audit_record_seq" ON "kartotek__audit_record" ("type", "seq")""",
    """CREATE TABLE "kartotek__audit_head" (
        "id" {integer} PRIMARY KEY, "seq" {integer} NOT NULL, "mac" {text} NOT NULL, "trimmed" {integer} NOT NULL,
        "key" {text})""",
    """INSERT INTO "kartotek__audit_head" ("id", "seq", "mac", "trimmed") VALUES (1, 0, '', 0)""",
    """CREATE TABLE "kartotek__audit_journal" (
        "name" {text} PRIMARY KEY, "bytes" {integer} NOT NULL, "mac" {text} NOT NULL)""",
)

# The keys that values of one person, or of one type, are encrypted with, themselves encrypted.
_KEYS: tuple[str, ...] = (
    """CREATE TABLE "kartotek__master" ("id" {text} PRIMARY KEY, "since" {instant} NOT NULL, "copied_at" {instant})""",
    # Of whom a key is: the stable number of a type, and the record for the key of one person, 0 for that of the type. What
    # was destroyed keeps its row without the key. Ids are drawn at random: one of an undone transaction never comes again.
    """CREATE TABLE "kartotek__key" (
        "id" {integer} PRIMARY KEY, "purpose" {text} NOT NULL, "type_id" {integer} NOT NULL, "record_id" {integer} NOT NULL,
        "master" {text} NOT NULL, "wrapped" {text}, "created_at" {instant} NOT NULL, "destroyed_at" {instant})""",
    """CREATE UNIQUE INDEX "kartotek__key_owner" ON "kartotek__key" ("purpose", "type_id", "record_id")
        WHERE "destroyed_at" IS NULL""",
)

# Records that somebody has opened for himself for a while, with the reason; values that somebody proposes.
_ACCESS: tuple[str, ...] = (
    """CREATE TABLE "kartotek__glass" (
        "id" {identity}, "type" {text} NOT NULL, "record_id" {integer} NOT NULL, "user_id" {integer} NOT NULL,
        "reason" {text} NOT NULL, "at" {instant} NOT NULL, "ends_at" {instant} NOT NULL)""",
    """CREATE INDEX "kartotek__glass_ends" ON "kartotek__glass" ("ends_at")""",
    """CREATE TABLE "kartotek__suggestion" (
        "id" {identity}, "key" {text} NOT NULL, "type" {text} NOT NULL, "record_id" {integer} NOT NULL, "fields" {json} NOT NULL,
        "sealed" {text} NOT NULL, "by" {integer} NOT NULL, "at" {instant} NOT NULL, "status" {text} NOT NULL,
        "decided_by" {integer}, "decided_at" {instant})""",
    """CREATE INDEX "kartotek__suggestion_open" ON "kartotek__suggestion" ("status", "type", "record_id")""",
)

# What people have agreed to, what may no longer be done with what is known of them, who was erased.
# Who was erased tells ids alone; a row without "done_at" has yet to be carried out in this database. "made_at" is when the
# record was made, since a restored database may give its number to another.
_PEOPLE: tuple[str, ...] = (
    """CREATE TABLE "kartotek__consent" (
        "id" {identity}, "type" {text} NOT NULL, "record_id" {integer} NOT NULL, "purpose" {text} NOT NULL,
        "given" {boolean} NOT NULL, "at" {instant} NOT NULL, "by" {integer} NOT NULL, "via" {text} NOT NULL,
        "said" {text} NOT NULL)""",
    """CREATE INDEX "kartotek__consent_record" ON "kartotek__consent" ("type", "record_id", "id")""",
    """CREATE TABLE "kartotek__restriction" (
        "type" {text} NOT NULL, "record_id" {integer} NOT NULL, "at" {instant} NOT NULL, "by" {integer} NOT NULL,
        "reason" {text} NOT NULL, "count" {integer} NOT NULL, PRIMARY KEY ("type", "record_id"))""",
    """CREATE TABLE "kartotek__erasure" (
        "id" {identity}, "type" {text} NOT NULL, "type_id" {integer} NOT NULL, "record_id" {integer} NOT NULL,
        "made_at" {instant}, "at" {instant} NOT NULL, "by" {integer} NOT NULL, "basis" {text} NOT NULL,
        "done_at" {instant}, "counts" {wire} NOT NULL)""",
    """CREATE UNIQUE INDEX "kartotek__erasure_record" ON "kartotek__erasure" ("type_id", "record_id", "at")""",
    # Of each type whose records end: what was declared when somebody last said that it may begin, and what was found and done.
    """CREATE TABLE "kartotek__retention" (
        "type" {text} PRIMARY KEY, "signature" {text} NOT NULL, "at" {instant} NOT NULL, "due" {integer} NOT NULL,
        "held" {integer} NOT NULL, "confirmed_at" {instant}, "confirmed_by" {integer}, "done" {integer} NOT NULL,
        "done_at" {instant})""",
)

# Backups that were made, tried and lost.
_BACKUPS: tuple[str, ...] = (
    """CREATE TABLE "kartotek__backup" (
        "id" {identity}, "kind" {text} NOT NULL, "due_at" {instant}, "begun_at" {instant} NOT NULL,
        "changed_at" {instant} NOT NULL, "state" {text} NOT NULL, "tries" {integer} NOT NULL, "name" {text} NOT NULL,
        "told" {wire} NOT NULL)""",
    """CREATE INDEX "kartotek__backup_state" ON "kartotek__backup" ("state", "id")""",
)

# The key of an uploaded file, itself encrypted; files that came before have none and lie open until they are sealed.
_FILES: tuple[str, ...] = ('ALTER TABLE "kartotek__file" ADD COLUMN "key" {text}',)

# What tokens are limited to, and when they were used last.
_TOKENS: tuple[str, ...] = (
    'ALTER TABLE "kartotek__token" ADD COLUMN "scope" {wire}',
    'ALTER TABLE "kartotek__token" ADD COLUMN "used_at" {instant}',
    # The types a token is limited to; with "" as field the whole type, else these fields of it alone.
    """CREATE TABLE "kartotek__token_limit" (
        "token_id" {integer} NOT NULL, "type" {text} NOT NULL, "field" {text} NOT NULL, PRIMARY KEY ("token_id", "type", "field"))""",
)

# What the token of an import was limited to: the background work goes on within the same limits.
_IMPORTS: tuple[str, ...] = ("""ALTER TABLE "kartotek__import" ADD COLUMN "scope" {text} NOT NULL DEFAULT ''""",)

SAFETY: tuple[str, ...] = (*_AUDIT, *_KEYS, *_ACCESS, *_PEOPLE, *_BACKUPS, *_FILES, *_TOKENS, *_IMPORTS)
