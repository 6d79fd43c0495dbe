"""Which step is judged how: by a statement, by a look at single values, or by a look at records as they will be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from functools import cached_property

from kartotek.engine import findings_counts as counts
from kartotek.engine.change import CatalogChange
from kartotek.engine.compiled import CompiledType
from kartotek.engine.conversion_tree import Going, Tree, tree
from kartotek.engine.findings_files import LIMITS, Filed
from kartotek.engine.findings_rules import Alike, Demanded, Ruled, Timed
from kartotek.engine.findings_tally import Judge, Tally
from kartotek.engine.findings_values import Lacking, Limited, Nulls, Optionless, Retyped, Values, chain_to, limiting
from kartotek.engine.foresight import Foresight
from kartotek.engine.retaking import Retaken
from kartotek.kinds.answers import answered
from kartotek.migration.step import Step
from kartotek.model.catalog import RecordType, Unique
from kartotek.storage.connection import Connection
from kartotek.storage.records import load_many
from kartotek.storage.scratch import Scratch


class Judging:
    """A change that is being looked into; `judges` are {old type: those who want to see its records}."""

    def __init__(self, conn: Connection, change: CatalogChange, now: datetime, held: ExitStack) -> None:
        self.conn = conn
        self.change = change
        self.judges: dict[str, list[Judge]] = {}
        self._now = now
        self._held = held
        self._trees: dict[str, Tree] = {}

    @cached_property
    def foresight(self) -> Foresight:
        """The records as they will be."""
        return Foresight(self.conn, self.change, self._now, retaken=self.retaken)

    @cached_property
    def retaken(self) -> Retaken:
        """What of the records' values goes back to what it was."""
        return Retaken(self.conn, self.change)

    def values(self, step: Step, chain: Sequence[Going]) -> Values:
        """The values of the step's field, and what becomes of each."""
        was = self.was(step)
        return Values(chain, lambda id: self.retaken.of(was, id))

    def scratch(self, width: int) -> Scratch:
        """Room on the disk, until the look is over."""
        return self._held.enter_context(Scratch(width))

    def was(self, step: Step) -> str:
        """The old name of a step's type, "" of a new one."""
        former = self.change.lineage.former_type(step.type)
        return former or (step.type if step.action == "remove_type" else "")

    def old(self, step: Step) -> CompiledType:
        """The type as it is."""
        return self.change.current.type(self.was(step))

    def new(self, step: Step) -> RecordType:
        """The type as it will be."""
        return self.change.wanted.types[step.type]

    def chain(self, step: Step) -> list[Going]:
        """The fields that lead to the step's, [] where it is a new one."""
        if step.type not in self._trees:
            self._trees[step.type] = tree(self.change, step.type)
        return chain_to(self._trees[step.type], step.path)

    def answered(self, step: Step, going: Going) -> frozenset[str]:
        """The values, as they are written, of which has been said what becomes of them."""
        given = self.change.answers.options.get(f"{step.type}.{'.'.join(step.path)}", {})
        return frozenset(answered(going.new, given)) if going.new.kind in ("choice", "choices") else frozenset()

    def looking(self, step: Step, judge: Judge) -> Tally:
        """Has the judge look at the records of the step's type."""
        self.judges.setdefault(self.was(step), []).append(judge)
        return judge.tally

    def tally(self, step: Step) -> Tally:
        """An empty one."""
        return Tally(self.was(step), step.rule or ".".join(step.path))


def judges_of(judging: Judging, step: Step) -> Tally | None:
    """What is counted for a step, now or when records are looked at; None where records have nothing to say."""
    make = _BY_CODE.get(step.code) or _BY_ACTION.get(step.action)
    return make(judging, step) if make is not None and judging.was(step) else None


def _count(judging: Judging, step: Step) -> Tally:
    return counts.all_records(judging.conn, judging.old(step))


def _values(judging: Judging, step: Step) -> Tally:
    compiled = judging.old(step)
    path = step.former or step.path
    chain = counts.field_at(compiled.type.fields, path)
    if not chain or any(one.is_live for one in chain):
        return Tally(judging.was(step))
    found = counts.with_values(judging.conn, compiled, path)
    going = [Going(path[: at + 1], path[: at + 1], one, one) for at, one in enumerate(chain)]
    return _shown(judging, compiled, found, [going])


def _shown(judging: Judging, compiled: CompiledType, found: Tally, chains: Sequence[Sequence[Going]]) -> Tally:
    """The tally with the values of those fields beside the records that are shown."""
    judges = [Retyped(Values(one), Tally(found.type), judging.change.by.language) for one in chains]
    for sort, kept in found.shown.items():
        stored = load_many(judging.conn, compiled.layout, [id for id, _, _ in kept])
        found.shown[sort] = [(id, ", ".join(one.first(stored[id]) for one in judges), problem) for id, _, problem in kept]
    return found


def _restored(judging: Judging, step: Step) -> Tally | None:
    chain = judging.chain(step)
    return _values(judging, replace(step, former=chain[-1].was)) if chain else None


def _retyped(judging: Judging, step: Step) -> Tally | None:
    chain = judging.chain(step)
    if not chain or chain[-1].convert is None:
        return _values(judging, step)
    tally = _unlisted(judging.tally(step))
    return judging.looking(step, Retyped(judging.values(step, chain), tally, judging.change.by.language))


def _unlisted(tally: Tally) -> Tally:
    """Of a step that breaks no rule: nothing will be listed by a name."""
    return replace(tally, broken="")


def _narrowed(judging: Judging, step: Step) -> Tally | None:
    chain = judging.chain(step)
    if not chain:
        return None
    values, language = judging.values(step, chain), judging.change.by.language
    if step.code == "null_narrower":
        return judging.looking(step, Nulls(values, judging.tally(step), language))
    keyword = str(step.params.get("setting", ""))
    if keyword in LIMITS:
        return judging.looking(step, Filed(values, judging.tally(step), judging.conn, keyword))
    parse = limiting(chain[-1].new, keyword)
    return judging.looking(step, Limited(values, judging.tally(step), language, parse))


def _ruled(judging: Judging, step: Step) -> Tally | None:
    rule = next((one for one in judging.new(step).validations if one.name == step.rule), None)
    return judging.looking(step, Ruled(judging.foresight, judging.tally(step), step.type, rule)) if rule is not None else None


def _timed(judging: Judging, step: Step) -> Tally | None:
    one = next((each for each in judging.new(step).occupancy if each.name == step.rule), None)
    if one is None:
        return None
    tally = _unlisted(judging.tally(step))
    return judging.looking(step, Timed(judging.foresight, tally, step.type, one, scratch=judging.scratch(6)))


def _required(judging: Judging, step: Step) -> Tally | None:
    chain, broken = judging.chain(step), ".".join(step.path)
    declared = counts.field_at(judging.new(step).fields, step.path)
    if not chain and step.code != "require_new":
        return None  # it comes back with what it had, which stands elsewhere
    if step.code == "require_rule" or not declared[-1].required:
        return judging.looking(step, Demanded(judging.foresight, judging.tally(step), step.type, declared))
    if not chain and len(step.path) == 1:
        return counts.every(judging.conn, judging.old(step), broken=broken)
    if not chain:
        above = replace(step, path=step.path[:-1], former=())
        return _all_failing(_values(judging, above), broken) if judging.chain(above) else None
    if len(chain) == 1 and chain[0].convert is None:
        null, name = chain[0].new.nullable, chain[0].old.name
        return counts.without(judging.conn, judging.old(step), name, null=null, broken=broken)
    return judging.looking(step, Lacking(judging.values(step, chain), judging.tally(step), judging.change.by.language))


def _all_failing(tally: Tally, broken: str) -> Tally:
    shown = tally.shown.pop("concerned", [])
    return replace(tally, failing=tally.concerned, broken=broken, shown={"failing": [(id, "", None) for id, _, _ in shown]})


def _unique_default(judging: Judging, step: Step) -> Tally:
    found = counts.every(judging.conn, judging.old(step), broken="")
    return found if found.failing > 1 else Tally(found.type, concerned=found.concerned)


def _unique(judging: Judging, step: Step) -> Tally | None:
    rule = _rule_of(judging.new(step), step)
    chains = [judging.chain(replace(step, path=(name,))) for name in rule.fields]
    if not all(chains) and step.path:
        return None  # it comes back with what it had, which stands elsewhere
    if all(chains) and rule.where is None:
        columns = counts.single_columns(judging.old(step), [one[0] for one in chains])
        if columns is not None:
            return _shown(judging, judging.old(step), counts.alike(judging.conn, judging.old(step), columns), chains)
    tally = _unlisted(judging.tally(step))
    return judging.looking(step, Alike(judging.foresight, tally, step.type, rule, scratch=judging.scratch(3)))


def _rule_of(new: RecordType, step: Step) -> Unique:
    if step.path:
        return Unique(step.path[:1])
    where = step.params.get("where", "")
    return next(
        one for one in new.unique
        if ",".join(one.fields) == step.rule and (one.where.source.strip() if one.where else "") == where
    )


def _optionless(judging: Judging, step: Step) -> Tally | None:
    chain = judging.chain(step)
    if not chain:
        return None
    gone, said = step.params.get("gone", ()), judging.answered(step, chain[-1])
    counted = counts.optioned(judging.conn, judging.old(step), chain[-1], values=gone, said=said)
    if counted is not None:
        # Of several rows the first need not be the one that is meant.
        return _shown(judging, judging.old(step), counted, [chain]) if len(chain) == 1 else counted
    tally = _unlisted(judging.tally(step))
    return judging.looking(step, Optionless(judging.values(step, chain), tally, judging.change.by.language, gone=gone, said=said))


def _remove_type(judging: Judging, step: Step) -> Tally:
    found = counts.all_records(judging.conn, judging.old(step))
    found.failing, shown = counts.referring(judging.conn, judging.change, step.type)
    found.elsewhere = tuple(shown)
    return found


Make = Callable[[Judging, Step], Tally | None]
_BY_CODE: Mapping[str, Make] = {
    "rule": _ruled, "occupancy_new": _timed, "occupancy_other": _timed, "add_default": _count, "unique_default": _unique_default, "type_unknown": lambda judging, step: None,
    "retype_computed": lambda judging, step: None, "retype_foreign": _values,
}
_BY_ACTION: Mapping[str, Make] = {
    "rename_type": _count, "rename_field": _count, "recompute": _count, "restore_field": _restored, "remove_type": _remove_type, "remove_field": _values,
    "retype": _retyped, "narrow": _narrowed, "require": _required, "unique": _unique, "options": _optionless,
    "reference": _values,
}
