"""All that is checked of a workflow once its parts are right."""

from __future__ import annotations

from kartotek.declaration.document import Path
from kartotek.declaration.flow import Flow
from kartotek.declaration.state_names import check_compared, check_options, tell_no_state
from kartotek.declaration.suggest import listed
from kartotek.declaration.workflow_conditions import check_guards, check_timers, results
from kartotek.declaration.workflow_graph import check_graph
from kartotek.declaration.workflow_people import check_people
from kartotek.model.workflow import TransitionEffect, Workflow


def check_workflow(flow: Flow, workflow: Workflow) -> None:
    """Adds what is wrong with the whole; nothing that only follows from something told already."""
    _check_messages(flow)
    _check_titles(flow)
    check_people(flow, workflow)
    if not flow.outline.is_whole or any(one.code == "unknown_state" for one in flow.problems.found):
        return
    entries = _assigned(flow, workflow)
    # What says where old records stand speaks of what the field held before.
    formulas = {path: one for path, one in flow.formulas.checked.items() if path != ("assign",)}
    check_compared(flow.outline.draft, formulas, flow.types, flow.outlines)
    check_options(flow.outline.draft, formulas, flow.types)
    check_graph(flow, workflow, entries)
    check_guards(flow, workflow)
    check_timers(flow, workflow)
    _check_chains(flow, workflow)


def _assigned(flow: Flow, workflow: Workflow) -> set[str]:
    """The states in which records may stand that are older than the workflow."""
    found = set(workflow.removed.values())
    if workflow.assign is None:
        return found
    for literal in results(workflow.assign.node):
        name = workflow.renamed.get(str(literal.value), str(literal.value))
        if name in workflow.states:
            found.add(name)
        elif literal.value is not None:
            consequence = "so these records would begin anew"
            tell_no_state(flow.outline.draft, ("assign",), literal, flow.outline, consequence=consequence)
    return found


def _check_messages(flow: Flow) -> None:
    for name, declared in flow.outline.transitions.items():
        if "message" in declared and not flow.outline.mentions(name, "guard"):
            sentence = "'message' is what people are told where the guard does not hold, and there is no guard."
            flow.problems.error_at_key(("transitions", name, "message"), "no_effect", sentence)


def _check_titles(flow: Flow) -> None:
    """The first of several languages is that of a plain text; in a site of one language the name may do."""
    languages = flow.outline.draft.site.languages
    if len(languages) < 2:
        return
    for name, declared in flow.outline.states.items():
        title = declared.get("title", {})
        known = {languages[0]} if isinstance(title, str) else set(title)
        missing = [one for one in languages if one not in known and one.split("-")[0] not in known]
        if missing:
            path: Path = ("states", name)
            flow.problems.warning_at_key(path, "no_title", f"'{name}' has no title in {listed(missing)}.")


def _check_chains(flow: Flow, workflow: Workflow) -> None:
    """A transition that moves its own record on must do so from the state it leads to."""
    for path, effect in flow.effects.items():
        if path[0] != "transitions" or not isinstance(effect, TransitionEffect) or effect.skip:
            continue
        one, other = workflow.transitions.get(str(path[1])), workflow.transitions.get(effect.transition)
        if one and other and effect.target.source.strip() == "record" and one.target not in other.sources:
            sentence = f"After '{one.name}' the record is at '{one.target}', from where '{other.name}' does not lead."
            flow.problems.error((*path, "transition", "run"), "leads_elsewhere", sentence)
