"""Export of a person: all records about her as JSON, with their past and their files, in one archive."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from kartotek.engine.envelopes import instant
from kartotek.engine.files import Files
from kartotek.engine.moment import Moment
from kartotek.engine.people_consents import told as consents_told
from kartotek.engine.people_graph import belonging, person, stored_of
from kartotek.engine.people_restrictions import told as restriction_told
from kartotek.errors import NotFound
from kartotek.storage import consents, files, history, restrictions
from kartotek.storage.files import FileRow
from kartotek.storage.sealed_history import opened as opened_rows

_FORMAT = 1
_MOST = 100_000
_LONGEST = 8


@dataclass(frozen=True, slots=True)
class PersonExport:
    """`documents` is {name in the archive: plain JSON}, `held` the files, `counts` {type: how many records}."""

    name: str
    documents: Mapping[str, Any]
    held: Sequence[FileRow]
    counts: Mapping[str, int]
    files: Files

    def write(self, stream: BinaryIO) -> None:
        """Writes the archive. A file that is missing is named in `missing.json`."""
        missing: list[str] = []
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, document in self.documents.items():
                archive.writestr(name, json.dumps(document, ensure_ascii=False, indent=2, default=str))
            for row in self.held:
                try:
                    content = self.files.content(row)
                except NotFound:
                    missing.append(row.id)
                    continue
                with content as source, archive.open(f"files/{row.id}{_ending(row.name)}", "w") as target:
                    shutil.copyfileobj(source, target)
            if missing:
                archive.writestr("missing.json", json.dumps(missing))


def exported(moment: Moment, conn: Any, held: Files, of: tuple[str, int]) -> PersonExport:
    """What is known of a person. Raises NotFound."""
    root = person(moment, conn, *of)
    documents: dict[str, Any] = {}
    rows: list[FileRow] = []
    counts: dict[str, int] = {}
    for name, ids in sorted(belonging(moment.compiled, conn, {of[0]: [of[1]]}).items()):
        documents[f"records/{name}.json"] = [_record(moment, conn, name, id) for id in sorted(ids)]
        rows += [row for id in sorted(ids) for row in files.of_record(conn, name, id)]
        counts[name] = len(ids)
    found = restrictions.find(conn, *of)
    documents["person.json"] = {
        "format": _FORMAT, "type": of[0], "id": of[1], "at": instant(moment.now), "records": counts,
        "purposes": consents_told(moment, consents.of_person(conn, *of)),
        "restriction": restriction_told(found) if found is not None else None,
        "files": [{"id": row.id, "name": row.name, "type": row.type, "size": row.size, "record": [row.record_type, row.record_id]} for row in rows],
    }
    return PersonExport(f"{of[0]}-{root.id}.zip", documents, rows, counts, held)


def _record(moment: Moment, conn: Any, name: str, id: int) -> dict[str, Any]:
    compiled = moment.compiled.type(name)
    stored = stored_of(compiled, conn, [id]).get(id)
    if stored is None:
        return {"id": id}
    record = compiled.codec.record(stored)
    hidden = {one.name for one in compiled.type.fields if one.write_only}
    past = history.of_record(conn, name, id, limit=_MOST)
    return {
        "id": id, "version": record.version, "state": record.state, "created_at": instant(record.created_at) if record.created_at else None,
        "updated_at": instant(record.updated_at) if record.updated_at else None,
        "deleted_at": instant(record.deleted_at) if record.deleted_at else None,
        "fields": {field: value for field, value in compiled.codec.wire(record.values).items() if field not in hidden},
        "history": [
            {
                "version": row.version, "action": row.action, "at": instant(row.at), "by": row.by, "transition": row.transition,
                "comment": row.comment, "was": _shown(row.was, hidden), "now": _shown(row.now, hidden),
            }
            for row in opened_rows(conn, compiled.layout, past)
        ],
    }


def _shown(side: Mapping[str, Any], hidden: set[str]) -> dict[str, Any]:
    return {name: value for name, value in side.items() if name not in hidden}


def _ending(name: str) -> str:
    ending = name.rpartition(".")[2]
    return f".{ending.lower()}" if "." in name and ending.isalnum() and len(ending) < _LONGEST else ""
