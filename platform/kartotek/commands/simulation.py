"""Simulation: a workflow run in a temporary database by the real engine, with a clock that jumps; the site's data is not touched."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kartotek.engine.engine import Engine
from kartotek.engine.users import MirroredUser
from kartotek.errors import DeclarationInvalid, KartotekError, NotFound, SetupInvalid
from kartotek.model.actor import Actor
from kartotek.sample import Loading, load_sample
from kartotek.storage.database import Database

_BY = Actor.system("simulation")
_MOST = 10_000  # timers in one jump: something that sets itself anew for ever comes to an end


@dataclass(frozen=True, slots=True)
class Event:
    """A transition with the fields of its dialog, fields to edit where `name` is "", or a jump of the clock."""

    name: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    jump: timedelta | None = None


@dataclass
class Clock:
    """What the engine takes for the present."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Start:
    """With what a simulation begins. `roles` are those of whoever acts, `sample` the folders of the sample records."""

    documents: Mapping[str, str]
    now: datetime
    roles: frozenset[str]
    language: str
    sample: Sequence[Path] = ()


@contextmanager
def simulation(start: Start, record_type: str) -> Iterator[Simulation]:
    """A simulation; all that it made goes away afterwards."""
    with tempfile.TemporaryDirectory(prefix="kartotek-simulation-") as folder:
        clock = Clock(start.now)
        database = Database.open(f"sqlite:///{folder}/records.db")
        engine = Engine(database, files=Path(folder) / "files", secret=secrets.token_bytes(32), clock=clock)
        try:
            report = engine.apply_documents(start.documents, by=_BY, reason="simulation")
            if not report.applied:
                raise DeclarationInvalid("The declarations have mistakes.", problems=report.problems)
            if start.sample:
                load_sample(engine, *start.sample)
            yield Simulation(engine, clock, start, record_type)
        finally:
            engine.close()


class Simulation:
    """One record and what becomes of it. Each step is plain JSON."""

    def __init__(self, engine: Engine, clock: Clock, start: Start, record_type: str) -> None:
        self._engine, self._clock, self._type = engine, clock, record_type
        self.zone = ZoneInfo(engine.catalog().settings.timezone)
        self._actor = Actor(id=1, name="Simulation", roles=start.roles, language=start.language, via="cli")
        self._names = self._people(start)
        self._loading = Loading(clock.now.astimezone(self.zone).date(), self.zone)
        self._id = 0
        self._among_others = bool(start.sample)  # messages about sample records are not this one's
        self._told, self._sent = 0, self._newest_message()

    def _people(self, start: Start) -> dict[int, str]:
        """{id: name} of the users: whoever acts, and one for each role, for messages to go to."""
        names = {1: "whoever acts"}
        self._engine.users.mirror(MirroredUser(id=1, username="simulation", name="Simulation", roles=start.roles))
        for id, role in enumerate(self._engine.catalog().settings.roles, 2):
            names[id] = role.name
            self._engine.users.mirror(MirroredUser(id=id, username=role.name, name=role.name, roles=frozenset({role.name})))
        return names

    def create(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The step that makes the record; an object in the place of a reference makes the record it refers to first."""
        problems: list[dict[str, Any]] = []
        # Who takes a record further need not be allowed to make one: then somebody else has made it.
        by = self._actor if self._may_create() else _BY
        try:
            wire = self._with_related(self._type, fields)
            self._id = int(self._engine.create(by, self._type, wire)["id"])
        except KartotekError as error:
            problems = _problems(error)
        self._settle()
        return self._step("create", problems) | {"by_others": by is _BY}

    def _may_create(self) -> bool:
        try:
            return self._engine.sight(self._actor, self._type).create
        except NotFound:
            return False

    def run(self, event: Event) -> list[dict[str, Any]]:
        """The steps of one event: of a jump one for each moment at which something happens by itself, and its end."""
        if event.jump is not None:
            return self._jump(self._clock.now + event.jump)
        problems: list[dict[str, Any]] = []
        try:
            fields = self._with_related(self._type, event.fields)
            if event.name:
                self._engine.processes.run(self._actor, self._type, self._id, event.name, fields=fields, comment="Simulated.")
            else:
                self._engine.update(self._actor, self._type, self._id, fields)
        except KartotekError as error:
            problems = _problems(error)
        self._settle()
        return [self._step(event.name or "edit", problems)]

    def _jump(self, end: datetime) -> list[dict[str, Any]]:
        steps = []
        for _ in range(_MOST):
            due = self._due()
            if due is None or due > end:
                break
            self._clock.now = max(due, self._clock.now)
            self._settle()
            step = self._step("", [])
            if step["happened"] or step["messages"]:
                steps.append(step)
        else:
            raise SetupInvalid(f"More than {_MOST} timers ran: does one set itself anew for ever?")
        self._clock.now = end
        return [*steps, self._step("clock", [])]

    def _due(self) -> datetime | None:
        found = self._engine.timers.waiting(_BY, limit=1).items
        return datetime.fromisoformat(found[0]["due"]) if found else None

    def _settle(self) -> None:
        """Does what is due at this moment, and what that makes due."""
        self._engine.timers.arrange()
        for _ in range(_MOST):
            if not self._engine.timers.run_due(seconds=60):
                return

    def _step(self, event: str, problems: list[dict[str, Any]]) -> dict[str, Any]:
        happened, messages = self._happened(), self._messages()
        if not self._id:
            return {"at": self._at(), "event": event, "state": None, "problems": problems, "happened": [], "messages": []}
        record = self._engine.get(_BY, self._type, self._id)
        return {
            "at": self._at(), "event": event, "state": record.get("state"), "version": record["version"],
            "problems": problems, "happened": happened, "messages": messages,
            "transitions": self._engine.processes.transitions(self._actor, self._type, self._id),
            "due": self._engine.timers.upcoming(_BY, self._type, self._id), "fields": record["fields"],
        }

    def _happened(self) -> list[dict[str, Any]]:
        """The new rows of the record's history, the oldest first."""
        if not self._id:
            return []
        rows = [one for one in self._engine.history(_BY, self._type, self._id).items if one["id"] > self._told]
        self._told = max([self._told, *(one["id"] for one in rows)])
        kept = ("action", "transition", "state_was", "state_now", "changes", "by")
        return [{name: one[name] for name in kept if name in one} for one in reversed(rows)]

    def _messages(self) -> list[dict[str, Any]]:
        """What went into the outbox since the last step, as it would be sent now."""
        rows = [one for one in self._engine.outbox.listing(_BY).items if one["id"] > self._sent]
        self._sent = max([self._sent, *(one["id"] for one in rows)])
        if self._among_others:
            own = {"type": self._type, "id": self._id}
            rows = [one for one in rows if own.items() <= one["record"].items()]
        kept = ("kind", "template", "channel", "to", "event", "endpoint")
        shown = [(one, self._engine.outbox.show(_BY, one["id"])["preview"]) for one in reversed(rows)]
        return [
            {name: one[name] for name in kept if name in one} | {"name": self._name(one.get("to")), "preview": preview}
            for one, preview in shown
        ]

    def _name(self, to: Mapping[str, Any] | None) -> str:
        if to is None:
            return ""
        return self._names.get(to["user"], "somebody") if "user" in to else f"{to['type']} {to['id']}"

    def _newest_message(self) -> int:
        return max((one["id"] for one in self._engine.outbox.listing(_BY, limit=1).items), default=0)

    def _with_related(self, record_type: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        declared = self._engine.catalog().types[record_type].by_name
        found: dict[str, Any] = {}
        for name, value in fields.items():
            known = declared.get(name)
            if known is not None and known.reference is not None:
                found[name] = self._related(known.reference.target, value)
            elif known is not None and known.kind == "rows" and isinstance(value, list):
                targets = {one.name: one.reference.target for one in known.fields if one.reference is not None}
                found[name] = [self._row(row, targets) for row in value]
            else:
                found[name] = self._loading.resolved(value)
        return found

    def _row(self, row: Any, targets: Mapping[str, str]) -> Any:
        if not isinstance(row, dict):
            return row
        return {
            name: self._related(targets[name], value) if name in targets else self._loading.resolved(value)
            for name, value in row.items()
        }

    def _related(self, target: str, value: Any) -> Any:
        if isinstance(value, list):
            return [self._related(target, one) for one in value]
        if not isinstance(value, Mapping):
            return value
        return self._engine.create(_BY, target, self._with_related(target, value))["id"]

    def _at(self) -> str:
        return self._clock.now.astimezone(self.zone).isoformat()


def _problems(error: KartotekError) -> list[dict[str, Any]]:
    found = [one.wire() for one in error.problems]
    return found or [{"path": "", "code": error.code, "message": error.sentence, "params": {}}]
