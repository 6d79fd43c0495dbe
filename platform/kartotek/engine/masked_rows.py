"""Masked rows: what a masked copy holds in the place of each row, table by table."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from kartotek.engine.batchable import FILE_KINDS
from kartotek.engine.compiled import CompiledType
from kartotek.engine.file_keys import FileKeys
from kartotek.engine.masking import Masks
from kartotek.errors import NotFound
from kartotek.kinds.placeholders import placeholder
from kartotek.model.field import Field
from kartotek.model.naming import row_path
from kartotek.storage import transfer
from kartotek.storage.blobs import Blobs
from kartotek.storage.connection import Connection
from kartotek.storage.dialect import json_text
from kartotek.storage.layout import PartLayout
from kartotek.storage.loading import load_many
from kartotek.storage.referring import ids_after
from kartotek.storage.sealed_history import is_sealed
from kartotek.storage.stored import Stored
from kartotek.storage.transfer import Row, Table

_BATCH = 500
_PLACEHOLDER = 1 << 20
# The copy is for others than these were made for; and what is due when, and who is taken when, is worked out again.
_NOTHING = frozenset({
    "kartotek__token", "kartotek__token_limit", "kartotek__link", "kartotek__inbox", "kartotek__timer", "kartotek__occupancy", "kartotek__occupied",
    "kartotek__master", "kartotek__key", "kartotek__glass", "kartotek__suggestion",
})  # fmt: skip
_REASON = "A masked copy."

Named = dict[str, Any]  # {column: value} of one row


@dataclass(frozen=True, slots=True)
class Shelf:
    """The files of a site, and what opens them."""

    blobs: Blobs
    keys: FileKeys


class MaskedRows:
    """`shelves` are the files of the site and of its copy."""

    def __init__(self, masks: Masks, conn: Connection, shelves: tuple[Shelf, Shelf]) -> None:
        self._masks, self._conn = masks, conn
        self._from, self._to = shelves
        self._changes: Mapping[str, Callable[[Named], Named | None]] = {
            "kartotek__history": self._history, "kartotek__file": self._file, "kartotek__catalog": self._catalog,
            "user": self._user, "kartotek__restriction": lambda row: {**row, "reason": self._masks.text(row["reason"])},
        }

    def own(self, table: Table) -> Iterator[list[Row]]:
        """The rows of one of Kartotek's own tables."""
        if table.name in _NOTHING:
            return
        change = self._changes.get(table.name)
        for rows in transfer.read(self._conn, table):
            if change is not None:
                found = [change(dict(zip(table.names, row, strict=True))) for row in rows]
                rows = [tuple(one[name] for name in table.names) for one in found if one is not None]
            yield rows

    def of_type(self, compiled: CompiledType) -> Iterator[list[list[Row]]]:
        """Batches of records: for each of the type's tables its rows."""
        last = 0
        while ids := ids_after(self._conn, compiled.layout, last, _BATCH):
            found = load_many(self._conn, compiled.layout, ids).values()
            records = [_without_secrets(compiled, self._masks.stored(compiled, one)) for one in found]
            main, *parts = transfer.of_type(compiled.layout)
            layouts = [*compiled.layout.rows.values(), *compiled.layout.joins.values()]
            yield [
                [_record(main, one) for one in records],
                *([row for one in records for row in _part(table, part, one)] for table, part in zip(parts, layouts, strict=True)),
            ]
            last = ids[-1]

    def _history(self, row: Named) -> Named | None:
        """Without what was said freely, and without types that are no more, of which nobody says what is personal."""
        if row["type"] not in self._masks.catalog.types:
            return None
        was, now = (self._side(row, name) for name in ("was", "now"))
        comment = self._masks.text(row["comment"]) if row["comment"] else row["comment"]
        return {**row, "was": was, "now": now, "comment": comment, "note": None}

    def _side(self, row: Named, name: str) -> str | None:
        if row[name] is None:
            return None
        told = {field: value for field, value in json.loads(row[name]).items() if not is_sealed(value)}
        return json_text(self._masks.values(row["type"], row["record_id"], told))

    def _catalog(self, row: Named) -> Named | None:
        """The one that is applied; what the others were changed for is told with examples."""
        return {**row, "reason": _REASON, "steps": None} if row["version"] == self._masks.catalog.version else None

    def _user(self, row: Named) -> Named:
        return {**row, "name": f"User {row['id']}", "username": f"user{row['id']}", "rest": None}

    def _file(self, row: Named) -> Named | None:
        """A file that a field holds which is not personal stays; one that no record holds yet is nobody's."""
        if row["record_type"] not in self._masks.catalog.types:
            return None
        if self._is_open(row["record_type"], row["field"]):
            return self._same_file(row)
        content, media, ending = placeholder(row["type"])
        return {**row, "name": f"file{ending}", "type": media, **self._kept(row["id"], io.BytesIO(content), _PLACEHOLDER)}

    def _same_file(self, row: Named) -> Named | None:
        try:
            stream = self._from.blobs.open(row["place"], self._from.keys.key(self._conn, row["id"], row["key"]))
        except NotFound:
            return row  # it was missing before
        with stream:
            return {**row, **self._kept(row["id"], stream, row["size"])}

    def _kept(self, id: str, stream: BinaryIO, limit: int) -> Named:
        key, kept = self._to.keys.fresh(id)
        blob = self._to.blobs.write(stream, limit=limit, key=key)
        return {"place": blob.place, "size": blob.size, "sha256": blob.sha256, "key": kept}

    def _is_open(self, record_type: str, name: str) -> bool:
        """Whether all fields of this name that hold files, in the record and in its tables, are for everybody's eyes."""
        held = [key for key in _file_fields(record_type, self._masks.catalog.types[record_type].fields) if key[1] == name]
        return bool(held) and not any(key in self._masks.personal for key in held)


def _without_secrets(compiled: CompiledType, stored: Stored) -> Stored:
    """The record without what is encrypted, which is nobody else's."""
    secret = {one.name for one in compiled.layout.columns if one.spec.type in ("sealed", "blind")}
    return replace(stored, columns={name: value for name, value in stored.columns.items() if name not in secret}) if secret else stored


def _file_fields(owner: str, fields: Sequence[Field]) -> Iterator[tuple[str, str]]:
    for one in fields:
        if one.kind in FILE_KINDS:
            yield owner, one.name
        yield from _file_fields(row_path(owner, one.name), one.fields)


def _record(table: Table, stored: Stored) -> Row:
    system: Named = {
        "id": stored.id, "version": stored.version, "state": stored.state, "created_at": stored.created_at,
        "created_by": stored.created_by, "updated_at": stored.updated_at, "updated_by": stored.updated_by,
        "deleted_at": stored.deleted_at, "deleted_group": stored.deleted_group, "rest": dict(stored.rest) or None,
    }  # fmt: skip
    return _row(table, {**stored.columns, **system})


def _part(table: Table, part: PartLayout, stored: Stored) -> Iterator[Row]:
    for at, target in enumerate(stored.links.get(part.field, ())):
        yield _row(table, {"parent_id": stored.id, "position": at, "target_id": target})
    for at, row in enumerate(stored.rows.get(part.field, ())):
        yield _row(table, {**row.columns, "parent_id": stored.id, "position": at, "id": row.id, "rest": dict(row.rest) or None})


def _row(table: Table, values: Named) -> Row:
    return tuple(
        json_text(value) if value is not None and one.spec.type in ("json", "wire") else value
        for one in table.columns for value in (values.get(one.name),)
    )
