"""People: the rights of those whom records are about: what is known of them, what they agreed to, restriction and erasure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kartotek.engine.envelopes import instant
from kartotek.engine.files import Files
from kartotek.engine.granting import Granting
from kartotek.engine.import_folder import ImportFolder
from kartotek.engine.people_consents import Consents
from kartotek.engine.people_erasing import Erasing, counted
from kartotek.engine.people_export import PersonExport, exported
from kartotek.engine.people_fates import Fates, fates
from kartotek.engine.people_graph import person
from kartotek.engine.people_restrictions import Restrictions
from kartotek.engine.people_retention import Ending
from kartotek.engine.transactions import Transactions
from kartotek.model.actor import Actor
from kartotek.model.audit import AuditEntry
from kartotek.rules.subjects import person_types
from kartotek.storage import erasures


class People:
    """For those with the ability `people`; to others none of it exists, but the consents of whom they may see."""

    def __init__(
        self, transactions: Transactions, granting: Granting, files: Files, imports: Path, *, afterwards: Callable[[], object],
    ) -> None:
        self._transactions = transactions
        self._granting = granting
        self._files = files
        self.consents = Consents(transactions, granting)
        self.restrictions = Restrictions(transactions, granting)
        self.erasing = Erasing(transactions, files, lambda id: ImportFolder(imports, id), afterwards=afterwards)
        self.ending = Ending(transactions, granting, self.erasing)

    def types(self, actor: Actor) -> list[dict[str, str]]:
        """The types of which each record is a person: [{"name", "title"}]. Raises NotFound."""
        self._granting.refuse_unable(actor, "people")
        types = self._transactions.catalogs.current().catalog.types
        return [{"name": name, "title": types[name].plural_label(actor.language)} for name in person_types(types)]

    def plan(self, actor: Actor, record_type: str, id: int) -> dict[str, Any]:
        """What an erasure would do, by type: a dry run that changes nothing. Raises NotFound.

        {"erased": {type: count}, "anonymised": …, "held": [{"type", "count", "reason"}], "pointing": [{"type", "field", "count"}]}.
        """
        self._granting.refuse_unable(actor, "people")
        with self._transactions.at(actor) as (moment, conn):
            person(moment, conn, record_type, id)
            found = fates(moment, conn, {record_type: [id]})
            types = moment.compiled.catalog.types
        return {**counted(found), "held": _held(actor, found, types), "pointing": [
            {"type": name, "field": field, "count": count} for (name, field), count in sorted(found.pointing.items())
        ]}

    def erase(self, actor: Actor, record_type: str, id: int) -> dict[str, Any]:
        """Erases a person for ever; what was done. Raises NotFound, Conflict (held, import_at_work), Busy."""
        self._granting.refuse_unable(actor, "people")
        return self.erasing.erase(actor, record_type, id)

    def export(self, actor: Actor, record_type: str, id: int) -> PersonExport:
        """All that is known of a person, to be written as a ZIP archive. Raises NotFound."""
        self._granting.refuse_unable(actor, "people")
        with self._transactions.at(actor) as (moment, conn):
            found = exported(moment, conn, self._files, (record_type, id))
        self._transactions.audit.note(actor, AuditEntry("person_exported", record_type, id, body={"records": found.counts}))
        return found

    def erased(self, actor: Actor, limit: int = 100) -> list[dict[str, Any]]:
        """Who was erased, newest first, by number alone. Raises NotFound."""
        self._granting.refuse_unable(actor, "people")
        with self._transactions.reading() as conn:
            rows = erasures.newest(conn, limit)
        return [
            {"type": one.type, "id": one.record_id, "at": instant(one.at), "by": one.by, "basis": one.basis, "counts": dict(one.counts)}
            for one in rows
        ]

    def tend(self) -> int:
        """What is to be done again and again: who is restricted stays hidden, what is over ends. For the background work."""
        self.restrictions.refresh()
        return self.ending.run()

    def replay(self) -> int:
        """Erases again whom an older backup has brought back; how many. Nothing may be served before."""
        return self.erasing.replay()


def _held(actor: Actor, found: Fates, types: Any) -> list[dict[str, Any]]:
    told = []
    for name, ids in sorted(found.held.items()):
        declared = types[name].retention
        told.append({"type": name, "count": len(ids), "reason": declared.reason(actor.language) if declared is not None else ""})
    return told
