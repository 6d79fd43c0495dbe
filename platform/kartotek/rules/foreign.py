"""Foreign types: what is sent is judged whole, by the schema that somebody else wrote. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kartotek.errors import Invalid
from kartotek.kinds.equality import canonical
from kartotek.kinds.kind import Refused
from kartotek.kinds.storable import check_json
from kartotek.kinds.verdict import MOST_PROBLEMS, Verdict
from kartotek.model.missing import MISSING
from kartotek.model.problem import Problem, pointer
from kartotek.model.record import Change, Record
from kartotek.rules.asked import Asked
from kartotek.rules.ruleset import Ruleset
from kartotek.rules.setting import Setting
from kartotek.rules.standing import fresh


@dataclass(frozen=True, slots=True)
class Judged(Asked):
    """What is to become a new record, with all that the schema says of it."""


def asked_new(rules: Ruleset, wire: Mapping[str, Any]) -> Asked:
    """A new record as it was sent, judged. Who may write such a record may set all of it."""
    return Judged(dict(wire), wire, frozenset(), tuple(one.under("/fields") for one in _verdict(rules).problems(wire)))


def asked_whole(wire: Mapping[str, Any], unset: Iterable[str] = ()) -> Asked:
    """A change as it was sent; it is judged when it is merged."""
    values, problems = stored_as_sent(wire)
    return Asked(values, wire, frozenset(unset) - wire.keys(), tuple(one.under("/fields") for one in problems))


def stored_as_sent(wire: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """(the values, problems of those that cannot be stored at all), in the shape of the loaders of our own types."""
    try:
        check_json(dict(wire))
    except Refused as refused:
        return dict(wire), refused.problems
    return dict(wire), ()


def created(rules: Ruleset, asked: Asked, setting: Setting) -> Change:
    """The change that adds a record: judged as it was sent, then with the declared defaults, if it is valid with them too.

    Raises Invalid.
    """
    verdict = _verdict(rules)
    values = dict(asked.values)
    _refuse(asked.problems if asked.problems or isinstance(asked, Judged) else verdict.problems(values))
    filled = {**{name: one for name, one in rules.defaults.items() if name not in values}, **values}
    if len(filled) > len(values) and verdict.takes(filled):
        values = filled
    after = Record(
        type=rules.type.name, id=0, values=values,
        created_at=setting.now, created_by=setting.actor.id, updated_at=setting.now, updated_by=setting.actor.id,
    )
    return Change(
        action="create", before=None, after=after, by=setting.actor.id, at=setting.now, changed=frozenset(values)
    )


def updated(rules: Ruleset, before: Record, asked: Asked, setting: Setting) -> Change:
    """The change of a record: the merged one is judged, and what it has broken before is let stand.

    A null that the schema does not take removes. Raises Invalid.
    """
    _refuse(asked.problems)
    verdict = _verdict(rules)
    values = {name: value for name, value in before.values.items() if name not in asked.unset} | dict(asked.values)
    changed = _differing(before.values, values)
    if changed:
        problems = _problems(verdict, before.values, values)
        refused = _refused_nulls(asked.values, problems)
        if refused:
            values = {name: value for name, value in values.items() if name not in refused}
            changed = _differing(before.values, values)
            problems = _problems(verdict, before.values, values) if changed else ()
        _refuse(problems)
    after = replace(before, values=values)
    if changed:
        after = replace(after, version=before.version + 1, updated_at=setting.now, updated_by=setting.actor.id)
    return Change(
        action="update", before=before, after=after, by=setting.actor.id, at=setting.now, changed=changed
    )


def _problems(verdict: Verdict, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Problem, ...]:
    """What is wrong with the merged record and was not so before: an old record may break a rule that is younger."""
    if not verdict.problems(after):
        return ()
    return fresh(verdict.every(after), verdict.every(before), (dict(before), dict(after)))[:MOST_PROBLEMS]


def _verdict(rules: Ruleset) -> Verdict:
    assert rules.verdict is not None
    return rules.verdict


def _refuse(problems: Iterable[Problem]) -> None:
    found = [one if one.path.startswith("/fields") else one.under("/fields") for one in problems]
    if found:
        raise Invalid(found)


def _refused_nulls(sent: Mapping[str, Any], problems: Iterable[Problem]) -> frozenset[str]:
    """Nulls that are there only to take a value away."""
    wrong = {one.path for one in problems if one.code != "unknown_field"}
    return frozenset(name for name, value in sent.items() if value is None and pointer(name) in wrong)


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> frozenset[str]:
    names = {*before, *after}
    return frozenset(one for one in names if canonical(before.get(one, MISSING)) != canonical(after.get(one, MISSING)))
