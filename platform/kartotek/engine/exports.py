"""Exports: all records that a list would show, as a table, read page by page so that no size is too large."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kartotek.engine import reading
from kartotek.engine.compiled import CompiledType
from kartotek.engine.export_cells import Manner, columns_of
from kartotek.engine.moment import Moment
from kartotek.engine.projection import asked_names
from kartotek.engine.titles import tells_sensitive
from kartotek.engine.transactions import Transactions
from kartotek.errors import Forbidden
from kartotek.model.actor import Actor
from kartotek.model.audit import AuditEntry
from kartotek.model.field import Field
from kartotek.model.problem import problem
from kartotek.model.query import MAX_LIMIT, Page, Query
from kartotek.model.view import TypeView
from kartotek.rules.abilities import able
from kartotek.sheets.writing import csv_chunks
from kartotek.sheets.writing_xlsx import write_xlsx


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` are read while they are taken."""

    title: str
    header: list[str]
    rows: Iterator[list[Any]]


class Exports:
    """What an actor may read, and no more: rows, fields and filters are those of his lists."""

    def __init__(self, transactions: Transactions, secret: bytes) -> None:
        self._transactions = transactions
        self._secret = secret

    def csv(self, actor: Actor, record_type: str, query: Query, *, language: str = "") -> Iterator[bytes]:
        """The file in pieces, in UTF-8 with its mark. Raises NotFound, Malformed, Forbidden before the first piece.

        Sensitive fields are for those who have the ability: for others they are left out, and refused where they are named.
        """
        table = self._table(actor, record_type, query, language=language, local=False)
        return csv_chunks(table.header, table.rows)

    def xlsx(self, actor: Actor, record_type: str, query: Query, path: Path, *, language: str = "") -> None:
        """Writes the file, in constant memory. Raises NotFound, Malformed, Forbidden, TooLarge."""
        table = self._table(actor, record_type, query, language=language, local=True)
        write_xlsx(path, table.title, table.header, table.rows)

    def sendable(self, actor: Actor, record_type: str, names: Sequence[str]) -> tuple[str, ...]:
        """Those of the fields that the actor may take away in a file."""
        moment = self._transactions.begin(actor)
        return _sendable(moment, moment.type(record_type)[0], names)

    def takes_sensitive(self, actor: Actor, record_type: str, query: Query) -> bool:
        """Whether the file would hold something sensitive. Raises NotFound, Forbidden."""
        moment = self._transactions.begin(actor)
        compiled, seen = moment.type(record_type)
        fields = [compiled.type.by_name[name] for name in _names(moment, compiled, seen, query)]
        own = moment.compiled.sensitive.get(record_type, frozenset())
        kept = _bare(moment, fields)
        return any(
            one.name in own or (one.reference is not None and one.name not in kept and tells_sensitive(moment.compiled, one.reference.target))
            for one in fields
        )

    def _table(self, actor: Actor, record_type: str, query: Query, *, language: str, local: bool) -> Table:
        moment = self._transactions.begin(actor)
        compiled, seen = moment.type(record_type)
        settings = moment.compiled.catalog.settings
        spoken = language if language in settings.languages else actor.language
        names = _names(moment, compiled, seen, query)
        fields = [compiled.type.by_name[name] for name in names]
        workflow = compiled.type.workflow
        states = {name: one.label(spoken) for name, one in workflow.states.items()} if workflow is not None else {}
        columns = columns_of(fields, Manner(spoken, settings.timezone, local), states=states, bare=_bare(moment, fields))
        self._transactions.audit.note(actor, AuditEntry("export", record_type, fields=tuple(names), body={"format": "xlsx" if local else "csv"}))
        query = replace(query, fields=tuple(names), limit=MAX_LIMIT, cursor="", expand=(), count=False, titles=True)
        first = self._page(moment, record_type, query)
        rows = ([one.cell(envelope) for one in columns] for envelope in self._envelopes(moment, record_type, query, first))
        return Table(compiled.type.label(spoken), [one.header for one in columns], rows)

    def _envelopes(self, moment: Moment, record_type: str, query: Query, page: Page) -> Iterator[dict[str, Any]]:
        yield from page.items
        while page.next is not None:
            # Pages by key: a record that is written meanwhile is there as it was or as it is, none is skipped or repeated.
            page = self._page(moment, record_type, replace(query, cursor=page.next))
            yield from page.items

    def _page(self, moment: Moment, record_type: str, query: Query) -> Page:
        """A page under the catalog of its own moment; of what is gone since the export began, nothing can be read."""
        with self._transactions.at(moment.actor) as (now, conn):
            if now.compiled is not moment.compiled and query.fields is not None:
                known = now.type(record_type)[1].fields
                query = replace(query, fields=tuple(name for name in query.fields if known.get(name)))
            return reading.page(now, conn, record_type, query, secret=self._secret)


def _bare(moment: Moment, fields: Sequence[Field]) -> frozenset[str]:
    """The links that lead to records whose titles show what the actor may not take away."""
    if able(moment.actor, moment.compiled.catalog.settings, "sensitive_exports"):
        return frozenset()
    return frozenset(one.name for one in fields if one.reference is not None and tells_sensitive(moment.compiled, one.reference.target))


def _sendable(moment: Moment, compiled: CompiledType, names: Sequence[str]) -> tuple[str, ...]:
    sensitive = moment.compiled.sensitive.get(compiled.type.name, frozenset())
    if not sensitive or able(moment.actor, moment.compiled.catalog.settings, "sensitive_exports"):
        return tuple(names)
    return tuple(one for one in names if one not in sensitive)


def _names(moment: Moment, compiled: CompiledType, seen: TypeView, query: Query) -> tuple[str, ...]:
    asked = asked_names(compiled, seen, query.fields)
    names = _sendable(moment, compiled, asked)
    kept = [one for one in asked if one not in names]
    if kept and query.fields is not None:
        raise Forbidden("You may not take these fields away in a file.", problems=[problem(f"/{one}", "sensitive_export") for one in kept])
    return names
