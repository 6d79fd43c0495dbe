"""Moment: one actor's use of the engine, with the catalog and the time pinned for its whole length."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from kartotek.engine.compiled import Compiled, CompiledType
from kartotek.engine.related import Reached
from kartotek.engine.sightings import Seen
from kartotek.errors import NotFound
from kartotek.model.actor import Actor
from kartotek.model.catalog import Action
from kartotek.model.record import Record
from kartotek.model.view import TypeView, View
from kartotek.rules.access import may
from kartotek.rules.decide import allows
from kartotek.rules.derive import lived
from kartotek.rules.setting import Setting
from kartotek.rules.environment import environment


@dataclass(frozen=True)
class Moment:
    """`now` is in UTC. `seen` gathers what is shown of sensitive fields, for the audit."""

    actor: Actor
    compiled: Compiled
    now: datetime
    seen: Seen = field(default_factory=Seen, compare=False)

    @cached_property
    def env(self) -> Mapping[str, Any]:
        """The names formulas find, without a record; `now` carries the site's zone."""
        zone = self.compiled.catalog.settings.timezone
        return environment(self.actor, self.now.astimezone(ZoneInfo(zone)), zone)

    @property
    def view(self) -> View:
        """What the actor may read."""
        return self.compiled.view(self.actor)

    def type(self, name: str) -> tuple[CompiledType, TypeView]:
        """The type and what the actor may read of it. Raises NotFound where it is hidden."""
        compiled, seen = self.compiled.type(name), self.view.of(name)
        if not seen.rows:
            raise NotFound("There is no such record type.")
        return compiled, seen

    def shows(self, record_type: str, id: int, names: Iterable[str]) -> None:
        """Takes note that these fields of a record are shown, for the audit, which the sensitive ones are for."""
        sensitive = self.compiled.sensitive.get(record_type)
        if sensitive and id > 0:
            found = tuple(one for one in names if one in sensitive)
            if found:
                self.seen.add(record_type, found, (id,))

    def may(self, record_type: str, action: Action) -> bool:
        """Whether the actor may do this to some record of the type."""
        return bool(may(self.actor, self.compiled.type(record_type).type, action))

    def setting(self, conn: Any, *, lock: bool = False, beside: Reached | None = None) -> Setting:
        """Where a decision within this connection is taken; `beside` another actor's in the same transaction."""

        def sees(record: Record) -> bool:
            rules = self.compiled.type(record.type).rules
            return allows(rules, self.view.of(record.type).rows, (record, None), setting)

        def lives(record: Record) -> Record:
            return lived(self.compiled.type(record.type).rules, record, setting)

        related = beside.beside(sees, lives) if beside else Reached(conn, self.compiled, sees, lives, lock=lock)
        setting = Setting(self.actor, self.now, self.env, related)
        return setting
