"""A small site that sends: people with addresses and consents, orders whose workflow tells them, endpoints and channels."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from kartotek.engine.outgoing import Carriers, Outcome, Outgoing
from kartotek.model.actor import Actor

SITE = """name: Workshop
languages: [en, zh]
timezone: Asia/Shanghai
currency: CNY
region: CN
roles:
  clerk: {title: Clerk}
  helper: {title: Helper}
channels:
  mail: {type: smtp, host: mail.example.org, from: "Shop <shop@example.org>"}
  drum: {type: inbox}
  text: {type: http, url: "https://gate.example.org/send", quiet: {from: "21:00", to: "08:00"}}
endpoints:
  books: {url: "https://books.example.org/hook", secret: books, role: clerk}
  bare: {url: "https://bare.example.org/hook", secret: bare}
"""
ALL = {"read": True, "create": True, "write": True, "delete": True}
PERSON: dict[str, Any] = {
    "title": "Person", "type": "object", "required": ["name"],
    "properties": {
        "name": {"type": "string", "title": "Name"},
        "email": {"type": "string", "format": "email", "title": "E-mail"},
        "phone": {"type": "string", "format": "phone", "title": "Phone", "x-field": {"read": ["clerk"]}},
        "language": {"type": "string", "title": "Language"},
        "wants": {"type": "boolean", "title": "Wants messages", "default": True},
        "level": {"title": "Level", "default": "plain", "x-i18n": {"zh": {"enum": {"plain": "普通"}}}, "oneOf": [
            {"const": "plain", "title": "Plain"}, {"const": "gold", "title": "Gold"}]},
        "account": {"type": "integer", "title": "Account", "x-field": {"references": "user", "account": True, "unique": True}},
    },
    "x-record": {
        "titleTemplate": "{name}",
        "permissions": {"clerk": ALL, "helper": {"read": True}},
        "contact": {
            "mail": "email", "text": "phone", "pigeon": "email", "drum": "phone", "language": "language",
            "consent": "record.wants || purpose == 'service' && channel == 'mail'",
        },
    },
}  # fmt: skip
ORDER: dict[str, Any] = {
    "title": "Order", "type": "object", "required": ["person"],
    "properties": {
        "number": {"type": "string", "title": "No."},
        "person": {"type": "integer", "title": "Person", "x-field": {"references": "person", "inverse": "orders"}},
        "total": {"type": "string", "format": "decimal", "title": "Total", "x-field": {"precision": 12, "scale": 2, "currency": "CNY"}},
        "at": {"type": "string", "format": "date-time", "title": "At"},
        "hidden": {"type": "string", "title": "Hidden", "x-field": {"read": ["clerk"]}},
        "lines": {"type": "array", "title": "Lines", "items": {"type": "object", "properties": {
            "name": {"type": "string", "title": "Name"}, "count": {"type": "integer", "title": "Count"}}}},
    },
    "x-record": {"titleTemplate": "{number}", "permissions": {"clerk": ALL, "helper": {"read": "record.number != 'secret'"}}},
}  # fmt: skip
WORKFLOW = """record: order
initial: open
states:
  open: {title: {en: Open, zh: 开}}
  ready: {title: {en: Ready, zh: 好}}
  gone: {title: {en: Gone, zh: 走}, final: true}
transitions:
  finish:
    title: {en: Finish, zh: 完成}
    from: open
    to: ready
    roles: [clerk]
    do:
      - notify: {to: "=record.person", via: [mail, text], template: ready}
      - notify: {roles: [helper], via: [inbox], template: ready}
      - webhook: {endpoint: books, event: order.ready}
  hand_over:
    title: {en: Hand over, zh: 交付}
    from: ready
    to: gone
    roles: [clerk]
    do:
      - notify: {to: "=record.person", via: [pigeon, inbox, drum], template: thanks}
      - webhook: {endpoint: bare, event: order.gone}
"""
READY = """record: order
subject: {en: "Order {record.number} is ready", zh: "订单 {record.number} 已完成"}
body:
  en: |
    Dear {record.person.name} ({record.person.level}), {record.total | money} at {record.at | time} on {record.at | date}.
    {#if isSet(record.hidden)}Hidden: {record.hidden}{#else}Nothing hidden{/if}
    {#each record.lines}- {item.name} × {item.count}
    {/each}
  zh: |
    {record.person.name}（{record.person.level}），{record.total | money}，{record.at | datetime}。
"""
THANKS = """record: order
purpose: marketing
body: "Thank you, {record.person.name}"
"""


def documents(**changed: str) -> dict[str, str]:
    """The site's documents; `site`, `ready`, … replace one."""
    made = {
        "site.yaml": changed.get("site", SITE),
        "schemas/person.json": json.dumps(PERSON),
        "schemas/order.json": json.dumps(ORDER),
        "workflows/order.yaml": changed.get("workflow", WORKFLOW),
        "templates/messages/ready.yaml": changed.get("ready", READY),
        "templates/messages/thanks.yaml": changed.get("thanks", THANKS),
    }
    return made


CLERK = Actor(id=2, name="Clara", roles=frozenset({"clerk"}))
HELPER = Actor(id=3, name="Hugo", roles=frozenset({"helper"}))
OWNER = Actor(id=1, name="Olive", roles=frozenset({"owner"}))


class Post:
    """Carriers that keep what they are given, and answer what they are told to."""

    def __init__(self, answer: Callable[[Outgoing], Outcome] = lambda one: Outcome()) -> None:
        self.answer = answer
        self.carried: list[Outgoing] = []
        self.carriers: Carriers = {"smtp": self._carry, "http": self._carry, "webhook": self._carry}

    def _carry(self, outgoing: Outgoing) -> Outcome:
        self.carried.append(outgoing)
        return self.answer(outgoing)

    def taken(self) -> list[Outgoing]:
        """What was carried since the last asking."""
        taken, self.carried = self.carried, []
        return taken


class Clock:
    """A clock that the test moves."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now
