"""tests/access.yaml → policies, or what is wrong with the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from kartotek.declaration.document import Path
from kartotek.declaration.metafiles import ACCESS
from kartotek.declaration.problems import Problems
from kartotek.declaration.reading import read
from kartotek.declaration.shape import check_shape
from kartotek.declaration.suggest import did_you_mean
from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.policy import VERBS, Claim, GivenRecord, Policy, Verb
from kartotek.model.problem import Problem

# What each verb can be said of: a type as a whole, a field, a member of a field, a transition.
_OF_TYPES = frozenset({"read", "write", "create", "delete"})
_OF_FIELDS = frozenset({"read", "mask", "flag", "filter", "write", "create"})


def policies_of(file: str, text: str, catalog: Catalog) -> tuple[tuple[Policy, ...], Problems | None, tuple[Problem, ...]]:
    """(the policies, what collects more problems of their file, all problems so far)."""
    document, found = read(file, text)
    if document is None:
        return (), None, () if _is_empty(text) else found
    problems = Problems(document)
    check_shape(problems, ACCESS)
    if problems.found:
        return (), problems, tuple(problems.found)
    policies = [_policy(problems, catalog, (place,), one) for place, one in enumerate(document.value)]
    return tuple(policies), problems, tuple(problems.found)


def _is_empty(text: str) -> bool:
    """Whether there is nothing in it but comments."""
    return all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines())


def _policy(problems: Problems, catalog: Catalog, at: Path, one: Mapping[str, Any]) -> Policy:
    roles = [*_words(one["role"], (*at, "role"))]
    for path, role in roles:
        if role not in catalog.settings.role_names:
            problems.error(path, "unknown_role", f"There is no role '{role}' in site.yaml.{did_you_mean(role, catalog.settings.role_names)}")
    record = _record(problems, catalog, (*at, "record"), one["record"]) if "record" in one else None
    others = tuple(_record(problems, catalog, (*at, "others", place), each) for place, each in enumerate(one.get("others", ())))
    _check_now(problems, at, one)
    found = Policy(
        roles=frozenset(role for _, role in roles), claims=tuple(_claims(problems, catalog, at, one)), record=record, others=others,
        user=MappingProxyType(one.get("user", {})), why=one.get("why", ""), at=at, **({"now": one["now"]} if "now" in one else {}),
    )
    for claim in found.claims:
        if record is not None and claim.type != record.type:
            problems.error(claim.at, "policy_type", f"The record of this test is of '{record.type}'. Test '{claim.type}' apart.")
    return found


def _check_now(problems: Problems, at: Path, one: Mapping[str, Any]) -> None:
    try:
        datetime.fromisoformat(one.get("now", "2026-01-01"))
    except ValueError:
        problems.error((*at, "now"), "form", "Write a moment like 2026-01-31T09:00:00+01:00.")


def _record(problems: Problems, catalog: Catalog, at: Path, one: Mapping[str, Any]) -> GivenRecord:
    record_type = _type(problems, catalog, (*at, "type"), one["type"])
    if record_type is not None:
        for name in one.get("fields", {}):
            _known(problems, (*at, "fields", name), name, record_type)
        states = record_type.workflow.states if record_type.workflow is not None else {}
        if "state" in one and one["state"] not in states:
            problems.error((*at, "state"), "unknown_state", f"'{record_type.name}' has no state '{one['state']}'.{did_you_mean(one['state'], states)}")
    return GivenRecord(
        one["type"], one.get("id", 1), one.get("state"), one.get("created_by"), MappingProxyType(one.get("fields", {})), at,
    )  # fmt: skip


def _claims(problems: Problems, catalog: Catalog, at: Path, one: Mapping[str, Any]) -> Iterator[Claim]:
    for key, must in (("must", True), ("must_not", False)):
        claims = one.get(key, {})
        for verb in VERBS:
            for path, name in _words(claims.get(verb, ()), (*at, key, verb)):
                first, _, of = name.partition(".")
                record_type = _type(problems, catalog, path, first)
                if record_type is not None and _fits(problems, path, verb, (record_type, of)):
                    yield Claim(verb, must, first, of, path)


def _fits(problems: Problems, path: Path, verb: Verb, what: tuple[RecordType, str]) -> bool:
    record_type, of = what
    before = len(problems.found)
    if verb == "transition":
        known = record_type.workflow.transitions if record_type.workflow is not None else {}
        if of not in known:
            problems.error(path, "unknown_transition", f"'{record_type.name}' has no transition '{of}'.{did_you_mean(of, known)}")
    elif of and verb not in _OF_FIELDS:
        problems.error(path, "policy_target", f"'{verb}' is asked of types, not of fields: write '{record_type.name}'.")
    elif not of and verb not in _OF_TYPES:
        problems.error(path, "policy_target", f"'{verb}' is asked of fields: write '{record_type.name}.<field>'.")
    elif of:
        name, _, member = of.partition(".")
        _known(problems, path, name, record_type)
        field = record_type.by_name.get(name)
        if member and field is not None and (verb != "read" or member not in {one.name for one in field.fields}):
            problems.error(path, "unknown_field", f"'{member}' is nothing in '{record_type.name}.{name}' that can be asked '{verb}' of.")
    return len(problems.found) == before


def _type(problems: Problems, catalog: Catalog, path: Path, name: str) -> RecordType | None:
    found = catalog.types.get(name)
    if found is None:
        problems.error(path, "unknown_type", f"There is no record type '{name}'.{did_you_mean(name, catalog.types)}")
    return found


def _known(problems: Problems, path: Path, name: str, record_type: RecordType) -> None:
    if name not in record_type.by_name:
        problems.error(path, "unknown_field", f"'{record_type.name}' has no field '{name}'.{did_you_mean(name, record_type.by_name)}")


def _words(value: Any, at: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield at, value
    else:
        yield from (((*at, place), one) for place, one in enumerate(value))
