"""Batch: many rows of one type written as one step, with statements that cost per batch; by themselves where they must be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kartotek.engine import held
from kartotek.engine.bulk_rows import ROW_ERRORS, BulkRow, Outcome
from kartotek.engine.bulk_single import input_of, single
from kartotek.engine.commit_many import Pending, commit_many
from kartotek.engine.compiled import CompiledType
from kartotek.engine.faults import translated
from kartotek.engine.matching import Matches
from kartotek.engine.numbers import Numbers
from kartotek.engine.open_writing import Writing
from kartotek.errors import Conflict, Invalid, KartotekError, NotFound
from kartotek.model.record import Change, Record
from kartotek.rules import decide
from kartotek.rules.asked import Asked
from kartotek.storage.faults import Violation
from kartotek.storage.holders import Key, holders, key_of
from kartotek.storage.layout import Index
from kartotek.storage.records import load_many


# The record that a row means, None for a new one; and what is asked of it, or why it cannot be read.
Input = tuple[int | None, Asked | KartotekError]


def write_rows(writing: Writing, record_type: str, rows: Sequence[BulkRow], on: str | None) -> list[Outcome]:
    """What became of each row, in order. A refused one leaves nothing behind. Raises StaleCatalog, Collision."""
    mixed = on is not None and any(one.id is not None for one in rows)
    if len(rows) > 1 and record_type in writing.moment.compiled.batchable and not mixed:
        return _Batch(writing, writing.moment.compiled.type(record_type), rows, on).run()
    return [single(writing, record_type, row, on) for row in rows]


class _Batch:
    """Rows are decided one after the other and stored together, before one comes that an earlier one may matter to."""

    def __init__(self, writing: Writing, compiled: CompiledType, rows: Sequence[BulkRow], on: str | None) -> None:
        self.writing = writing
        self.compiled = compiled
        self.name = compiled.type.name
        self.rows = rows
        self.on = on
        self.indexes = [one for one in compiled.layout.indexes if one.unique and one.where is None]
        self.matches = Matches(writing, compiled, rows, on)
        self.numbers = Numbers(writing, compiled)
        self.outcomes: dict[int, Outcome] = {}
        self.pending: dict[int, Pending] = {}
        self.taken: set[tuple[str, Key]] = set()
        self.changing: set[int] = set()
        self.before: dict[int, Record] = {}

    def run(self) -> list[Outcome]:
        """All outcomes, in the order of the rows."""
        inputs = [self._input(index) for index in range(len(self.rows))]
        self.before |= self._held([id for id, _ in inputs if id is not None])
        self._foresee(inputs)
        for index, input in enumerate(inputs):
            if self.compiled.lonely & self.rows[index].fields.keys():
                self._flush()
                self._alone(index)
            else:
                self._take(index, input)
        self._flush()
        return [self.outcomes[index] for index in range(len(self.rows))]

    def _input(self, index: int) -> Input:
        id = None
        try:
            id = self.matches.of(index)
            return id, input_of(self.writing.moment, self.name, self.rows[index], id)
        except ROW_ERRORS as error:
            return id, error

    def _held(self, ids: Sequence[int]) -> dict[int, Record]:
        found = load_many(self.writing.conn, self.compiled.layout, sorted(set(ids)), lock=True)
        return {id: self.compiled.codec.record(one) for id, one in found.items()}

    def _foresee(self, inputs: Sequence[Input]) -> None:
        """Fetches what all the rows will look at: one query per hop."""
        records = [*self.before.values()]
        for id, input in inputs:
            if isinstance(input, Asked):
                base = self.before.get(id or 0) or Record(type=self.name, id=0)
                records.append(base.having({**base.values, **input.values}))
        held.foresee(self.writing, self.compiled, records)
        for field in self.compiled.type.fields:
            if field.reference is not None and field.reference.target != self.name:
                values = [one.values[field.name] for one in records if one.values.get(field.name) is not None]
                ids = [id for value in values for id in (value if isinstance(value, tuple) else (value,))]
                self.writing.setting.related.fetch(field.reference.target, ids)

    def _take(self, index: int, input: Input) -> None:
        if self.matches.awaits(index) or input[0] in self.changing:
            self._flush()
        try:
            if input[0] is None and self.on is not None and input[0] != self.matches.of(index):
                input = self._input(index)  # an earlier row has made the record that it means
            if not isinstance(input[1], Asked):
                raise input[1]
            self._decide(index, input[0], input[1])
        except ROW_ERRORS as error:
            self.outcomes[index] = error

    def _decide(self, index: int, id: int | None, input: Asked) -> None:
        change = self._created(input) if id is None else self._updated(id, self.rows[index], input)
        if change.before is not None and not change.changed:
            self.outcomes[index] = "unchanged", change.before
            return
        codec = self.compiled.codec
        one = Pending(change, codec.stored(change.before) if change.before is not None else None, codec.stored(change.after))
        keys = self._keys(one)
        if keys & self.taken:
            self._flush()
        if id is None:
            self.numbers.use()
        self.pending[index] = one
        self.taken |= keys
        self.changing |= {id} if id is not None else set()
        self.matches.expect(index)

    def _created(self, input: Asked) -> Change:
        return decide.create(self.compiled.rules, input, self.writing.setting, self.numbers.next())

    def _updated(self, id: int, row: BulkRow, input: Asked) -> Change:
        if id not in self.before:
            self.before |= self._held([id])
        before = self.before.get(id)
        if before is None or before.deleted_at is not None:
            raise NotFound("There is no such record.")
        held.refuse_unreadable(self.writing, self.compiled, before)
        held.expected(self.writing.moment, before, row.version)
        current = self.compiled.codec.wire(before.values)
        return decide.update(self.compiled.rules, before, input, self.writing.setting, current=current)

    def _keys(self, one: Pending) -> set[tuple[str, Key]]:
        """What the record will have that no other may have."""
        found = {(index.name, self._key(index, one)) for index in self.indexes}
        return {(name, key) for name, key in found if key is not None}

    def _key(self, index: Index, one: Pending) -> Key | None:
        return key_of(self.writing.conn, self.compiled.layout, index.columns, one.after)

    def _flush(self) -> None:
        """Stores what is pending; where the database or a parent's rule refuses it, each row by itself, to tell which."""
        pending, self.pending = self.pending, {}
        self.taken, self.changing = set(), set()
        self.matches.settle()
        if not pending:
            return
        history = len(self.writing.history)
        try:
            refused = self._refused(pending)
            stored = {index: one for index, one in pending.items() if index not in refused}
            with self.writing.conn.savepoint():
                self.numbers.draw()
                records = commit_many(self.writing, self.compiled, list(stored.values())) if stored else []
        except (Conflict, Invalid):
            del self.writing.history[history:]
            self.writing.setting.related.forget_all()
            self.numbers.forget()
            for index in pending:
                self._alone(index)
            return
        self.outcomes |= refused
        for index, record in zip(stored, records, strict=True):
            self.outcomes[index] = "created" if stored[index].before is None else "updated", record
            self.before[record.id] = record
            self.matches.written(index, record.id)

    def _refused(self, pending: Mapping[int, Pending]) -> dict[int, KartotekError]:
        """The rows whose unique values others have. Raises Conflict where who has one is among those that change."""
        refused: dict[int, KartotekError] = {}
        changing = {one.change.after.id for one in pending.values()}
        for index in self.indexes:
            wanted = {row: key for row, one in pending.items() if (key := self._wanted(index, one)) is not None}
            found = holders(self.writing.conn, self.compiled.layout, index.columns, wanted.values())
            for row, key in wanted.items():
                if (holder := found.get(key)) is None or holder == pending[row].change.after.id:
                    continue
                if holder in changing or self.numbers.are_drawn:
                    raise Conflict("Each row must be looked at by itself.")
                refused.setdefault(row, self._taken(index))
        return refused

    def _wanted(self, index: Index, one: Pending) -> Key | None:
        if one.before is not None and not {*index.fields} & one.change.changed:
            return None
        return self._key(index, one)

    def _taken(self, index: Index) -> KartotekError:
        try:
            with translated(self.writing.moment.view.of(self.name).fields):
                raise Violation("unique", fields=index.fields)
        except Conflict as error:
            return error

    def _alone(self, index: int) -> None:
        outcome = single(self.writing, self.name, self.rows[index], self.on)
        self.outcomes[index] = outcome
        if not isinstance(outcome, KartotekError):
            self.before[outcome[1].id] = outcome[1]
            self.matches.written(index, outcome[1].id)
