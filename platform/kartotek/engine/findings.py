"""Findings: what the records there are say to each step of a change, and what that makes of its verdict; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime

from kartotek.engine.change import CatalogChange
from kartotek.engine.findings_judges import Judging, judges_of
from kartotek.engine.findings_pass import look_through
from kartotek.engine.findings_restored import with_restored
from kartotek.engine.findings_tally import Tally
from kartotek.engine.moment import Moment
from kartotek.engine.titles import titles
from kartotek.migration.step import Step
from kartotek.model.actor import Actor
from kartotek.model.plan import Answers, Finding, Progress, Sample, Verdict
from kartotek.storage.connection import Connection

Told = Callable[[Progress], None]


def found(
    conn: Connection, change: CatalogChange, *, now: datetime, progress: Told | None = None
) -> dict[int, Finding]:
    """{index among the change's steps: finding} of the steps that are about records, in one read of the database.

    Records are gone through once for each type that has to be read at all, page by page, so that memory stays small.
    """
    if not change.current.catalog.version:
        return {}
    with ExitStack() as held:
        judging = Judging(conn, with_restored(conn, change), now, held)
        tallies: dict[int, Tally] = {}
        for index, step in enumerate(change.steps):
            one = judges_of(judging, step)
            if one is not None:
                tallies[index] = one
        look_through(judging, progress or _silent)
        return {index: _finding(conn, change, one, now) for index, one in tallies.items()}


def settled(step: Step, finding: Finding | None, answers: Answers) -> Verdict:
    """The verdict of a step that its declarations alone could not give."""
    if finding is None:
        return step.verdict
    rule = _SETTLED.get(step.action)
    return rule(step, finding) if rule is not None else step.verdict


def settled_steps(change: CatalogChange, findings: Mapping[int, Finding]) -> tuple[Step, ...]:
    """The steps of the change with their final verdicts."""
    return tuple(
        replace(step, verdict=settled(step, findings.get(index), change.answers)) for index, step in enumerate(change.steps)
    )


def _finding(conn: Connection, change: CatalogChange, tally: Tally, now: datetime) -> Finding:
    actor = replace(Actor.system("plan"), language=change.by.language)
    moment = Moment(actor, change.current, now)
    setting = moment.setting(conn)
    if tally.elsewhere:
        named = {name: titles(moment, name, [id for of, _, id in tally.elsewhere if of == name], setting) for name, _, _ in tally.elsewhere}
        sample = tuple(Sample(id, named[of].get(id, str(id)), f"{of}.{field}", type=of) for of, field, id in tally.elsewhere)
        return Finding(tally.concerned, tally.failing, 0, sample)
    return tally.finding(titles(moment, tally.type, [id for id, _, _ in tally.samples], setting))


def _silent(progress: Progress) -> None:
    """Nobody is told."""


def _retype(step: Step, finding: Finding) -> Verdict:
    if step.code == "retype_foreign":
        return "safe"  # its values stay as they were sent, whatever column holds them
    # What cannot be looked at record by record stays as it is.
    if step.code not in ("retype_lossy", "retype_lossless", "retype_back"):
        return step.verdict
    return "confirm" if finding.failing or finding.altered else "safe"


def _ratcheted(step: Step, finding: Finding) -> Verdict:
    return step.verdict if finding.failing else "safe"


def _unique(step: Step, finding: Finding) -> Verdict:
    return "refused" if finding.failing else "safe"


def _options(step: Step, finding: Finding) -> Verdict:
    if finding.failing:
        return "refused"
    return "confirm" if finding.concerned else "safe"


def _remove_type(step: Step, finding: Finding) -> Verdict:
    return "refused" if finding.failing else step.verdict


_SETTLED: Mapping[str, Callable[[Step, Finding], Verdict]] = {
    "retype": _retype, "narrow": _ratcheted, "require": _ratcheted, "unique": _unique, "options": _options,
    "remove_type": _remove_type,
}
