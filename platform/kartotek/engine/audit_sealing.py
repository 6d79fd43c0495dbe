"""Audit sealing: the lines that processes have noted go on into the chain, each once, whatever happens meanwhile."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from kartotek.engine.audit_chain import next_link, row_said, sealed
from kartotek.engine.audit_journal import ENDING, finished, lines_after
from kartotek.engine.busy import reading_from, writing_to
from kartotek.model.actor import Actor
from kartotek.model.audit import AuditEntry, AuditHead
from kartotek.storage import audit
from kartotek.storage.audit import Link
from kartotek.storage.connection import Connection
from kartotek.storage.database import Database

_AT_ONCE = 500
_ACTOR = Actor.system("audit")


def seal(database: Database, folder: Path, key: bytes) -> int:
    """How many lines went on into the chain. Files that are finished are removed then. Raises Busy."""
    count = 0
    for path in sorted(folder.glob(f"*{ENDING}")):
        with suppress(FileNotFoundError):  # another process was faster
            ended = finished(path)  # looked at before it is read: nothing is written to it after
            while taken := _some(database, path, key):
                count += taken
            if ended:
                _remove(database, path)
    return count


def unsealed(folder: Path, key: bytes, places: Mapping[str, tuple[int, str]]) -> tuple[int, list[str]]:
    """(how many lines have yet to go on into the chain, the names of files that somebody else has changed)."""
    waiting, damaged = 0, []
    for path in sorted(folder.glob(f"*{ENDING}")):
        with suppress(FileNotFoundError):
            lines, changed = lines_after(path, key, *places.get(path.name, (0, "")))
            waiting += len(lines)
            damaged += [path.name] if changed else []
    return waiting, damaged


def _some(database: Database, path: Path, key: bytes) -> int:
    with reading_from(database) as conn:
        start, _ = audit.journal_place(conn, path.name)
    if path.stat().st_size == start:
        return 0
    with writing_to(database) as conn:
        head = audit.held_head(conn)  # first: only one reads a file at a time
        start, mac = audit.journal_place(conn, path.name)
        lines, changed = lines_after(path, key, start, mac)
        if lines:
            return _append(conn, head, path, lines[:_AT_ONCE], key=key)
        if changed:
            _tell(conn, head, path, key=key)
        return int(changed)


def _append(
    conn: Connection, head: AuditHead, path: Path, lines: Sequence[tuple[str, int, str]], *, key: bytes
) -> int:
    links: list[Link] = []
    about: list[tuple[int, str, int]] = []
    for content, _, _ in lines:
        links.append(sealed(key, head, content))
        head = AuditHead(links[-1].seq, links[-1].mac)
        about += [(head.seq, *one) for one in row_said(head.seq, json.loads(content)).entry.about]
    audit.append(conn, links, about)
    audit.move_journal(conn, path.name, *lines[-1][1:])
    return len(lines)


def _tell(conn: Connection, head: AuditHead, path: Path, *, key: bytes) -> None:
    """Says in the chain that somebody changed a line of a file, or cut it off, and goes on behind that."""
    start, _ = audit.journal_place(conn, path.name)
    entry = AuditEntry("journal_damaged", body={"journal": path.name, "byte": start})
    audit.append(conn, [next_link(key, head, _ACTOR, entry, at=datetime.now(UTC))], [])
    text = path.read_bytes()
    end = text.find(b"\n", start) + 1 or len(text)
    last = text[:end].splitlines()[-1].split(b" ", 1)[0].decode("ascii", "replace") if text else ""
    audit.move_journal(conn, path.name, end, last)


def _remove(database: Database, path: Path) -> None:
    with writing_to(database) as conn:
        path.unlink(missing_ok=True)  # before its place is forgotten: it would be read again
        audit.forget_journal(conn, path.name)
