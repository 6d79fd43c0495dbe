"""Audit told: entries as people read them. Types and fields are called as they are today; what is gone goes by its old name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kartotek.engine.envelopes import instant
from kartotek.model.actor import SYSTEM_ID
from kartotek.model.audit import AuditRow
from kartotek.model.audit_texts import AUDIT_TEXTS, MORE, OTHERWISE, SITE, SOMEBODY, UNKNOWN
from kartotek.model.catalog import Catalog

Translate = Callable[[str], str]
USERS = "user"  # what accounts are called
_LONGEST = 12  # fields that are named


class Told:
    """In one language; `translate` gives a sentence of ours in it, `names` are those of users by their numbers."""

    def __init__(
        self, catalog: Catalog, names: Mapping[int, str], *, language: str = "en", translate: Translate = str
    ) -> None:
        self._catalog, self._names, self._language, self._say = catalog, names, language, translate

    def sentence(self, row: AuditRow) -> str:
        """The entry in one sentence."""
        return self._say(AUDIT_TEXTS.get(row.entry.action, OTHERWISE)).format(
            who=self.who(row), what=self.what(row), fields=self.fields(row), user=self._user(row.entry.record_id if row.entry.type == USERS else None),
            step=row.entry.body.get("transition", ""), version=row.entry.body.get("version", ""),
        )

    def who(self, row: AuditRow) -> str:
        """Who did it."""
        return self._say(SITE).format(name=row.name) if row.by == SYSTEM_ID else self._user(row.by)

    def what(self, row: AuditRow) -> str:
        """Which record it is about, and how many others; where it is about none, what was asked for."""
        entry = row.entry
        if not entry.type:
            return str(entry.body.get("of", "–"))
        declared = self._catalog.types.get(entry.type)
        named = declared.label(self._language) if declared is not None else entry.type
        what = f"{named} {entry.record_id}" if entry.record_id is not None else named
        others = len(entry.about) - 1
        return self._say(MORE).format(what=what, count=others) if others > 0 else what

    def fields(self, row: AuditRow) -> str:
        """What the fields are called."""
        declared = self._catalog.types.get(row.entry.type)
        known = declared.by_name if declared is not None else {}
        labels = [known[one].label(self._language) if one in known else one for one in row.entry.fields]
        return ", ".join([*labels[:_LONGEST], *(["…"] if len(labels) > _LONGEST else [])]) or "–"

    def wire(self, row: AuditRow) -> dict[str, Any]:
        """The entry as plain JSON."""
        entry, origin = row.entry, row.origin
        return {
            "seq": row.seq, "at": instant(row.at), "by": row.by, "name": row.name, "via": row.via, "action": entry.action,
            "type": entry.type, "id": entry.record_id, "fields": list(entry.fields), "body": dict(entry.body),
            "also": [{"type": name, "id": id} for name, id in entry.also], "session": origin.session,
            "address": origin.address, "request": origin.request, "sentence": self.sentence(row),
        }

    def _user(self, id: Any) -> str:
        if not isinstance(id, int) or id < 0:
            return self._say(UNKNOWN)
        return self._names.get(id) or self._say(SOMEBODY).format(number=id)
