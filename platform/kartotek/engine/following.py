"""Following: a change with all that it brings about in the same transaction: effects, and transitions that run by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property

from kartotek.engine import held
from kartotek.engine.commit import commit
from kartotek.engine.compiled import CompiledType
from kartotek.engine.files import claim_files
from kartotek.engine.linking import link
from kartotek.engine.numbers import drawn
from kartotek.engine.open_writing import Writing
from kartotek.engine.reported import reported
from kartotek.model.formula import Formula
from kartotek.model.problem import pointer
from kartotek.model.record import Change, Record
from kartotek.model.workflow import (
    Auto, CreateEffect, Effect, Given, LinkEffect, NotifyEffect, SetEffect, Transition, TransitionEffect, UpdateEffect,
    WebhookEffect,
)
from kartotek.engine.sending import send
from kartotek.rules import decide
from kartotek.rules.asked import NOTHING, Asked, by_effect
from kartotek.rules.derive import lived
from kartotek.rules.given import given_wire, reached
from kartotek.rules.setting import Setting
from kartotek.rules.transitions import formulas_of, guarded, transit
from kartotek.storage.records import load_many


def enact(writing: Writing, change: Change, *, group: str | None = None) -> Record:
    """Stores the change and what follows from it; the record as it is then.

    Raises what commit raises, and Invalid, Conflict or Forbidden of an effect: then nothing of it all may stay.
    """
    record, settled = commit(writing, change, group=group)
    if change.action == "transition":
        record = _effects(writing, record, change)
    if record.deleted_at is None:
        with reported(writing.moment, record.type):
            record = _by_itself(writing, record)
    follow(writing, settled)
    return record


def follow(writing: Writing, settled: Iterable[Change]) -> None:
    """Lets those records do what they do by themselves whose rollups have moved."""
    for one in settled:
        with reported(writing.moment, ""):  # their fields mean nothing to whoever writes what they count
            _by_itself(writing, one.after)


def prepare(writing: Writing, before: Record, transition: Transition) -> None:
    """Locks what the transition's effects will change, in one order for all, and fetches ahead what it evaluates.

    Otherwise two that first look at the same record and then change it would each wait for the other.
    """
    compiled = writing.moment.compiled.type(before.type)
    about = writing.setting.about(before, None)
    wanted: dict[str, set[int]] = {}
    for effect in transition.effects:
        for name, target in _targets(writing, effect):
            wanted.setdefault(name, set()).update(reached(compiled.rules, target, about))
    for name, ids in sorted(wanted.items()):
        load_many(writing.conn, writing.moment.compiled.type(name).layout, sorted(ids), lock=True, parts=False)
    held.foresee(writing, compiled, [before], formulas_of(transition))


def _targets(writing: Writing, effect: Effect) -> Iterable[tuple[str, Formula]]:
    """(type, formula) of what leads to records that the effect will change, those among them that new records add to."""
    if isinstance(effect, (UpdateEffect, TransitionEffect)):
        yield effect.type, effect.target
    elif isinstance(effect, CreateEffect):
        for feed in writing.moment.compiled.feeds[effect.type]:
            value = effect.values.get(feed.field.name)
            if isinstance(value, Formula):
                yield feed.parent, value


def move(
    writing: Writing, before: Record, transition: Transition, asked: Asked = NOTHING, *, comment: str = ""
) -> Record:
    """Runs a transition of a record that is loaded and locked. Raises Conflict (wrong_state, guard), Forbidden, Invalid."""
    compiled = writing.moment.compiled.type(before.type)
    change = transit(
        compiled.rules, before, transition, asked,
        setting=writing.setting, current=compiled.codec.wire(before.values), load=compiled.merge, comment=comment,
    )
    claim_files(writing, compiled, change)(before.id)
    return enact(writing, change)


def run_effects(
    writing: Writing, record: Record, effects: Sequence[Effect], *,
    cause: str, meant_at: datetime | None = None, key: str = "",
) -> Record:
    """Does what a schedule or a clock says about the record, with the site's rights; the record as it is then.

    `key` names the occasion, so that what is sent is sent once for it; without one it is made of cause and `meant_at`.
    """
    at = meant_at or writing.moment.now
    key = key or f"{record.type}/{record.id}/{record.version}/{cause}@{at.isoformat()}"
    return _Following(writing, record, cause=cause, meant_at=at, key=key).run(effects)


def _effects(writing: Writing, record: Record, change: Change) -> Record:
    compiled = writing.moment.compiled.type(record.type)
    transition = _transition(compiled, change.transition)
    rest = tuple(None if isinstance(one, SetEffect) else one for one in transition.effects)
    if not any(rest):
        return record
    following = _Following(
        writing, record, old=change.before, cause=f"{record.type}/{record.id}/{transition.name}",
        meant_at=writing.meant_at or writing.moment.now, key=f"{record.type}/{record.id}/{record.version}",
    )
    return following.run(rest)


def _transition(compiled: CompiledType, name: str) -> Transition:
    workflow = compiled.type.workflow
    assert workflow is not None
    return workflow.transitions[name]


def _by_itself(writing: Writing, record: Record) -> Record:
    """Runs the first transition that leads on by itself, if one does; what follows from it is looked at in its turn."""
    compiled = writing.moment.compiled.type(record.type)
    workflow = compiled.type.workflow
    leading = workflow.leaving.get(record.state or "", ()) if workflow is not None else ()
    waiting = [one for one in leading if isinstance(one.timer, Auto)]
    if not waiting:
        return record
    now = held.live(writing, compiled, record.id)
    if now is None or now.state != record.state:
        return now or record  # what it led to has been looked at already
    for transition in waiting:
        if guarded(compiled.rules, (now, now), transition, writing.setting):
            return move(writing.for_effects(f"{record.type}/{record.id}"), now, transition)
    return now


class _Following:
    """One run of effects about a record. It is read again after each effect that writes, because that may come back to it."""

    def __init__(
        self, writing: Writing, record: Record, *,
        cause: str, meant_at: datetime, key: str, old: Record | None = None,
    ) -> None:
        self.writing = writing
        self.cause = cause
        self.record = record
        self.old = old
        self.meant_at = meant_at
        self.key = key
        self.compiled = writing.moment.compiled.type(record.type)

    @cached_property
    def site(self) -> Writing:
        """Where its effects write; made for the first that does, since each may lead on to others."""
        return self.writing.for_effects(self.cause)

    def run(self, effects: Sequence[Effect | None]) -> Record:
        """First all that is written, then what is sent, each in the order of the file."""
        numbered = [(number, one) for number, one in enumerate(effects) if one is not None]
        for number, effect in numbered:
            if not isinstance(effect, (NotifyEffect, WebhookEffect, LinkEffect)) and self._wanted(effect):
                self._write(number, effect)
        for number, effect in numbered:
            if isinstance(effect, (NotifyEffect, WebhookEffect, LinkEffect)) and self._wanted(effect):
                self._send(number, effect)
        return self.record

    def _about(self) -> Setting:
        rules, setting = self.compiled.rules, self.writing.setting
        old = lived(rules, self.old, setting) if self.old is not None else None
        return setting.about(lived(rules, self.record, setting), old)

    def _wanted(self, effect: Effect) -> bool:
        return effect.when is None or self.compiled.rules.holds(effect.when, self._about())

    def _write(self, number: int, effect: Effect) -> None:
        with reported(self.writing.moment, _type_of(effect, self.record.type), pointer("effects", number)):
            match effect:
                case SetEffect():
                    self._update(self.record.type, (self.record.id,), effect.values)
                case CreateEffect():
                    self._create(effect)
                case UpdateEffect():
                    ids = reached(self.compiled.rules, effect.target, self._about())
                    self._update(effect.type, ids, effect.values)
                case TransitionEffect():
                    self._transit(effect)
        self.record = held.live(self.writing, self.compiled, self.record.id) or self.record

    def _send(self, number: int, effect: NotifyEffect | WebhookEffect | LinkEffect) -> None:
        if isinstance(effect, LinkEffect):
            link(self.writing.for_site(), self.record, effect)
        else:
            send(self.writing.for_site(), self.record, effect, key=f"{self.key}/{number}", meant_at=self.meant_at)

    def _create(self, effect: CreateEffect) -> None:
        compiled = self.site.moment.compiled.type(effect.type)
        wire, problems = given_wire(self.compiled.rules, effect.values, compiled.type.by_name, self._about())
        asked = by_effect(compiled.load, {name: one for name, one in wire.items() if one is not None})
        asked = replace(asked, problems=(*problems, *asked.problems))
        change = decide.create(compiled.rules, asked, self.site.setting, drawn(self.site, compiled))
        claim = claim_files(self.site, compiled, change)
        claim(enact(self.site, change).id)

    def _update(self, record_type: str, ids: Sequence[int], values: Mapping[str, Given]) -> None:
        compiled = self.writing.moment.compiled.type(record_type)
        wire, problems = given_wire(self.compiled.rules, values, compiled.type.by_name, self._about())
        asked = by_effect(compiled.merge, wire)
        asked = replace(asked, problems=(*problems, *asked.problems))
        for id in sorted(ids):
            before = held.live(self.writing, compiled, id)
            if before is not None:
                self._update_one(compiled, before, asked)

    def _update_one(self, compiled: CompiledType, before: Record, asked: Asked) -> None:
        current = compiled.codec.wire(before.values)
        change = decide.update(compiled.rules, before, asked, self.site.setting, current=current)
        if change.changed:
            claim_files(self.site, compiled, change)(before.id)
            enact(self.site, change)

    def _transit(self, effect: TransitionEffect) -> None:
        compiled = self.writing.moment.compiled.type(effect.type)
        transition = _transition(compiled, effect.transition)
        for id in sorted(reached(self.compiled.rules, effect.target, self._about())):
            before = held.live(self.writing, compiled, id)
            if before is not None and not (effect.skip and before.state not in transition.sources):
                prepare(self.site, before, transition)
                move(self.site, before, transition)


def _type_of(effect: Effect, own: str) -> str:
    return effect.type if isinstance(effect, (CreateEffect, UpdateEffect, TransitionEffect)) else own
