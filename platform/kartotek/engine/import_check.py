"""The dry run of an import: every row goes the whole way of a write, in transactions that are undone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from kartotek.engine.batch import write_rows
from kartotek.engine.bulk_rows import BulkRow, Outcome
from kartotek.engine.compiled import CompiledType
from kartotek.engine.import_folder import ImportFolder, each_line, roomy, write_line
from kartotek.engine.import_links import Links, Unresolved
from kartotek.engine.import_options import Job
from kartotek.engine.import_problems import Cells
from kartotek.engine.moment import Moment
from kartotek.engine.open_writing import Writing
from kartotek.engine.transactions import Transactions
from kartotek.errors import Conflict, KartotekError
from kartotek.model.actor import Actor
from kartotek.model.problem import problem
from kartotek.storage.layout import Index

BATCH = 500
Row = dict[str, Any]
Key = tuple[str, tuple[Any, ...]]
Progress = Callable[[int], None]


@dataclass
class Tally:
    """What became of the rows in the dry run. `stored` are refused ones whose unique value a record has already."""

    good: int = 0
    bad: int = 0
    would: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    stored: int = 0
    refused: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)

    def wire(self) -> dict[str, Any]:
        """The counts as JSON."""
        return {
            "good": self.good, "bad": self.bad, "created": self.would["created"], "updated": self.would["updated"],
            "unchanged": self.would["unchanged"], "repeated_in_file": self.repeated, "already_stored": self.stored,
            "refused_by_rules": self.refused, "problems": dict(self.codes), "warnings": dict(self.warnings),
        }


def changed_since() -> Conflict:
    """What a dry run under older declarations comes to."""
    return Conflict("The declarations have changed since: do the dry run again.", problems=[problem("", "catalog_changed")])


class _RolledBack(Exception):
    """Carries what was found out of a transaction that must leave nothing behind."""

    def __init__(self, outcomes: list[Outcome], warnings: Counter[str]) -> None:
        super().__init__()
        self.outcomes = outcomes
        self.warnings = warnings


def bulk_row(job: Job, row: Mapping[str, Any]) -> BulkRow:
    """What a good row asks for."""
    return BulkRow(fields=row["fields"], confirm=job.confirm)


class Check:
    """One dry run. Rows of earlier batches are gone when a later one is tried, so it keeps in mind what they took."""

    def __init__(
        self, transactions: Transactions, actor: Actor, job: Job, *,
        folder: ImportFolder, columns: Sequence[Mapping[str, Any]],
    ) -> None:
        self._transactions = transactions
        self._actor = actor
        self._job = job
        self._folder = folder
        self._cells = Cells(columns)
        self._moment: Moment = transactions.begin(actor)
        self._compiled: CompiledType = self._moment.compiled.type(job.type)
        self._indexes = [one for one in self._compiled.layout.indexes if one.unique and one.where is None]
        self._links = Links(self._moment, self._compiled)
        self._taken: dict[Key, tuple[int, Mapping[str, Any]]] = {}
        self.tally = Tally()

    def run(self, progress: Progress) -> Tally:
        """Sorts the prepared rows into good and bad ones, which it writes; what became of them. Raises Busy."""
        folder = self._folder
        with roomy(), folder.writing(folder.rows) as good, folder.writing(folder.bad) as bad:
            done = 0
            for batch in _batches(each_line(folder, folder.prepared)):
                self._check(batch, good, bad)
                done += len(batch)
                progress(done)
        return self.tally

    def _check(self, batch: Sequence[Row], good: IO[bytes], bad: IO[bytes]) -> None:
        problems: dict[int, list[dict[str, Any]]] = {one["row"]: one["problems"] for one in batch if "problems" in one}
        readable = [one for one in batch if "problems" not in one]
        self._resolve(readable, problems)
        tried = [one for one in readable if one["row"] not in problems]
        keys = {one["row"]: self._keys(one) for one in tried}
        tried = [one for one in tried if not self._is_repeated(one, keys[one["row"]], problems)]
        for row, outcome in zip(tried, self._outcomes(tried, keys), strict=True):
            self._judge(row, outcome, keys[row["row"]], problems)
        for row in batch:
            if row["row"] in problems:
                self._bad(bad, row, problems[row["row"]])
            else:
                write_line(good, {"row": row["row"], "fields": row["fields"], "raw": row["raw"]})
                self.tally.good += 1

    def _resolve(self, rows: Sequence[Row], problems: dict[int, list[dict[str, Any]]]) -> None:
        with self._transactions.at(self._actor) as (now, conn):
            if now.compiled is not self._moment.compiled:
                raise changed_since()
            found = self._links.resolve(conn, self._moment.setting(conn), rows)
        for row, links in zip(rows, found, strict=True):
            for name, value in links.items():
                if isinstance(value, Unresolved):
                    problems.setdefault(row["row"], []).append(self._cells.unresolved(row, name, value.code, value.text))
                else:
                    row["fields"][name] = value

    def _keys(self, row: Row) -> list[tuple[Index, Key]]:
        """The row's values of what no two records may share, where it gives them and they can be read."""
        found = []
        for index in self._indexes:
            given = {name: row["fields"][name] for name in index.fields if row["fields"].get(name) is not None}
            if len(given) == len(index.fields):
                values, wrong = self._compiled.load(given)
                if not wrong:
                    found.append((index, (index.name, tuple(str(values[name]) for name in index.fields))))
        return found

    def _is_repeated(
        self, row: Row, keys: Sequence[tuple[Index, Key]], problems: dict[int, list[dict[str, Any]]]
    ) -> bool:
        """Whether an earlier batch has taken one of its values; by the key it is matched on, it means that record."""
        for index, key in keys:
            if key in self._taken and index.fields != (self._job.on,):
                problems[row["row"]] = [self._cells.repeated(row, index.fields, self._taken[key][0])]
                self.tally.repeated += 1
                return True
        return False

    def _outcomes(self, rows: Sequence[Row], keys: Mapping[int, Sequence[tuple[Index, Key]]]) -> list[Outcome]:
        """What would become of the rows. Records that earlier rows made, and these change, are made again for it."""
        if not rows:
            return []
        own = [key for row in rows for index, key in keys[row["row"]] if index.fields == (self._job.on,)]
        before = [BulkRow(fields=self._taken[key][1], confirm=self._job.confirm) for key in dict.fromkeys(own) if key in self._taken]
        asked = [*before, *(bulk_row(self._job, one) for one in rows)]

        def work(writing: Writing) -> None:
            outcomes = write_rows(writing, self._job.type, asked, self._job.on or None)
            raise _RolledBack(outcomes[len(before):], Counter(name for names in writing.warnings.values() for name in names))

        try:
            self._transactions.transact(self._actor, lambda _: work)
        except _RolledBack as found:
            self.tally.warnings += found.warnings
            return found.outcomes
        raise AssertionError("A dry run was committed.")

    def _judge(
        self, row: Row, outcome: Outcome, keys: Sequence[tuple[Index, Key]], problems: dict[int, list[dict[str, Any]]]
    ) -> None:
        if not isinstance(outcome, KartotekError):
            self.tally.would[outcome[0]] += 1
            for _, key in keys:
                self._taken.setdefault(key, (row["row"], row["fields"]))
            return
        repeated = next(((index, self._taken[key][0]) for index, key in keys if key in self._taken), None)
        is_unique = any(one.code == "unique" for one in outcome.problems)
        if is_unique and repeated is not None:
            problems[row["row"]] = [self._cells.repeated(row, repeated[0].fields, repeated[1])]
            self.tally.repeated += 1
        else:
            problems[row["row"]] = self._cells.told(row, outcome)
            self.tally.stored += is_unique
            self.tally.refused += not is_unique

    def _bad(self, stream: IO[bytes], row: Row, problems: Sequence[Mapping[str, Any]]) -> None:
        write_line(stream, {"row": row["row"], "problems": list(problems), "raw": row["raw"]})
        self.tally.bad += 1
        self.tally.codes.update(one["code"] for one in problems)


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
