"""Audit desk: what holders of the ability `audit` are shown of it; for all others there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kartotek.engine.audit import Audit
from kartotek.engine.audit_told import Told
from kartotek.engine.catalogs import Catalogs
from kartotek.engine.users import Users
from kartotek.model.actor import Actor
from kartotek.model.audit import AuditQuery
from kartotek.model.query import Page


class AuditDesk:
    """Safe to share by threads."""

    def __init__(self, audit: Audit, catalogs: Catalogs, users: Users) -> None:
        self._audit, self._catalogs, self._users = audit, catalogs, users

    def page(self, actor: Actor, query: AuditQuery, *, translate: Callable[[str], str] = str) -> Page:
        """The newest entries that answer the question, newest first, each with a sentence. Raises NotFound, Busy.

        What was looked at a moment ago is among them.
        """
        self._users.granting.refuse_unable(actor, "audit")
        self._audit.looked(actor)
        self._audit.seal()
        catalog = self._catalogs.current().catalog
        types = [alias for name in query.types for alias in (name, *(catalog.types[name].aliases if name in catalog.types else ()))]
        rows = self._audit.entries(replace(query, types=tuple(types), limit=query.limit + 1))
        told = Told(catalog, self.names(actor), language=actor.language, translate=translate)
        shown = rows[: query.limit]
        return Page([told.wire(one) for one in shown], str(shown[-1].seq) if len(rows) > len(shown) else None)

    def names(self, actor: Actor) -> dict[int, str]:
        """{number: name} of all who could have done something. Raises NotFound."""
        self._users.granting.refuse_unable(actor, "audit")
        return {one.id: one.name for one in self._users.everyone()}

    def head(self, actor: Actor) -> dict[str, Any]:
        """The last entry, to be kept elsewhere. Raises NotFound, Busy."""
        self._users.granting.refuse_unable(actor, "audit")
        self._audit.seal()
        head = self._audit.head()
        return {"seq": head.seq, "mac": head.mac, "line": self._audit.text_of(head)}
