"""Audit: what was done and looked at, by whom; names of fields and numbers of records, never their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from kartotek.model.actor import Origin, Via
from kartotek.model.frozen import empty

AuditAction = Literal[
    # people at the door
    "sign_in", "sign_in_failed", "sign_out", "session_ended", "second_factor_set", "second_factor_removed", "denied",
    # records
    "create", "update", "delete", "restore", "transition", "skipped", "migration", "read", "export", "break_glass",
    "suggestion_made", "suggestion_accepted", "suggestion_refused", "suggestion_withdrawn",
    "import_started", "import_undone", "link_revoked",
    # what the site is
    "apply", "rollback", "proposal", "kept_removed",
    # who may do what
    "user_created", "user_changed", "user_disabled", "user_enabled", "user_invited", "password_set", "password_reset",
    "token_created", "token_revoked", "role_changed",
    # people whom the records are about
    "consent_given", "consent_withdrawn", "person_exported", "person_erased", "restricted", "restriction_lifted",
    "records_ended",
    # keys, backups, and the audit itself
    "key_rotated", "key_destroyed", "value_damaged", "backup_made", "backup_failed", "backup_tried", "backup_restored",
    "site_copied", "head_sent", "audit_trimmed", "audit_looked_at", "journal_damaged",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class AuditPlan:
    """For how many days entries stay, 0 for good; which endpoint is told the last of them each day, if any."""

    days: int = 0
    endpoint: str = ""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that was done. `fields` are names; `body` is plain JSON that tells more, without any value of a record.

    `also` are further (type, id) that it is about, by which it is found as well.
    """

    action: AuditAction
    type: str = ""
    record_id: int | None = None
    fields: tuple[str, ...] = ()
    body: Mapping[str, Any] = field(default_factory=empty)
    also: tuple[tuple[str, int], ...] = ()

    @property
    def about(self) -> tuple[tuple[str, int], ...]:
        """(type, id) of all the records that it is about, each once."""
        own = ((self.type, self.record_id),) if self.record_id is not None else ()
        return tuple(dict.fromkeys((*own, *self.also)))


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An entry as it stands in the chain. `name` tells which part of the background work did it, where nobody did."""

    seq: int
    at: datetime
    by: int
    name: str
    via: Via
    origin: Origin
    entry: AuditEntry


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The last entry of the chain; 0 and "" before the first."""

    seq: int = 0
    mac: str = ""


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """What is asked of the audit; all that is given must hold. `before` is the number of the last entry already seen.

    `types` are all the names that a type has had: an entry calls it as it was called then.
    """

    by: int | None = None
    actions: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    record_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    limit: int = 50
