"""The command backups: what the page of backups tells, for terminals and for what watches over a server."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from kartotek.commands.terminal import OK, PROBLEMS, say, say_json, say_table
from kartotek.engine.backup_desk import BackupState
from kartotek.errors import SetupInvalid
from kartotek.model.actor import Actor
from kartotek.site import Site
from kartotek.storage.backups import BackupRow

_BY = Actor.system("command line")


def backups(options: argparse.Namespace) -> int:
    """Tells where the backups lie and how old the last good one is; exit status 1 where that is too old, lost or failed."""
    site = Site(options.site, database=options.database)
    try:
        if site.is_new:
            raise SetupInvalid(f"{site.folder} has never been started, so there is nothing to back up.")
        desk = site.engine.backup_desk
        for kind in (*(("hand",) if options.now else ()), *(("trial",) if options.try_last else ())):
            desk.ask(_BY, kind)
            site.engine.safekeeping.run_due()
        state = desk.state(_BY)
    finally:
        site.close()
    if options.format == "json":
        say_json(_wire(state))
    else:
        _tell(state)
    return PROBLEMS if state.warning or state.lost else OK


def _tell(state: BackupState) -> None:
    if state.last is None:
        say("There is no good backup yet.")
    else:
        trial: Mapping[str, Any] = state.last.told.get("trial") or {}
        came_back = f", restored on trial in {trial['seconds']:.1f} s" if trial.get("ok") else ""
        say(f"The last good one: {state.last.name}, {state.last.begun_at:%Y-%m-%d %H:%M:%S} UTC{came_back}.")
    if state.warning == "stale":
        say("It is older than it should be." if state.last else "There should be one by now.")
    elif state.warning == "failed":
        say(f"The last attempt failed: {next(one.told.get('error', '') for one in state.rows if one.state == 'failed')}")
    if state.lost:
        say("No folder holds it any longer.")
    say(f"The next one: {state.next_at:%Y-%m-%d %H:%M} UTC." if state.next_at else "None is made by itself.")
    rows = [(one.folder, one.presence, one.count, f"{one.newest:%Y-%m-%d %H:%M}" if one.newest else "-", one.error) for one in state.places]
    say_table(("folder", "there", "backups", "newest", ""), rows)


def _wire(state: BackupState) -> dict[str, Any]:
    return {
        "last": _row(state.last) if state.last else None, "warning": state.warning, "lost": state.lost, "next_at": state.next_at,
        "places": [
            {"name": one.name, "folder": one.folder, "presence": one.presence, "count": one.count, "newest": one.newest, "error": one.error}
            for one in state.places
        ],
        "done": [_row(one) for one in state.rows],
    }


def _row(one: BackupRow) -> dict[str, Any]:
    return {"name": one.name, "kind": one.kind, "state": one.state, "begun_at": one.begun_at, **one.told}
