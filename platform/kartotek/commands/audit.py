"""Commands about the audit: whether it is whole, what stands in it, and its last entry."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from kartotek.commands.accounts import opened
from kartotek.commands.terminal import OK, PROBLEMS, say, say_json
from kartotek.engine.audit_heads import Anchor, anchors_in
from kartotek.engine.audit_told import Told
from kartotek.engine.backup_reading import opened as opened_backup
from kartotek.errors import KartotekError, SetupInvalid
from kartotek.model.audit import AuditQuery
from kartotek.model.backups import HERE
from kartotek.site import Site


def verify(options: argparse.Namespace) -> int:
    """Whether nothing was edited, put in, moved, removed or cut off. Exit status 1 where something was."""
    with opened(options) as site:
        anchors = [*_given(options), *_of_backups(site)]
        verdict = site.engine.audit.verify(anchors)
    if options.format == "json":
        told = {"ok": verdict.is_whole, "entries": verdict.entries, "seq": verdict.head.seq, "mac": verdict.head.mac}
        say_json({**told, "faults": [asdict(one) for one in verdict.faults], "notes": verdict.notes})
        return OK if verdict.is_whole else PROBLEMS
    for fault in verdict.faults:
        say(fault.sentence)
    for note in verdict.notes:
        say(f"({note})")
    newest = max(verdict.matched, key=lambda one: one.seq, default=None)
    known = f"; {newest.where} knows entry {newest.seq}" if newest else ""
    word = "ok" if verdict.is_whole else "NOT WHOLE, looked at"
    say(f"{word} to entry {verdict.head.seq}, head {verdict.head.mac or 'none'}{known}")
    return OK if verdict.is_whole else PROBLEMS


def show(options: argparse.Namespace) -> int:
    """The newest entries, newest first, in words or as JSON."""
    record_type, _, id = options.record.partition("/")
    if id and not id.isdecimal():
        raise SetupInvalid(f"'{options.record}' is not a record: write it like person/12, or the type alone.")
    with opened(options) as site:
        site.engine.audit.seal()
        query = AuditQuery(
            by=site.users.get(options.user).id if options.user else None, actions=tuple(options.action), types=(record_type,) if record_type else (),
            record_id=int(id) if id else None, since=options.since, until=options.until, limit=options.limit,
        )
        rows, told = site.engine.audit.entries(query), Told(site.engine.catalog(), _names(site))
    if options.format == "json":
        say_json([told.wire(one) for one in rows])
        return OK
    for one in rows:
        say(f"{one.seq:>8}  {one.at.isoformat(timespec='seconds')}  {told.sentence(one)}")
    return OK


def head(options: argparse.Namespace) -> int:
    """The last entry as one line, to be kept elsewhere and given to verify."""
    with opened(options) as site:
        site.engine.audit.seal()
        say(site.engine.audit.head_text())
    return OK


def _names(site: Site) -> dict[int, str]:
    return {one.id: one.name for one in site.engine.users.everyone()}


def _given(options: argparse.Namespace) -> Iterable[Anchor]:
    for line in options.head:
        found = anchors_in(line, "the head that was given")
        if not found:
            raise SetupInvalid(f"'{line}' is not a head: give a line as 'kartotek audit head' prints it.")
        yield from found
    for path in options.heads:
        try:
            yield from anchors_in(Path(path).read_text(encoding="utf-8", errors="replace"), str(path))
        except OSError as error:
            raise SetupInvalid(f"{path} cannot be read: {error.strerror}.") from error


def _of_backups(site: Site) -> Iterable[Anchor]:
    """The heads that the backups in the site's folders know; one that cannot be read is no matter of the audit."""
    folders = (site.folder / one for one in (HERE, *site.engine.catalog().settings.backups.to))
    for path in sorted({path for folder in folders for path in folder.glob("*.kartotek")}):
        with suppress(KartotekError, OSError), opened_backup(path, site.keys) as reader:
            yield from anchors_in(str(reader.head.get("audit", "")), f"the backup {path.name}")
