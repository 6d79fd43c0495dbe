"""Who may do what: the one decision every door asks. Pure; roles in, rules out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from kartotek.model.actor import Actor
from kartotek.model.catalog import Action, Catalog, Grant, RecordType
from kartotek.model.field import Field
from kartotek.model.formula import Formula
from kartotek.model.view import Rules, TypeView, View

# What a signed-in person may know of the others: enough to name who did something.
_USER_NAMES = ("name",)


def view(actor: Actor, catalog: Catalog) -> View:
    """What the actor may read of every type. It depends on the roles alone, so it can be kept per set of roles."""
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
    if actor.is_owner:
        return TypeView(True, {one.name: True for one in record_type.fields if not one.write_only})
    if record_type.builtin:
        return TypeView(True, {name: True for name in _USER_NAMES if name in record_type.by_name})
    fields = {one.name: _united(_field_grants(actor, record_type, one)) for one in record_type.fields}
    shown = {name: rules for name, rules in fields.items() if rules}
    return TypeView(may(actor, record_type, "read"), shown, _inner(actor, record_type, "read"))


def may(actor: Actor, record_type: RecordType, action: Action) -> Rules:
    """True, or the formulas of which one must hold for the record; () is never."""
    if record_type.builtin:
        return True if action == "read" else ()
    if actor.is_owner:
        return True
    return _united(_grants(actor, record_type, action).values())


def writable(actor: Actor, record_type: RecordType, action: Action) -> Mapping[str, Rules]:
    """{field name: rules} of the fields the actor may set when creating or writing; read-only ones are never among them.

    Who may write a field is said by its `write`, else by its `read`: nobody overwrites what he cannot see.
    """
    open_fields = [one for one in record_type.fields if not (one.read_only or one.is_derived)]
    if actor.is_owner:
        return {one.name: True for one in open_fields}
    grants = _grants(actor, record_type, action)
    united = {
        one.name: _united(rule for role, rule in grants.items() if _admits(one.write if one.write is not None else one.read, role))
        for one in open_fields
    }
    return {name: rules for name, rules in united.items() if rules}


def inner_writable(actor: Actor, record_type: RecordType, action: Action) -> Mapping[tuple[str, str], Rules]:
    """{(field, member): rules} of those members of sub-tables and small objects whose rights differ from their field's."""
    return MappingProxyType({}) if actor.is_owner else _inner(actor, record_type, action)


def _inner(actor: Actor, record_type: RecordType, action: Action) -> Mapping[tuple[str, str], Rules]:
    found: dict[tuple[str, str], Rules] = {}
    for outer in record_type.fields:
        for one in outer.fields:
            own = one.read if action == "read" or one.write is None else one.write
            if own is not None:
                above = outer.read if action == "read" or outer.write is None else outer.write
                grants = _grants(actor, record_type, action).items()
                found[outer.name, one.name] = _united(rule for role, rule in grants if _admits(own, role) and _admits(above, role))
    return found


def _field_grants(actor: Actor, record_type: RecordType, field: Field) -> Iterable[Grant]:
    if field.write_only:
        return ()
    return [rule for role, rule in _grants(actor, record_type, "read").items() if _admits(field.read, role)]


def _grants(actor: Actor, record_type: RecordType, action: Action) -> dict[str, Grant]:
    asked = ((role, record_type.permissions.get(role, {}).get(action)) for role in sorted(actor.roles))
    return {role: rule for role, rule in asked if rule}


def _admits(roles: frozenset[str] | None, role: str) -> bool:
    return roles is None or role in roles


def _united(grants: Iterable[Grant]) -> Rules:
    """Of grants none of which is false."""
    rules: dict[str, Formula] = {}
    for grant in grants:
        if isinstance(grant, bool):
            return True
        rules.setdefault(grant.source, grant)
    return tuple(rules.values())
