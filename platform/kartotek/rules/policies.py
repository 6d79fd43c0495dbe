"""Policies held against the rights that are declared. Pure; each claim is explained, and the explanation is what doors do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kartotek.kinds.kind import Refused
from kartotek.kinds.registry import kind_of
from kartotek.model.actor import Actor
from kartotek.model.catalog import Action, Catalog, RecordType
from kartotek.model.policy import Claim, GivenRecord, Policy
from kartotek.model.record import Record
from kartotek.model.view import Rules
from kartotek.rules.access import type_view
from kartotek.rules.decide import allows
from kartotek.rules.derive import lived
from kartotek.rules.environment import environment
from kartotek.rules.explain import Asked, Explanation, Reason, explain_action, explain_field, explain_setting, explain_transition
from kartotek.rules.ruleset import Ruleset
from kartotek.rules.setting import Setting

RulesetOf = Callable[[RecordType], Ruleset]


def broken(policy: Policy, catalog: Catalog, ruleset_of: RulesetOf) -> Iterator[tuple[Claim, tuple[Reason, ...]]]:
    """The claims that do not hold, each with the reasons why not. Raises Refused where a given value is none of its field's."""
    asked = _Askers(policy, catalog, ruleset_of)
    for claim in policy.claims:
        found = _explained(asked.of(catalog.types[claim.type], claim), claim)
        if (found.verdict in ("yes", "read", "mask", "flag") and _is_meant(claim, found)) != claim.must:
            yield claim, found.reasons


def _is_meant(claim: Claim, found: Explanation) -> bool:
    wanted = {"read": ("read", "yes"), "mask": ("mask",), "flag": ("flag",)}.get(claim.verb, ("yes", "read"))
    return found.verdict in wanted


def _explained(asked: Asked, claim: Claim) -> Explanation:
    name, _, member = claim.of.partition(".")
    if claim.verb == "transition" and asked.type.workflow is not None:
        return explain_transition(asked, asked.type.workflow.transitions[claim.of])
    actions: Mapping[str, Action] = {"read": "read", "write": "write", "create": "create", "delete": "delete"}
    if not name:
        return explain_action(asked, actions[claim.verb])
    field = asked.type.by_name[name]
    if claim.verb in ("write", "create"):
        return explain_setting(asked, field, actions[claim.verb])
    found = explain_field(asked, field)
    if member and not asked.decide(type_view(asked.actor, asked.type).inner.get((name, member), True)):
        return replace(found, verdict="none")
    return found


class _Askers:
    """How the claims of one policy are asked: about its record, or about any there could be."""

    def __init__(self, policy: Policy, catalog: Catalog, ruleset_of: RulesetOf) -> None:
        user = dict(policy.user)
        self._actor = Actor(user.pop("id", -1), "", policy.roles, attributes=user)
        self._rulesets, self._record = ruleset_of, None
        if policy.record is not None:
            zone = catalog.settings.timezone
            moment = datetime.fromisoformat(policy.now)
            now = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
            self._record = given(catalog, policy.record)
            related = Others(catalog, [self._record, *(given(catalog, one) for one in policy.others)], ruleset_of)
            self._setting = related.setting = Setting(self._actor, now, environment(self._actor, now, zone), related)

    def of(self, record_type: RecordType, claim: Claim) -> Asked:
        """What is asked. Of no record in particular, what some record would allow counts; so does it in filters."""
        record = self._record
        if record is None or claim.verb == "filter":
            return Asked(self._actor, replace(record_type, frozen_when=None), bool)
        rules = self._rulesets(record_type)

        def decide(granted: Rules) -> bool:
            return allows(rules, granted, (record, None), self._setting)

        return Asked(self._actor, record_type, decide, record.state)


class Others:
    """The records of a test, as formulas reach them."""

    setting: Setting

    def __init__(self, catalog: Catalog, records: Sequence[Record], ruleset_of: RulesetOf) -> None:
        self._catalog = catalog
        self._rulesets = ruleset_of
        self._records = {(one.type, one.id): one for one in records}

    def one(self, record_type: str, id: int, /) -> Record | None:
        """The record with its live values."""
        found = self._records.get((record_type, id))
        return lived(self._rulesets(self._catalog.types[record_type]), found, self.setting) if found is not None else None

    def many(self, record_type: str, relation: str, id: int, /) -> Sequence[Record]:
        """Those of the test that refer to it."""
        inverse = self._catalog.types[record_type].inverses[relation]
        mine = [one for (name, _), one in self._records.items() if name == inverse.type and _refers(one.values.get(inverse.field), id)]
        return [found for one in mine if (found := self.one(one.type, one.id)) is not None]


def given(catalog: Catalog, one: GivenRecord) -> Record:
    """The record of a test. Raises Refused, its problems under the names of the fields."""
    record_type = catalog.types[one.type]
    values: dict[str, Any] = {}
    for name, wire in one.fields.items():
        try:
            values[name] = None if wire is None else kind_of(record_type.by_name[name]).parse(record_type.by_name[name])(wire)
        except Refused as refused:
            raise Refused(*(each.under(f"/{name}") for each in refused.problems)) from refused
    first = record_type.workflow.initial if record_type.workflow is not None else None
    return Record(type=one.type, id=one.id, state=one.state or first, created_by=one.created_by, values=values)


def _refers(value: Any, id: int) -> bool:
    return value == id or (isinstance(value, tuple) and id in value)
