"""Rolling back: an earlier version of the declarations, into the files and into service."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from kartotek.declaration.differences import three_way
from kartotek.declaration.folder import own
from kartotek.declaration.files import POLICIES
from kartotek.declaration.load import load
from kartotek.engine.plan_making import Told
from kartotek.engine.plans import Documents, Plans
from kartotek.engine.proposals import Proposals
from kartotek.engine.transaction import Once
from kartotek.engine.transactions import Transactions
from kartotek.model.actor import Actor
from kartotek.model.audit import AuditEntry
from kartotek.model.plan import Plan
from kartotek.model.versions import RunningChange

Texts = Mapping[str, str | None]


@dataclass(frozen=True)
class _Way:
    """`files` are to be written where `seen` stands now; `documents` are then the whole site's."""

    files: Texts
    seen: Texts
    documents: Documents


class Rollbacks:
    """Safe to share by threads; for owners alone. What was edited and not applied is never overwritten.

    Every method raises NotFound for a version that there never was, Conflict where what the site extends is another than
    it was then.
    """

    def __init__(self, transactions: Transactions, plans: Plans, proposals: Proposals) -> None:
        self._transactions = transactions
        self._plans = plans
        self._proposals = proposals

    def plan(self, actor: Actor, version: int, *, sql: bool = False, progress: Told | None = None) -> Plan:
        """What would happen, and what would be lost."""
        return self._plans.plan(actor, self._way(actor, version).documents, sql=sql, progress=progress)

    def apply(
        self, actor: Actor, version: int, *, hash: str, confirm: Collection[str] = (), reason: str = "",
        progress: Told | None = None,
    ) -> RunningChange:
        """Writes the files and puts them into service; both, or neither.

        Raises Conflict with code file_changed where a file to be written has edits that were never applied, and what
        `Plans.apply` raises.
        """
        way, why = self._way(actor, version), reason or _reason(version)

        def do(_: Documents) -> RunningChange:
            return self._plans.apply(actor, way.documents, hash=hash, confirm=confirm, reason=why, progress=progress)

        self._transactions.audit.note(actor, AuditEntry("rollback", body={"version": version}))
        return self._proposals.put(actor, way.files, way.seen, do)

    def accept(
        self, actor: Actor, version: int, *, hash: str, confirm: Collection[str] = (), reason: str = "", once: Once | None = None
    ) -> RunningChange:
        """Writes the files, and leaves the rest to the background work. Raises as `apply` does."""
        way, why = self._way(actor, version), reason or _reason(version)

        def do(_: Documents) -> RunningChange:
            return self._plans.accept(actor, way.documents, hash=hash, confirm=confirm, reason=why, once=once)

        self._transactions.audit.note(actor, AuditEntry("rollback", body={"version": version}))
        return self._proposals.put(actor, way.files, way.seen, do)

    def _way(self, actor: Actor, version: int) -> _Way:
        then = self._plans.documents_of(actor, version)
        now = self._transactions.catalogs.current(fresh=True).catalog.documents
        there = self._proposals.files(actor)
        # What the site demands of rights is no part of a version: it holds for those that come back as well.
        then = {name: text for name, text in then.items() if name != POLICIES} | {name: there[name] for name in (POLICIES,) if name in there}
        files: dict[str, str | None] = {}
        seen: dict[str, str | None] = {}
        for name in sorted(own({**now, **then})):
            if then.get(name) != there.get(name):
                files[name], seen[name] = _restored(now.get(name), there.get(name), then.get(name))
        documents = {name: text for name, text in {**then, **files}.items() if text is not None}
        if _meaning(documents) != _meaning(then):  # the edits that were not applied say something
            return _Way({name: then.get(name) for name in files}, {name: now.get(name) for name in files}, then)
        return _Way(files, seen, documents)


def _reason(version: int) -> str:
    return f"Back to version {version}."


def _restored(now: str | None, there: str | None, then: str | None) -> tuple[str | None, str | None]:
    """(what is to be written, what is seen there now): comments and layout of the folder stay where they can."""
    if now is None or there is None or then is None or there == now:
        return then, now
    merged = three_way(now, there, then).merged
    return (then, now) if merged is None else (merged, there)


def _meaning(documents: Documents) -> str:
    catalog = load(documents, notes=False).catalog
    return catalog.hash if catalog is not None else ""
