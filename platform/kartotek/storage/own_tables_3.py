"""The third definition of Kartotek's own tables: what the search index and imports need."""

from __future__ import annotations

# Of each type that is searched: what its index is made of, and up to which record it is complete.
_SEARCH: tuple[str, ...] = (
    """CREATE TABLE "kartotek__search" (
        "type" {text} PRIMARY KEY, "signature" {text} NOT NULL, "through" {integer} NOT NULL)""",
)

_IMPORTS = (
    """CREATE TABLE "kartotek__import" (
        "id" {identity}, "type" {text} NOT NULL, "name" {text} NOT NULL, "by" {integer} NOT NULL, "at" {instant} NOT NULL,
        "changed_at" {instant} NOT NULL, "status" {text} NOT NULL, "options" {wire} NOT NULL, "summary" {wire} NOT NULL,
        "counts" {wire} NOT NULL, "error" {wire} NOT NULL, "catalog_version" {integer} NOT NULL,
        "position" {integer} NOT NULL)""",
    """CREATE TABLE "kartotek__import_row" (
        "import_id" {integer} NOT NULL, "row" {integer} NOT NULL, "action" {text} NOT NULL, "record_id" {integer},
        "version" {integer}, "problems" {wire} NOT NULL, PRIMARY KEY ("import_id", "row"))""",
)

INPUT: tuple[str, ...] = (*_SEARCH, *_IMPORTS)
