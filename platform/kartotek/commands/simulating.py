"""The command that runs a workflow for show: simulate."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kartotek.commands.processes import folder_catalog, with_workflow
from kartotek.commands.simulation import Event, Start, simulation
from kartotek.commands.terminal import OK, PROBLEMS, say, say_json
from kartotek.declaration.files import layer_folders
from kartotek.errors import NotFound, SetupInvalid
from kartotek.kinds.calendar import read_duration
from kartotek.model.actor import OWNER
from kartotek.model.catalog import Catalog

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def simulate(options: argparse.Namespace) -> int:
    """Runs the events one after another and shows what becomes of the record; 1 where any was refused."""
    catalog = folder_catalog(options)
    declared = with_workflow(catalog, options.type)
    events = [one for some in options.events or [] for one in some]
    _refuse_unknown(catalog, options, events)
    language = options.language or catalog.settings.languages[0]
    start = Start(
        catalog.documents, options.now or datetime.now(UTC), frozenset(options.roles or [OWNER]), language,
        layer_folders(options.site) if options.sample else (),
    )
    with simulation(start, declared.name) as running:
        steps = [running.create(options.fields)]
        if not steps[0]["problems"]:
            for event in events:
                steps += running.run(event)
    if options.format == "json":
        say_json(steps)
    else:
        titles = {name: state.label(language) for name, state in (declared.workflow.states if declared.workflow else {}).items()}
        for line in _told(steps, running.zone, titles):
            say(line)
    return PROBLEMS if any(one["problems"] for one in steps) else OK


def _refuse_unknown(catalog: Catalog, options: argparse.Namespace, events: list[Event]) -> None:
    roles = {OWNER, *catalog.settings.role_names}
    for role in options.roles or []:
        if role not in roles:
            raise NotFound(f"There is no role {role}. The roles are {', '.join(sorted(roles))}.")
    workflow = catalog.types[options.type].workflow
    for event in events:
        if event.name and workflow is not None and event.name not in workflow.transitions:
            known = ", ".join(workflow.transitions)
            raise NotFound(f"{options.type} has no transition {event.name}. Its transitions are {known}.")


def events_of(text: str) -> list[Event]:
    """`confirm,PT30M,cancel{"reason": "x"},{"size": 3}`: transitions, jumps of the clock, and edits."""
    found = []
    rest = text.strip()
    while rest:
        event, rest = _event(rest)
        found.append(event)
        if rest and not rest.startswith(","):
            raise argparse.ArgumentTypeError(f"after an event stands a comma, not {rest[:20]!r}")
        rest = rest.removeprefix(",").lstrip()
    return found


def _event(text: str) -> tuple[Event, str]:
    if text.startswith("P"):
        jump, _, rest = text.partition(",")
        return jump_of(jump)[0], f",{rest}" if rest else ""
    name = _NAME.match(text)
    rest = text[name.end() :] if name else text
    if not name and not rest.startswith("{"):
        raise argparse.ArgumentTypeError(f"{text[:20]!r} is no event: give a transition, a time like PT30M, or fields as JSON")
    if not rest.startswith("{"):
        return Event(name[0] if name else ""), rest.lstrip()
    try:
        fields, end = json.JSONDecoder().raw_decode(rest)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{rest[:30]!r} is not JSON: {error}") from error
    return Event(name[0] if name else "", fields), rest[end:].lstrip()


def jump_of(text: str) -> list[Event]:
    """A jump of the clock, as a list like events_of gives."""
    found = read_duration(text.strip())
    if not isinstance(found, timedelta) or found <= timedelta(0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a length of time: write it like PT30M, PT24H or P7D")
    return [Event(jump=found)]


def fields_of(text: str) -> Mapping[str, Any]:
    """The fields of the record, as JSON."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text[:30]!r} is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise argparse.ArgumentTypeError("fields are a JSON object, like '{\"name\": \"Lamp\"}'")
    return found


def _told(steps: list[dict[str, Any]], zone: ZoneInfo, titles: Mapping[str, str]) -> Iterator[str]:
    for step in steps:
        yield f"{_local(step['at'], zone)}  {_what(step):<24} {_state(step['state'], titles)}"
        if step.get("by_others"):
            yield "    made by somebody else: whoever acts here may not add such records"
        for one in step["problems"]:
            yield f"    refused: {one['message']} {one['path']}".rstrip()
        for one in step["happened"]:
            yield from _row(one, step, titles)
        for one in step["messages"]:
            yield f"    {_message(one)}"
        if step is steps[-1] and step["state"]:
            yield from _outlook(step, zone)


def _what(step: Mapping[str, Any]) -> str:
    event = str(step["event"])
    return {"": "(by itself)", "clock": "(time has passed)"}.get(event, event)


def _state(state: str | None, titles: Mapping[str, str]) -> str:
    if state is None:
        return "-"
    return state if titles.get(state, state) == state else f"{state} ({titles[state]})"


def _row(one: Mapping[str, Any], step: Mapping[str, Any], titles: Mapping[str, str]) -> Iterator[str]:
    if one["action"] == "skipped":
        yield f"    skipped: {one.get('transition', '')}, because its guard does not hold"
    elif one["action"] == "transition" and one.get("transition") != step["event"]:
        way = f": {_state(one['state_was'], titles)} → {_state(one['state_now'], titles)}" if "state_now" in one else ""
        yield f"    ran: {one['transition']}{way}"
    moved = one.get("state_now")
    for change in one["changes"] if one["action"] != "create" else []:
        if moved is not None and change.get("now") == moved:
            continue  # the field that shows the state
        yield f"    {change['field']}: {json.dumps(change.get('was'), ensure_ascii=False)} → {json.dumps(change.get('now'), ensure_ascii=False)}"


def _message(one: Mapping[str, Any]) -> str:
    if one["kind"] == "webhook":
        return f"webhook to {one['endpoint']}: {one['event']}"
    text = (one["preview"] or {}).get("text", "(nothing to say)").strip().replace("\n", "\n      ")
    return f"message to {one['name']} by {one['channel']}, {one['template']}:\n      {text}"


def _outlook(step: Mapping[str, Any], zone: ZoneInfo) -> Iterator[str]:
    can = [one["name"] for one in step["transitions"] if one["allowed"]]
    yield f"Possible now: {', '.join(can) or 'nothing'}."
    for one in step["transitions"]:
        if not one["allowed"] and not one.get("timer"):
            yield f"    not {one['name']}: {'; '.join(each['message'] for each in one['blockers'])}"
    for one in step["due"]:
        yield f"    {one['name']} is due at {_local(one['due'], zone)}"


def _local(at: str, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(at).astimezone(zone).strftime("%Y-%m-%d %H:%M")
