"""Lattice of roles: what some roles hold that others do not, so that nobody gives to others what he lacks himself. Pure.

It compares what `access` answers for both, and so knows of every right that is one there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kartotek.formula.narrower import is_narrower
from kartotek.model.actor import OWNER, Actor
from kartotek.model.catalog import Action, Catalog, RecordType
from kartotek.model.clearance import Clearance, rank
from kartotek.model.field import Field
from kartotek.model.view import Rules
from kartotek.rules.abilities import abilities_of
from kartotek.rules.access import inner_writable, may, type_view, writable
from kartotek.rules.granting import States, grants, limited, states_where, united
from kartotek.rules.states import editable
from kartotek.rules.transitions import runners

_ACTIONS: tuple[Action, ...] = ("read", "create", "write", "delete")
_SETTING: tuple[Action, ...] = ("create", "write")
_SHOWN: tuple[tuple[str, Clearance], ...] = (("know of", "flag"), ("see mask of", "mask"), ("read field", "read"))


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """Something that a role holds: `verb` is what may be done, `type` and `name` to what; an ability has a name alone."""

    type: str
    name: str
    verb: str

    @property
    def text(self) -> str:
        """The right in the words of declarations: "person.phone: read", "order: delete", "may: audit"."""
        return f"{'.'.join(one for one in (self.type, self.name) if one)}: {self.verb}" if self.type else f"{self.verb}: {self.name}"


def lacking(catalog: Catalog, granter: Iterable[str], roles: Iterable[str]) -> tuple[Right, ...]:
    """What these roles hold together and those of the granter do not; () where he may give them."""
    return tuple(_compared(catalog, frozenset(granter), frozenset(roles), stands_in=False))


def lacking_as_another(catalog: Catalog, granter: Iterable[str], roles: Iterable[str]) -> tuple[Right, ...]:
    """The same for whoever can act as another person, say by a link to a new password.

    A right that depends on who it is shows him other records than his own does, and so counts only where he has it without.
    """
    return tuple(_compared(catalog, frozenset(granter), frozenset(roles), stands_in=True))


def lacking_before(before: Catalog, granter: Iterable[str], after: Catalog, roles: Iterable[str]) -> tuple[Right, ...]:
    """What these roles would hold after a change of the declarations and the granter does not hold before it."""
    return tuple(_compared(after, frozenset(granter), frozenset(roles), stands_in=False, before=before))


def _compared(
    catalog: Catalog, granter: frozenset[str], roles: frozenset[str], *, stands_in: bool, before: Catalog | None = None
) -> Iterator[Right]:
    if OWNER in granter:
        return
    if OWNER in roles:
        yield Right("", OWNER, "role")
        return
    base = before or catalog
    for ability in sorted(abilities_of(catalog.settings, roles) - abilities_of(base.settings, granter)):
        yield Right("", ability, "may")
    for name in sorted(catalog.types):
        held = dict(_held(catalog.types[name], Actor(-1, "", roles)))
        had = dict(_held(base.types[name], Actor(-1, "", granter))) if name in base.types else {}
        for (what, verb), rules in held.items():
            if not _covers(had.get((what, verb), ()), rules, stands_in=stands_in):
                yield Right(name, what, verb)
        shown = {*_by_glass(catalog.types[name], roles)} - ({*_by_glass(base.types[name], granter)} if name in base.types and not stands_in else set())
        if any(had.get(key, ()) is not True for key in shown):
            yield Right(name, "", "break glass")


def _by_glass(record_type: RecordType, roles: frozenset[str]) -> Iterator[tuple[str, str]]:
    """What somebody with these roles may read of any record that he opens in an emergency; who has it for good lacks nothing."""
    glass, flow = record_type.break_glass, record_type.workflow
    if glass is None or not glass.roles & roles:
        return
    yield "", "read"
    states = (None, *(flow.states if flow is not None else ()))
    for field in record_type.fields:
        most = max(rank(record_type.clearance(field, glass.reads_as, state)) for state in states)
        if not field.write_only:
            yield from ((field.name, verb) for verb, least in _SHOWN if most >= rank(least))


def _held(record_type: RecordType, actor: Actor) -> Iterator[tuple[tuple[str, str], Rules]]:
    """((field or other name, verb), the rules under which) for all that the actor may do with records of the type."""
    if record_type.builtin:
        return
    for action in _ACTIONS:
        yield ("", action), may(actor, record_type, action)
    yield from _fields(record_type, actor)
    flow = record_type.workflow
    for transition in flow.transitions.values() if flow else ():
        yield (transition.name, "transition"), runners(actor, record_type, transition)
    if may(actor, record_type, "write"):
        for state in flow.states.values() if flow else ():
            if editable(record_type, state.name, actor):
                yield (state.name, "edit"), True
    for rule in record_type.validations:
        if rule.level == "confirm" and (rule.override is None or rule.override & actor.roles):
            yield (rule.name, "override"), True


def _fields(record_type: RecordType, actor: Actor) -> Iterator[tuple[tuple[str, str], Rules]]:
    seen = type_view(actor, record_type)
    levels = (seen.flagged, "know of"), (seen.masked, "see mask of"), (seen.fields, "read field")
    for place, (fields, verb) in enumerate(levels):
        # Whoever sees more of a field has what those have who see less of it.
        more = [above for above, _ in levels[place:]]
        yield from (((name, verb), _either(one.get(name, ()) for one in more)) for name in {name: 0 for one in more for name in one})
    changed = writable(actor, record_type, "write")  # whoever changes a field has what those have who propose
    proposed = {one.name: _either((_proposing(record_type, one, actor), changed.get(one.name, ()))) for one in record_type.fields}
    yield from _named(proposed, "propose")
    yield from _members(record_type, seen.fields, seen.inner, "read field")
    for action in _SETTING:
        open_fields = writable(actor, record_type, action)
        yield from _named(open_fields, f"{action} field")
        yield from _members(record_type, open_fields, inner_writable(actor, record_type, action), f"{action} field")


def _named(fields: Mapping[str, Rules], verb: str) -> Iterator[tuple[tuple[str, str], Rules]]:
    yield from (((name, verb), rules) for name, rules in fields.items())


def _proposing(record_type: RecordType, field: Field, actor: Actor) -> Rules:
    found = grants(actor, record_type, "read")
    return united(limited(rule, _where(record_type, field, role)) for role, rule in found)


def _where(record_type: RecordType, field: Field, role: str) -> States:
    return states_where(record_type, field, role, lambda state: record_type.clearance(field, role, state) == "propose")


def _either(found: Iterable[Rules]) -> Rules:
    return united(rule for rules in found for rule in ((True,) if rules is True else rules))


def _members(
    record_type: RecordType, outer: Mapping[str, Rules], inner: Mapping[tuple[str, str], Rules], verb: str
) -> Iterator[tuple[tuple[str, str], Rules]]:
    """A member without rights of its own has those of its field."""
    for field in record_type.fields:
        for member in field.fields if field.name in outer else ():
            yield (f"{field.name}.{member.name}", verb), inner.get((field.name, member.name), outer[field.name])


def _covers(had: Rules, wanted: Rules, *, stands_in: bool) -> bool:
    if had is True or wanted == ():
        return True
    if wanted is True:
        return False
    usable = [one for one in had if not (stands_in and "user" in one.roots)]
    return all(any(is_narrower(one, other) for other in usable) for one in wanted)


def roles_covered(catalog: Catalog, granter: Iterable[str]) -> tuple[str, ...]:
    """The declared roles that the granter may give, each by itself, in the order of site.yaml; the owner's to owners alone."""
    given = frozenset(granter)
    own = (OWNER,) if OWNER in given else ()
    return (*own, *(one.name for one in catalog.settings.roles if not lacking(catalog, given, (one.name,))))
