"""A site whose orders move all the time, and bring about one of everything: an entry, a sum, a parcel that moves, a message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from running_site import Server, write_type

ORDERS, ACCOUNTS, CREDIT = 30, 3, 6  # so little credit that many an order is refused
CLERK = "carol"
_ALL = {"clerk": {"read": True, "create": True, "write": True}}
_INSTANT = {"type": "string", "format": "date-time"}
_COUNT = {"type": "integer", "default": 0, "readOnly": True}
SITE = "name: Moving\nlanguages: [en]\ntimezone: UTC\nroles:\n  clerk: {title: Clerk}\n"


def _to(target: str, **more: Any) -> dict[str, Any]:
    return {"type": "integer", "x-field": {"references": target, **more}}


ACCOUNT = {
    "title": "Account", "type": "object", "properties": {
        "name": {"type": "string"}, "moves": _COUNT,
        "remaining": {"type": "integer", "readOnly": True,
                      "x-field": {"rollup": {"from": "entries", "fn": "sum", "field": "change"}}},
    },
    "x-record": {"titleTemplate": "{name}", "permissions": _ALL, "validations": [
        {"name": "covered", "rule": "record.remaining >= 0", "message": "Nothing is left."}]},
}
PARCEL = {
    "title": "Parcel", "type": "object", "properties": {"name": {"type": "string"}, "turns": _COUNT},
    "x-record": {"titleTemplate": "{name}", "permissions": _ALL},
}
PLACE = {
    "title": "Place", "type": "object", "properties": {"name": {"type": "string"}},
    "x-record": {"titleTemplate": "{name}", "permissions": _ALL},
}
ORDER = {
    "title": "Order", "type": "object", "required": ["account", "parcel", "amount"],
    "properties": {
        "name": {"type": "string"}, "amount": {"type": "integer", "minimum": 1}, "account": _to("account"),
        "parcel": _to("parcel"), "place": _to("place"), "starts": _INSTANT, "ends": _INSTANT, "steps": _COUNT,
    },
    "x-record": {"titleTemplate": "{name}", "permissions": _ALL, "occupancy": [{
        "name": "slot", "key": ["place"], "start": "starts", "end": "ends",
        "where": "meta.state == 'reserved' || meta.state == 'packed'"}]},
}
ENTRY = {
    "title": "Entry", "type": "object", "required": ["account", "change"],
    "properties": {
        "account": _to("account", inverse="entries"), "change": {"type": "integer"}, "by_order": _to("order"),
        "step": {"type": "integer"}, "what": {"type": "string"},
    },
    "x-record": {"appendOnly": True, "permissions": _ALL},
}

# {transition: (from, to, what it adds to the account for each of the order's amount, what it has the parcel do, who)}
PEOPLE = "roles: [clerk]"
TRANSITIONS = {
    "reserve": ("open", "reserved", -1, "take", PEOPLE),
    "release": ("reserved", "open", 1, "give", PEOPLE),
    "lapse": ("reserved", "lapsed", 1, "give", "after: PT1S"),
    "pack": ("reserved", "packed", 0, "", PEOPLE),
    "unpack": ("packed", "reserved", 0, "", PEOPLE),
    "remind": ("packed", "packed", 0, "", "after: PT1S"),
    "revive": ("lapsed", "open", 0, "", PEOPLE),
}
TIMED = {"reserved": "lapse", "packed": "remind"}
STATES = ("open", "reserved", "packed", "lapsed", "ended")
PARCEL_FLOW = """record: parcel
initial: idle
states:
  idle: {title: {en: Idle}}
  taken: {title: {en: Taken}}
  lost: {title: {en: Lost}, final: true}
transitions:
  take: {title: {en: Take}, from: idle, to: taken, roles: [clerk], do: [{set: {turns: "=record.turns + 1"}}]}
  give: {title: {en: Give}, from: taken, to: idle, roles: [clerk], do: [{set: {turns: "=record.turns + 1"}}]}
  lose: {title: {en: Lose}, from: idle, to: lost, roles: [clerk]}
"""


def _order_flow() -> str:
    lines = ["record: order", "field: status", "initial: open", "states:"]
    lines += [f"  {one}: {{title: {{en: {one.title()}}}{', final: true' if one == 'ended' else ''}}}" for one in STATES]
    lines += ["transitions:", f"  end: {{title: {{en: End}}, from: open, to: ended, {PEOPLE}}}"]
    for name, (source, target, change, parcel, who) in TRANSITIONS.items():
        lines += [
            f"  {name}:", f"    title: {{en: {name.title()}}}", f"    from: {source}", f"    to: {target}", f"    {who}",
            *(["    comment: optional"] if who == PEOPLE else []), "    do:",
            '      - set: {steps: "=record.steps + 1"}',
            f'      - create: {{record: entry, set: {{account: =record.account, change: "={change} * record.amount", '
            f"by_order: =record, step: =record.steps, what: {name}}}}}",
            '      - update: {record: =record.account, set: {moves: "=record.account.moves + 1"}}',
            *([f"      - transition: {{record: =record.parcel, run: {parcel}}}"] if parcel else []),
            "      - notify: {roles: [clerk], via: [inbox], template: moved}",
        ]
    return "\n".join([*lines, ""])


def moving_site(folder: Path) -> Path:
    """The site in a new folder."""
    for part in ("schemas", "workflows", "templates/messages"):
        (folder / part).mkdir(parents=True)
    files = {
        "site.yaml": SITE, "workflows/order.yaml": _order_flow(), "workflows/parcel.yaml": PARCEL_FLOW,
        "templates/messages/moved.yaml": 'record: order\nsubject: "Moved"\nbody: "{record.name} has moved."\n',
    }
    for path, text in files.items():
        (folder / path).write_text(text, encoding="utf-8")
    for name, type in (("account", ACCOUNT), ("parcel", PARCEL), ("place", PLACE), ("order", ORDER), ("entry", ENTRY)):
        write_type(folder, name, type)
    return folder


def fill(server: Server) -> list[int]:
    """The ids of new orders. Each two of them want the same time."""
    accounts = _made(server, "account", [{"name": f"A{number}"} for number in range(ACCOUNTS)])
    _made(server, "entry", [{"account": one, "change": CREDIT} for one in accounts])
    parcels = _made(server, "parcel", [{"name": f"P{number}"} for number in range(ORDERS)])
    (place,) = _made(server, "place", [{"name": "Place"}])
    return _made(server, "order", [
        {
            "name": f"O{number}", "amount": 1 + number % 3, "account": accounts[number // 2 % ACCOUNTS],
            "parcel": parcels[number], "place": place,
            "starts": f"2027-03-{1 + number // 2:02}T10:00:00Z", "ends": f"2027-03-{1 + number // 2:02}T11:00:00Z",
        }
        for number in range(ORDERS)
    ])


def _made(server: Server, type: str, rows: list[dict[str, Any]]) -> list[int]:
    status, answer = server.api("POST", f"/records/{type}/bulk", {"records": [{"fields": one} for one in rows]})
    assert status == 200, answer
    return [one["record"]["id"] for one in answer["results"]]
