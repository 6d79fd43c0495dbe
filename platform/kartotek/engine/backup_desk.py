"""Backup desk: what those who look after backups see of them and may ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from kartotek.engine.backup_copies import BackupCopies, used_places
from kartotek.engine.backup_places import BackupPlace
from kartotek.engine.transactions import Transactions
from kartotek.errors import Conflict, NotFound
from kartotek.model.actor import Actor
from kartotek.model.backups import BackupPlan
from kartotek.model.frozen import EMPTY
from kartotek.model.settings import SiteSettings
from kartotek.rules.abilities import able
from kartotek.rules.backup_times import is_stale, next_due
from kartotek.storage import backups as rows
from kartotek.storage.backups import BackupRow, Kind
from kartotek.storage.catalogs import first_at

_SHOWN = 30
Told = Literal["", "stale", "failed"]


@dataclass(frozen=True, slots=True)
class PlaceState:
    """One folder: `presence` as in backup_places.py, how many backups lie there, the newest of them, the bytes that have room."""

    name: str
    folder: str
    presence: str
    count: int
    newest: datetime | None
    free: int | None
    same_disk: bool
    error: str


@dataclass(frozen=True, slots=True)
class BackupState:
    """`last` is the last good one, `open` the one that is asked for or being made; `lost` that no folder holds `last` any longer."""

    plan: BackupPlan
    last: BackupRow | None
    warning: Told
    lost: bool
    next_at: datetime | None
    open: BackupRow | None
    places: Sequence[PlaceState]
    rows: Sequence[BackupRow]


class BackupDesk:
    """Safe to share by threads. To whoever has not the ability `backups` nothing of it exists."""

    def __init__(self, transactions: Transactions, copies: BackupCopies) -> None:
        self._transactions = transactions
        self._copies = copies

    def state(self, actor: Actor) -> BackupState:
        """All there is to see; looks at the folders. Raises NotFound."""
        settings, now = self._settings(actor), self._transactions.clock()
        plan, zone = settings.backups, ZoneInfo(settings.timezone)
        with self._transactions.reading() as conn:
            shown, used, open_ones = rows.newest(conn, limit=_SHOWN), used_places(conn), rows.open_ones(conn)
            last = next(iter(rows.newest(conn, state="good", trials=False)), None)
            first = first_at(conn)
        places = [self._place(one, used, shown) for one in self._copies.places(plan)]
        lost = last is not None and all(one.presence == "here" for one in places) and self._copies.lying(plan, last.name, last.told) is None
        warning = _warning(plan, now, last.begun_at if last else first, shown)
        return BackupState(plan, last, warning, lost, next_due(plan, zone, now), next(iter(open_ones), None), places, shown)

    def warning(self, actor: Actor) -> Told:
        """What is to be told on the first page, "" for nothing and to those whom it does not concern. Looks at no folder."""
        settings = self._transactions.catalogs.current().catalog.settings
        if not able(actor, settings, "backups") or settings.backups.rhythm is None:
            return ""
        with self._transactions.reading() as conn:
            last = next(iter(rows.newest(conn, state="good", trials=False)), None)
            since = last.begun_at if last else first_at(conn)
            return _warning(settings.backups, self._transactions.clock(), since, rows.newest(conn, limit=3))

    def ask(self, actor: Actor, kind: Kind) -> int:
        """Asks for a backup ("hand") or a trial of the newest, which the background work does in a moment. Raises NotFound, Conflict, Busy."""
        self._settings(actor)
        with self._transactions.writing() as conn:
            if any(one.kind == kind for one in rows.open_ones(conn)):
                raise Conflict("That is being done already.")
            return rows.add(conn, now=self._transactions.clock(), kind=kind, state="waiting", told={"by": actor.name})

    def adopt(self, actor: Actor, name: str) -> None:
        """Goes on with a folder that does not bear the mark of the one that was used before. Raises NotFound, SetupInvalid."""
        for place in self._copies.places(self._settings(actor).backups):
            if place.name == name and place.presence(used=True) == "strange":
                place.adopt()
                return
        raise NotFound("There is no such folder.")

    def _place(self, place: BackupPlace, used: frozenset[str], shown: Sequence[BackupRow]) -> PlaceState:
        made = place.made()
        told = next((found for one in shown if (found := one.told.get("places", EMPTY).get(place.name))), EMPTY)
        return PlaceState(
            place.name, str(place.folder), place.presence(used=place.name in used), len(made), max(made, default=None),
            place.free, self._copies.beside_data(place), told.get("error", ""),
        )

    def _settings(self, actor: Actor) -> SiteSettings:
        settings = self._transactions.catalogs.current().catalog.settings
        if not able(actor, settings, "backups"):
            raise NotFound("There is no such page.")
        return settings


def _warning(plan: BackupPlan, now: datetime, since: datetime | None, shown: Sequence[BackupRow]) -> Told:
    if since is not None and is_stale(plan, now, since):
        return "stale"
    ended = next((one for one in shown if one.state in ("good", "kept", "failed")), None)
    return "failed" if ended is not None and ended.state == "failed" else ""
