"""The effect notify: whom, by which channels, with which template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kartotek.declaration.builtin import USER
from kartotek.declaration.document import Path
from kartotek.declaration.flow import Flow
from kartotek.declaration.formulas import Names
from kartotek.declaration.suggest import did_you_mean
from kartotek.declaration.workflow_targets import reached, target_of
from kartotek.model.workflow import NotifyEffect

INBOX = "inbox"  # the channel that every site has


def notify_of(flow: Flow, path: Path, declared: Mapping[str, Any], names: Names) -> NotifyEffect | None:
    """The effect, or None where it cannot be told whom it tells."""
    via = tuple(declared.get("via", (INBOX,)))
    _check_template(flow, (*path, "template"), declared["template"])
    if ("to" in declared) == ("roles" in declared):
        flow.problems.error(path, "effect", "Say whom to tell: either 'to', a formula, or 'roles'.")
        return None
    if "roles" in declared:
        roles = flow.roles((*path, "roles"), declared["roles"])
        _check_channels(flow, (*path, "via"), via, of_people=())
        return NotifyEffect(declared["template"], via, roles=roles)
    to = target_of(flow, (*path, "to"), names)
    if to is None:
        return None
    _check_reach(flow, path, reached(to), via)
    return NotifyEffect(declared["template"], via, to=to)


def _check_template(flow: Flow, path: Path, name: str) -> None:
    known = flow.beside.templates
    if not flow.known(path, name, known, code="unknown_template", words="message in templates/messages called"):
        return
    if known[name] in flow.types and known[name] != flow.record:
        sentence = f"The message '{name}' is about '{known[name]}', and this workflow about '{flow.record}'."
        flow.problems.error(path, "template", sentence)


def _check_reach(flow: Flow, path: Path, owner: str, via: Sequence[str]) -> None:
    contact = flow.types[owner].contact
    if owner == USER:
        return _check_channels(flow, (*path, "via"), via, of_people=())
    if contact is not None:
        return _check_channels(flow, (*path, "via"), via, of_people=tuple(contact.addresses))
    if not flow.is_doubtful(owner):
        sentence = f"Nothing says how '{owner}' records are reached: their schema needs x-record.contact."
        flow.problems.error((*path, "to"), "no_contact", sentence)
    return None


def _check_channels(flow: Flow, path: Path, via: Sequence[str], *, of_people: Sequence[str]) -> None:
    """A channel that site.yaml does not have keeps its messages in the inbox page, so it is a mistake only if nobody knows it."""
    known = {INBOX, *flow.beside.channels, *of_people}
    for index, name in enumerate(via):
        if name not in known:
            sentence = f"Neither site.yaml nor the contact of these people has a channel '{name}'."
            flow.problems.warning((*path, index), "unknown_channel", sentence + did_you_mean(name, known))
