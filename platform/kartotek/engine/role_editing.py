"""Role editing: roles changed by whoever has the ability, in the site's files, by plan and confirmation, never beyond his own rights."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kartotek.declaration.folder import BASE
from kartotek.declaration.folder_names import SITE_FILE
from kartotek.declaration.load import load
from kartotek.engine.granting import Granting
from kartotek.engine.proposals import Proposals
from kartotek.engine.transactions import Transactions
from kartotek.errors import Conflict, Forbidden, Invalid, NotFound
from kartotek.model.actor import OWNER, Actor
from kartotek.model.audit import AuditEntry
from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.edit import Edit, Put, Remove
from kartotek.model.naming import TYPE_NAME
from kartotek.model.problem import Problem, problem
from kartotek.model.proposal import Proposal, Proposed
from kartotek.model.role_edit import RoleEdit, differs
from kartotek.model.settings import Role
from kartotek.model.versions import RunningChange
from kartotek.rules.lattice import lacking, lacking_before

_MORE = "Nobody may give to others what he may not do himself."


@dataclass(frozen=True, slots=True)
class RoleEditing:
    """Safe to share by threads. Every method raises NotFound for whoever lacks the ability `roles`."""

    transactions: Transactions
    proposals: Proposals
    granting: Granting

    def roles(self, actor: Actor) -> list[tuple[Role, bool]]:
        """(role, whether the actor may edit it) of the declared roles. His own he may not, or he could give himself more."""
        self.granting.refuse_unable(actor, "roles")
        catalog = self._catalog()
        return [(one, self._is_open(actor, catalog, one.name)) for one in catalog.settings.roles]

    def propose(self, actor: Actor, edit: RoleEdit) -> Proposed:
        """What the edit would do to files and rights; nothing is written. Raises Forbidden, Invalid, Conflict, Busy."""
        proposal = self._proposal(actor, edit)
        found = self.proposals.propose(_elevated(actor), proposal)
        self._refuse_more(actor, edit, found.files)
        return found

    def apply(self, actor: Actor, edit: RoleEdit, *, hash: str, confirm: Collection[str] = ()) -> RunningChange:
        """Writes the files and puts them into service, if that is what the plan with this hash says. Raises as `propose` does."""
        proposal = self._proposal(actor, edit)
        found = self.proposals.propose(_elevated(actor), proposal)
        self._refuse_more(actor, edit, found.files)
        fixed = replace(proposal, files=found.files, edits={})
        done = self.proposals.apply(_elevated(actor), fixed, hash=hash, confirm=confirm, reason=f"The role {edit.role} was changed.")
        names = tuple(sorted({*edit.levels})) if edit.type else ()
        self.transactions.audit.note(actor, AuditEntry("role_changed", edit.type, None, names, {"role": edit.role}))
        return done

    def _catalog(self) -> Catalog:
        return self.transactions.catalogs.current(fresh=True).catalog

    def _is_open(self, actor: Actor, catalog: Catalog, role: str) -> bool:
        return actor.is_owner or (role not in actor.roles and not lacking(catalog, actor.roles, (role,)))

    def _proposal(self, actor: Actor, edit: RoleEdit) -> Proposal:
        self.granting.refuse_unable(actor, "roles")
        catalog, there = self._catalog(), self.proposals.files(_elevated(actor))
        if not actor.is_owner:
            self._refuse_waiting(catalog, there)
        known = next((one for one in catalog.settings.roles if one.name == edit.role), None)
        if edit.is_new or known is None:
            _refuse_name(edit, catalog)
        elif not self._is_open(actor, catalog, edit.role):
            raise Forbidden(_MORE)
        edits: dict[str, list[Edit]] = {}
        if own := [*_of_site(edit, known)]:
            edits[SITE_FILE] = own
        if edit.type:
            record_type = catalog.types.get(edit.type)
            if record_type is None or record_type.builtin or known is None:
                raise NotFound("There is no such record type.")
            if of_type := [*_of_type(edit, record_type)]:
                edits[record_type.file] = of_type
        foreign = [name for name in edits if name not in there]
        if foreign:
            raise Invalid([problem("", "not_own_file", file=foreign[0])])
        return Proposal(edits=edits, seen={name: there[name] for name in edits})

    def _refuse_more(self, actor: Actor, edit: RoleEdit, files: Mapping[str, str | None]) -> None:
        """Raises Forbidden where the role, or any other, would hold what it may not have from this actor."""
        before = self._catalog()
        documents = {**before.documents, **self._own(actor), **files}
        after = load({name: text for name, text in documents.items() if text is not None}, notes=False).catalog
        if after is None or actor.is_owner:
            return  # mistakes stand in the plan, which cannot be applied
        others = [one.name for one in after.settings.roles if one.name != edit.role]
        if lacking_before(before, actor.roles, after, (edit.role,)) or any(lacking_before(before, (one,), after, (one,)) for one in others):
            raise Forbidden(_MORE)

    def _refuse_waiting(self, catalog: Catalog, there: Mapping[str, str]) -> None:
        """Raises Conflict where the files say more than is in service: a plan would carry that out as well."""
        documents = {name: text for name, text in catalog.documents.items() if name.startswith(BASE)} | dict(there)
        found = load(documents, notes=False).catalog
        if found is None or found.hash != catalog.hash:
            raise Conflict("Other changes of the files wait. An owner has to look at them first.", problems=[problem("", "files_wait")])

    def _own(self, actor: Actor) -> Mapping[str, str]:
        return self.proposals.files(_elevated(actor))


def _elevated(actor: Actor) -> Actor:
    """The actor as the files ask for him: what may be done with them was judged before, and history names him."""
    return replace(actor, roles=actor.roles | {OWNER})


def _refuse_name(edit: RoleEdit, catalog: Catalog) -> None:
    if not TYPE_NAME.fullmatch(edit.role) or edit.role in catalog.settings.role_names:
        raise Invalid([Problem("/name", "pattern", "A role's name has small letters, digits and _ in it and begins with a letter.")])


def _of_site(edit: RoleEdit, known: Role | None) -> Iterator[Edit]:
    if known is None:
        whole: dict[str, Any] = {"title": dict(edit.titles)} if edit.titles else {}
        yield Put(("roles", edit.role), whole | ({"may": sorted(edit.may)} if edit.may else {}))
        return
    titles = known.titles if edit.titles is None else edit.titles
    may = known.may if edit.may is None else edit.may
    if (dict(titles), may) != (dict(known.titles), known.may):
        whole = {"title": dict(titles)} if titles else {}
        yield Put(("roles", edit.role), whole | ({"may": sorted(may)} if may else {}))


def _of_type(edit: RoleEdit, record_type: RecordType) -> Iterator[Edit]:
    grants = record_type.permissions.get(edit.role, {})
    wanted = {action: value for action, value in edit.grants.items() if differs(grants.get(action), value)}
    gone = [action for action, value in wanted.items() if not value]
    if grants and set(gone) == set(grants) and not any(wanted.values()):
        yield Remove(("x-record", "permissions", edit.role))
    else:
        yield from (Remove(("x-record", "permissions", edit.role, action)) for action in gone if action in grants)
    yield from (Put(("x-record", "permissions", edit.role, action), True) for action, value in wanted.items() if value)
    for name, level in edit.levels.items():
        field = record_type.by_name.get(name)
        if field is None or field.access.get(edit.role) == level:
            continue
        path = ("properties", name, "x-field", "access", edit.role)
        if level is None:
            yield Remove(path[:-1] if set(field.access) == {edit.role} else path)
            continue
        yield Put(path, level)
        if level == "mask" and field.mask is None:
            yield Put(("properties", name, "x-field", "mask"), {"show": "none"})
