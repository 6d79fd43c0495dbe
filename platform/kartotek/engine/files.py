"""Files: kept outside the database, sealed and under random names, staged for a day, then held by the record that names them."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from io import SEEK_END
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, Literal

from kartotek.engine.batchable import FILE_KINDS
from kartotek.engine.busy import reading_from, writing_to
from kartotek.engine.compiled import CompiledType
from kartotek.engine.envelopes import members_shown
from kartotek.engine.file_keys import FileKeys, held_by_person
from kartotek.engine.keyring import Keyring
from kartotek.engine.moment import Moment
from kartotek.engine.open_writing import Writing
from kartotek.engine.reading import find
from kartotek.engine.transaction import Once, keyed, transact
from kartotek.engine.visible import names_shown
from kartotek.errors import Invalid, NotFound
from kartotek.kinds.kind import Refused
from kartotek.kinds.media import HEAD, RASTER, UNKNOWN, accepts, may_show_inline, media_type
from kartotek.kinds.pictures import is_drawable, redrawn, thumbnail
from kartotek.model.actor import Actor
from kartotek.model.field import Field
from kartotek.model.problem import Problem, pointer, problem
from kartotek.model.record import Change, Record
from kartotek.model.view import TypeView
from kartotek.storage import files
from kartotek.storage.blobs import Blobs
from kartotek.storage.database import Database
from kartotek.storage.files import FileRow

STAGED_FOR = timedelta(hours=24)
Shape = Literal["whole", "small", "large"]
_DRAWN: Mapping[Shape, Callable[[bytes], bytes]] = MappingProxyType({"small": thumbnail, "large": redrawn})


@dataclass(frozen=True, slots=True)
class FileContent:
    """What a download gives; `stream` can be sought in, and whoever took it closes it."""

    stream: BinaryIO
    name: str
    type: str
    size: int


class Files:
    """The files of one site."""

    def __init__(self, database: Database, folder: Path, clock: Callable[[], datetime], ring: Keyring) -> None:
        self._database = database
        self._blobs = Blobs(folder)
        self._keys = FileKeys(ring)
        self._drawing = threading.Lock()  # a picture of many pixels takes much memory while it is drawn: one at a time
        self.clock = clock

    def stage(self, moment: Moment, stream: BinaryIO, *, name: str, once: Once | None) -> dict[str, Any]:
        """Keeps what the stream gives: {"id", "name", "type", "size"}. Raises TooLarge, Invalid."""
        limit = moment.compiled.catalog.settings.limits.file
        id = str(uuid.uuid4())
        key, kept = self._keys.fresh(id)
        blob = self._blobs.write(stream, limit=limit, key=key)
        with self._blobs.open(blob.place, key) as written:
            type = _type_of(written, name)
        row = FileRow(
            id=id, place=blob.place, name=_plain_name(name), type=type, size=blob.size,
            sha256=blob.sha256, staged_by=moment.actor.id, staged_at=moment.now, key=kept,
        )

        def attempt(_: Moment) -> Callable[[Writing], dict[str, Any]]:
            def work(writing: Writing) -> dict[str, Any]:
                files.stage(writing.conn, row)
                return _described(row)

            return work

        answer: dict[str, Any] = transact(self._database, lambda _: moment, keyed(once, attempt))
        if answer["id"] != row.id:
            self._blobs.remove(blob.place)
        return answer

    def staged(self, actor: Actor, file_id: str) -> dict[str, Any]:
        """A file that this actor staged and no record holds yet. Raises NotFound."""
        with reading_from(self._database) as conn:
            row = files.find_many(conn, [file_id]).get(file_id)
        if row is None or row.record_id is not None or row.staged_by != actor.id:
            raise NotFound("There is no such file.")
        return _described(row)

    def open(
        self, moment: Moment, conn: Any, record_type: str, id: int, *, file_id: str, shape: Shape = "whole"
    ) -> FileContent:
        """A file that a readable field of a readable record names now; smaller, pictures alone, drawn anew. Raises NotFound."""
        compiled, seen = moment.type(record_type)
        record = find(moment, conn, record_type, id)
        row = files.find_many(conn, [file_id]).get(file_id)
        field = next((one for one, ids in _shown(compiled, seen, record) if file_id in ids), None)
        if row is None or field is None or (row.record_type, row.record_id) != (record_type, id):
            raise NotFound("There is no such file.")
        if not names_shown(compiled, seen, record, moment.setting(conn), asked=[field.name]):
            raise NotFound("There is no such file.")
        moment.shows(record_type, id, [field.name])
        if shape != "whole":
            return self._drawn(conn, row, shape)
        return FileContent(self._opened(conn, row), row.name, row.type, row.size)

    def content(self, row: FileRow) -> BinaryIO:
        """What a file holds, for whoever has been let to all of it. Raises NotFound, Unreadable."""
        with reading_from(self._database) as conn:
            return self._opened(conn, row)

    def path(self, row: FileRow) -> Path:
        """Where the bytes of a file lie, sealed as they are. Raises NotFound."""
        return self._blobs.path(row.place)

    def _opened(self, conn: Any, row: FileRow) -> BinaryIO:
        return self._blobs.open(row.place, self._keys.key(conn, row.id, row.key))

    def add_names(self, moment: Moment, conn: Any, record_type: str, envelope: dict[str, Any]) -> None:
        """Puts {file id: name} under the envelope's titles, for each file field that it shows."""
        compiled = moment.compiled.type(record_type)
        for field in compiled.type.fields:
            wire = envelope["fields"].get(field.name)
            if field.kind in FILE_KINDS and wire:
                found = files.find_many(conn, [wire] if isinstance(wire, str) else wire)
                envelope.setdefault("titles", {})[field.name] = {id: row.name for id, row in found.items()}

    def purge(self) -> int:
        """Removes files that no record named within a day; answers how many. Writes."""
        with writing_to(self._database) as conn:
            old = files.staged_before(conn, self.clock() - STAGED_FOR)
            gone = [row for row in old if files.forget(conn, row.id)]
        for row in gone:
            self._blobs.remove(row.place)
        return len(gone)

    def seal(self) -> int:
        """Seals the files that lie open, as all did before files were sealed; answers how many. Writes."""
        count, after = 0, ""
        while True:
            with reading_from(self._database) as conn:
                rows = files.unsealed(conn, after=after)
            if not rows:
                return count
            count += sum(self._sealed(row) for row in rows)
            after = rows[-1].id

    def _sealed(self, row: FileRow) -> bool:
        key, kept = self._keys.fresh(row.id)
        try:
            with self._blobs.open(row.place, None) as stream:
                blob = self._blobs.write(stream, limit=row.size, key=key)
        except NotFound:  # it was missing before
            return False
        with writing_to(self._database) as conn:
            moved = files.sealed(conn, row.id, was=row.place, place=blob.place, key=kept)
        self._blobs.remove(row.place if moved else blob.place)
        return moved

    def _drawn(self, conn: Any, row: FileRow, shape: Shape) -> FileContent:
        if not may_show_inline(row.type):
            raise NotFound("There is no picture of this file.")
        try:
            with self._drawing:
                stream = self._blobs.derived(row.place, self._keys.key(conn, row.id, row.key), shape, _DRAWN[shape])
        except Refused as exc:
            raise NotFound("There is no picture of this file.") from exc
        size = stream.seek(0, SEEK_END)
        stream.seek(0)
        return FileContent(stream, f"{row.name.rpartition('.')[0] or row.name}.webp", "image/webp", size)


def claim_files(writing: Writing, compiled: CompiledType, change: Change) -> Callable[[int], None]:
    """Judges the files the change names anew; the answer, given the record's id, makes the record their holder.

    Raises Invalid: a file must have been staged by this actor and fit the field.
    """
    wanted = _new_files(compiled, change)
    rows = files.find_many(writing.conn, [id for _, id, _ in wanted]) if wanted else {}
    problems = [found for path, id, field in wanted if (found := _unfit(rows.get(id), field, path, writing)) is not None]
    if problems:
        raise Invalid(problems)

    def claim(record_id: int) -> None:
        for _, id, field in wanted:
            files.claim(writing.conn, [id], record_type=compiled.type.name, record_id=record_id, field=field.name)
        _hand_over(writing.conn, compiled, record_id, rows.values())

    return claim


def _hand_over(conn: Any, compiled: CompiledType, record_id: int, rows: Iterable[FileRow]) -> None:
    """Gives the keys of the files to the person whom the record is about."""
    held = FileKeys(conn.vault.ring)
    keys = {row.id: key for row in rows if (key := held.key(conn, row.id, row.key)) is not None}
    for id, kept in held_by_person(conn, compiled.layout, record_id, keys=keys).items():
        files.keep_key(conn, id, kept)


def _new_files(compiled: CompiledType, change: Change) -> list[tuple[str, str, Field]]:
    before = {id for _, ids in _held(compiled, change.before) for id in ids} if change.before else set()
    return [
        (pointer("fields", field.name), id, field)
        for field, ids in _held(compiled, change.after) for id in ids if id not in before
    ]


def _shown(compiled: CompiledType, seen: TypeView, record: Record) -> Iterable[tuple[Field, tuple[str, ...]]]:
    """The files of the record with the field of the record, a sub-table's own, that shows them to this reader."""
    for field in compiled.type.fields:
        # By identity: members of two sub-tables may be declared in the same words.
        mine = {id(one) for one in (field, *members_shown(seen, field))}
        yield field, tuple(file for one, ids in _held(compiled, record) if id(one) in mine for file in ids)


def _held(compiled: CompiledType, record: Record) -> Iterable[tuple[Field, tuple[str, ...]]]:
    for field in compiled.type.fields:
        value = record.values.get(field.name)
        if field.kind in FILE_KINDS and value:
            yield field, (value,) if isinstance(value, str) else tuple(value)
        elif field.kind == "rows":
            for row in value or ():
                yield from ((one, (row.values[one.name],)) for one in field.fields if one.kind in FILE_KINDS and row.values.get(one.name))


def _unfit(row: FileRow | None, field: Field, path: str, writing: Writing) -> Problem | None:
    moment = writing.moment
    mine = row is not None and row.record_id is None and (row.staged_by == moment.actor.id or moment.actor.via == "system")
    if row is None or not mine or row.staged_at < moment.now - STAGED_FOR:
        return problem(path, "no_file")
    settings: Mapping[str, Any] = field.settings
    if field.kind == "image" and not may_show_inline(row.type):
        return problem(path, "image")
    if not accepts(settings.get("accept", ()), row.type, row.name):
        return problem(path, "file_type")
    limit = settings.get("max_size")
    return problem(path, "file_size", limit=limit) if limit is not None and row.size > limit else None


def _type_of(stream: BinaryIO, name: str) -> str:
    """What the bytes say it is. A picture that cannot be drawn, or only with too much memory, is none."""
    found = media_type(stream.read(HEAD), name)
    stream.seek(0)
    return UNKNOWN if found in RASTER and not is_drawable(stream) else found


def _plain_name(name: str) -> str:
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(one for one in base if one.isprintable())[:200].strip() or "file"


def _described(row: FileRow) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "type": row.type, "size": row.size}
