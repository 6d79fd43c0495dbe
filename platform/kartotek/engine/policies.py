"""Policies: a site's own tests of rights, held against its declarations before they go anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from kartotek.declaration.files import POLICIES as FILE
from kartotek.declaration.load import Loaded, load
from kartotek.declaration.policies import policies_of
from kartotek.declaration.problems import Problems
from kartotek.declaration.report import in_order
from kartotek.engine.declared_places import Places
from kartotek.kinds.kind import Refused
from kartotek.model.access_texts import REASONS
from kartotek.model.catalog import Catalog
from kartotek.model.policy import Claim, Policy
from kartotek.model.problem import Problem
from kartotek.rules.explain import Reason
from kartotek.rules.policies import broken
from kartotek.rules.ruleset import Ruleset

_VERBS = {
    "read": "see", "mask": "see a mask, and no more, of", "flag": "see whether there is, and no more, a value of", "filter": "filter and sort by",
    "write": "change", "create": "add or set", "delete": "delete", "transition": "run",
}  # fmt: skip


def judged(documents: Mapping[str, str], *, notes: bool = False) -> Loaded:
    """What the documents declare, without a catalog where it fails the site's own tests of rights."""
    loaded = load(documents, notes=notes)
    failed = policy_problems(loaded.catalog) if loaded.catalog is not None else ()
    return Loaded(None, in_order([*loaded.problems, *failed])) if failed else loaded


def policy_problems(catalog: Catalog) -> tuple[Problem, ...]:
    """What is wrong in the files of tests, and each claim that does not hold.

    Of a base what must not be counts on: a site may take rights away, and with them what must be.
    """
    files = [(name, text) for name, text in catalog.documents.items() if name == FILE or name.endswith(f"/{FILE}")]
    return tuple(one for file, text in files for one in _of_file(catalog, file, text))


def _of_file(catalog: Catalog, file: str, text: str) -> Iterator[Problem]:
    policies, problems, found = policies_of(file, text, catalog)
    if found or problems is None:
        yield from found if file == FILE else ()
        return
    rulesets: dict[str, Ruleset] = {}
    for policy in policies:
        kept = policy if file == FILE else replace(policy, claims=tuple(one for one in policy.claims if not one.must))
        before = len(problems.found)
        _judge(catalog, kept, problems, rulesets)
        yield from problems.found[before:]


def _judge(catalog: Catalog, policy: Policy, problems: Problems, rulesets: dict[str, Ruleset]) -> None:
    try:
        for claim, reasons in broken(policy, catalog, lambda one: rulesets.setdefault(one.name, Ruleset(one))):
            problems.error(claim.at, "policy", _sentence(catalog, policy, claim, reasons))
    except Refused as refused:
        for one in refused.problems:
            problems.error((*policy.at, "record", "fields", *one.path.split("/")[1:2]), "policy_value", one.message)


def _sentence(catalog: Catalog, policy: Policy, claim: Claim, reasons: tuple[Reason, ...]) -> str:
    who = " and ".join(f"'{one}'" for one in sorted(policy.roles))
    what = ".".join(one for one in (claim.type, claim.of) if one)
    said = f"{who} must be able to {_VERBS[claim.verb]} {what}, and cannot" if claim.must else f"{who} must not {_VERBS[claim.verb]} {what}, and can"
    places = Places(catalog, catalog.types[claim.type])
    deciding = [one for one in reasons if (one.holds is not False) != claim.must]
    told = [f"{REASONS[one.code].format_map(one.params)} ({place})" for one in deciding[-2:] if (place := places.of(one)) is not None]
    why = f" {policy.why}" if policy.why else ""
    return f"{said}.{why} {' '.join(told)}".rstrip()
