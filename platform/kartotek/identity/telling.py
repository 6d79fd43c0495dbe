"""Telling: what happened to an account, put into the audit before it counts."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import replace
from types import MappingProxyType

from kartotek.engine.engine import Engine
from kartotek.identity.trail import Event
from kartotek.model.actor import Actor, Origin
from kartotek.model.audit import AuditAction, AuditEntry

# Where what is done at this moment came from; whoever answers requests sets it at the beginning of each.
ORIGIN: ContextVar[Origin | None] = ContextVar("kartotek_origin", default=None)
_NOBODY = -1
_ACTIONS: Mapping[str, AuditAction] = MappingProxyType({
    "added": "user_created", "invited": "user_invited", "changed": "user_changed", "disabled": "user_disabled", "enabled": "user_enabled",
    "password": "password_set", "joined": "password_set", "link": "password_reset", "signed_out": "session_ended",
    "session_ended": "session_ended", "step_on": "second_factor_set", "step_off": "second_factor_removed", "codes": "second_factor_set",
})  # fmt: skip


def tell(engine: Engine, event: Event) -> None:
    """Notes the event. Raises Busy where it cannot be noted: then it must not count either."""
    who = engine.users.actor(event.by_id) if event.by_id is not None else None
    actor = who or Actor.system("command line" if event.by_id is None else "page")
    note(engine, actor, AuditEntry(_ACTIONS[event.action], "user", event.user_id, tuple(sorted(event.detail)), {"what": event.action}))


def note(engine: Engine, actor: Actor, entry: AuditEntry) -> None:
    """Notes what somebody did, with where it came from. Raises Busy."""
    engine.audit.note(_from_here(actor), entry)


def refused(engine: Engine, user_id: int | None) -> None:
    """Notes that somebody was turned away at the door, who gave the name of this user, or nobody's."""
    nobody = Actor(id=user_id if user_id is not None else _NOBODY, name="", via="page")
    engine.audit.refused(_from_here(nobody), AuditEntry("sign_in_failed", "user", user_id))


def _from_here(actor: Actor) -> Actor:
    return replace(actor, origin=ORIGIN.get() or actor.origin)
