"""Who may do what: the one decision every door asks. Pure; roles in, rules out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from kartotek.model.actor import Actor
from kartotek.model.catalog import Action, Catalog, RecordType
from kartotek.model.clearance import Clearance, reads
from kartotek.model.field import Field
from kartotek.model.view import NO_INNER, Rules, TypeView, View
from kartotek.rules.granting import EVERYWHERE, NOWHERE, States, grants, in_scope, limited, states_where, united

# What a signed-in person may know of the others: enough to name who did something.
_USER_NAMES = ("name",)
_FILES = frozenset({"file", "image", "files"})

Key = TypeVar("Key")


def view(actor: Actor, catalog: Catalog) -> View:
    """What the actor may read of every type. It depends on his standing alone, so it can be kept by that."""
    shown = {name: type_view(actor, one) for name, one in catalog.types.items()}
    return View({name: one for name, one in shown.items() if one.rows})


def within_rows(seen: View) -> View:
    """The same for records that are known to be under the rules of their rows: what these grant besides is True."""
    return View({name: replace(one, fields={
        field: beyond(one.rows, rules) for field, rules in one.fields.items()
    }) for name, one in seen.types.items()})


def beyond(rows: Rules, granted: Rules) -> Rules:
    """What has yet to be looked at in a record which one of `rows` shows: True where they grant the field as well."""
    if rows is True or granted is True:
        return granted
    sources = {one.source for one in granted}
    return True if rows and all(one.source in sources for one in rows) else granted


def type_view(actor: Actor, record_type: RecordType) -> TypeView:
    """A field is readable in a row if one single role grants both the row and the field."""
    if record_type.builtin:
        return TypeView(True, {one: True for one in record_type.by_name if one in _USER_NAMES or actor.is_owner})
    within = _known(actor, record_type)
    fields = _shown(actor, record_type, within, reads)
    unsure = frozenset(name for name in within if fields.get(name) is not True)
    return TypeView(
        may(actor, record_type, "read"), fields, _inner(actor, record_type, "read"),
        masked=_shown(actor, record_type, unsure, lambda one: one == "mask"),
        flagged=_shown(actor, record_type, unsure, lambda one: one == "flag"),
    )


def may(actor: Actor, record_type: RecordType, action: Action) -> Rules:
    """True, or the formulas of which one must hold for the record; () is never."""
    if record_type.builtin:
        return True if action == "read" else ()
    return united(grant for _, grant in grants(actor, record_type, action))


def writable(actor: Actor, record_type: RecordType, action: Action) -> Mapping[str, Rules]:
    """{field name: rules} of the fields the actor may set when creating or writing; read-only ones are never among them.

    Who may write a field is said by its `access` and `write`, else by its `read`: nobody overwrites what he cannot see.
    """
    found = grants(actor, record_type, action)
    open_fields = [one for one in record_type.fields if not (one.read_only or one.is_derived)]
    within = _known(actor, record_type)
    return _named({
        one.name: united(limited(grant, _settable(record_type, one, role, action)) for role, grant in found)
        for one in open_fields if one.name in within
    })


def proposable(actor: Actor, record_type: RecordType) -> Mapping[str, Rules]:
    """{field name: rules} of the fields of which the actor may propose another value, in records that he reads.

    None of a table or small object of which a part is hidden from him: the whole of it is proposed, and what he does not see would go.
    None of a file: whoever accepts would name one that is not his, or one that its proposer may not see.
    """
    if record_type.builtin or record_type.foreign or not in_scope(actor, record_type, "write"):
        return {}
    for_good = replace(actor, glass=frozenset())  # who opens a record in an emergency reads it, and no more
    found, within = grants(for_good, record_type, "read"), _known(actor, record_type)
    partly = {outer for (outer, _), rules in _inner(actor, record_type, "read").items() if rules is not True}
    return _named({
        one.name: united(limited(grant, _proposes(record_type, one, role)) for role, grant in found)
        for one in record_type.fields if one.name in within and one.name not in partly and one.kind not in _FILES and not (one.read_only or one.is_derived)
    })


def _proposes(record_type: RecordType, field: Field, role: str) -> States:
    return states_where(record_type, field, role, lambda state: record_type.clearance(field, role, state) == "propose")


def shown_first(actor: Actor, record_type: RecordType) -> frozenset[str]:
    """The fields that he may read in some record of the state in which new ones begin."""
    start = record_type.workflow.initial if record_type.workflow is not None else None
    roles = [role for role, _ in grants(actor, record_type, "read")]
    known = _known(actor, record_type)
    return frozenset(
        one.name for one in record_type.fields if one.name in known and any(reads(record_type.clearance(one, role, start)) for role in roles)
    )


def inner_writable(actor: Actor, record_type: RecordType, action: Action) -> Mapping[tuple[str, str], Rules]:
    """{(field, member): rules} of those members of sub-tables and small objects whose rights differ from their field's."""
    return _inner(actor, record_type, action)


def _known(actor: Actor, record_type: RecordType) -> Collection[str]:
    """The names of the fields that his token reaches."""
    limits = dict(actor.scope.fields) if actor.scope is not None else {}
    return limits.get(record_type.name, record_type.by_name)


def _shown(
    actor: Actor, record_type: RecordType, within: Collection[str], fits: Callable[[Clearance], bool]
) -> Mapping[str, Rules]:
    def states(field: Field, role: str) -> States:
        return states_where(record_type, field, role, lambda state: fits(record_type.clearance(field, role, state)))

    found = grants(actor, record_type, "read")
    return _named({
        one.name: united(limited(grant, states(one, role)) for role, grant in found)
        for one in record_type.fields if one.name in within and not one.write_only
    })


def _settable(record_type: RecordType, field: Field, role: str, action: Action) -> States:
    """In which states a role may set a field; a new record is in the first one."""

    def sets(state: str | None) -> bool:
        unseen = field.is_set_unseen(role) and role not in record_type.said(field, state)
        return unseen or record_type.clearance(field, role, state) == "write"

    if action == "create":
        start = record_type.workflow.initial if record_type.workflow is not None else None
        return EVERYWHERE if sets(start) else NOWHERE
    return states_where(record_type, field, role, sets)


def _reads(record_type: RecordType, field: Field, role: str) -> States:
    return states_where(record_type, field, role, lambda state: reads(record_type.clearance(field, role, state)))


def _inner(actor: Actor, record_type: RecordType, action: Action) -> Mapping[tuple[str, str], Rules]:
    if actor.owns_within:
        return NO_INNER
    granted, found = grants(actor, record_type, action), {}
    for outer in record_type.fields:
        for one in outer.fields:
            if one.is_read_by_some or (one.write is not None and action != "read"):
                found[outer.name, one.name] = united(
                    limited(grant, _inside(record_type, (outer, one), role, action)) for role, grant in granted
                )
    return MappingProxyType(found)


def _inside(record_type: RecordType, path: tuple[Field, Field], role: str, action: Action) -> States:
    """In which states a role may read a member and what it stands in, or set both."""
    outer, member = path
    if action == "read":
        return _reads(record_type, outer, role) if reads(member.clearance(role)) else NOWHERE
    is_set = member.clearance(role) == "write" or member.is_set_unseen(role)
    return _settable(record_type, outer, role, action) if is_set else NOWHERE


def _named(found: Mapping[Key, Rules]) -> Mapping[Key, Rules]:
    return {key: rules for key, rules in found.items() if rules}
