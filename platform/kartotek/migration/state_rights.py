"""State rights: whether states that get other names, or go up in others, open records to people whom a name kept out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kartotek.formula.tree import walk
from kartotek.migration.lineage import Lineage
from kartotek.migration.step import Step, Subject
from kartotek.migration.workflows import is_fewer, stands
from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.formula import Formula, Literal_
from kartotek.model.workflow import Workflow


def state_steps(old: Catalog, new: Catalog, lineage: Lineage) -> Iterator[Step]:
    """A held step for each state whose records more people might see, or change, where they go."""
    for name, was in lineage.types.items():
        before, after = old.types[was].workflow, new.types[name].workflow
        for state, now in _moved(before, after).items() if before is not None and after is not None else ():
            removed = state in after.removed  # what is only called otherwise is compared with its workflow
            if removed and not is_fewer(after.states[now].edit, before.states[state].edit):
                yield Subject(name, file=after.file).step("rights", "confirm", "state_edit_moved", before=state, rule=now)
            names = (state, now) if removed else (state,)
            for one in new.types.values():
                if any(_names(formula, new, names) for formula in _grants(one)):
                    told = {"before": state, "rule": now, "of": one.name}
                    yield Subject(name, file=after.file).step("rights", "confirm", "state_grants", **told)


def _moved(before: Workflow, after: Workflow) -> Mapping[str, str]:
    """{state that was: the one that its records are in from now on}."""
    found = {state: stands(after, state, before) for state in before.states}
    return {state: now for state, now in found.items() if now is not None and now != state}


def _grants(record_type: RecordType) -> Iterator[Formula]:
    for grants in record_type.permissions.values():
        yield from (grant for grant in grants.values() if isinstance(grant, Formula))


def _names(formula: Formula, catalog: Catalog, states: tuple[str, ...]) -> bool:
    """Whether it looks at a state, and says one of these."""
    if not any("meta" in path and path[-1] == "state" for path in formula.paths) and not any(
        _shows_state(catalog, *field) for field in formula.fields
    ):
        return False
    return any(isinstance(node, Literal_) and node.value in states for node in walk(formula.node))


def _shows_state(catalog: Catalog, owner: str, name: str) -> bool:
    workflow = catalog.types[owner].workflow if owner in catalog.types else None
    return workflow is not None and workflow.field == name
