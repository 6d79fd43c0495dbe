"""A small site with one workflow of everything, for tests that change a word of it and look what is said."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from kartotek.declaration.load import Loaded, load

FILE = "workflows/job.yaml"
SITE = """\
languages: [en, zh]
timezone: Asia/Shanghai
roles:
  boss: {title: Boss}
  clerk: {title: Clerk}
  guest: {title: Guest}
endpoints:
  books: {url: "https://books.example.org/hook", secret: books}
"""
ALL = {"read": True, "create": True, "write": True, "delete": True}
TYPES: dict[str, dict[str, Any]] = {
    "person": {
        "title": "Person", "type": "object", "required": ["name"],
        "properties": {
            "name": {"type": "string", "title": "Name"},
            "email": {"type": "string", "format": "email", "title": "Mail"},
            "level": {"title": "Level", "oneOf": [{"const": "plain"}, {"const": "gold"}]},
            "born": {"type": "string", "format": "date", "title": "Born"},
        },
        "x-record": {
            "titleTemplate": "{name}", "permissions": {"boss": ALL, "clerk": ALL},
            "contact": {"email": "email"},
        },
    },
    "entry": {
        "title": "Entry", "type": "object", "required": ["job", "amount"],
        "properties": {
            "job": {"type": "integer", "x-field": {"references": "job", "inverse": "entries", "onDelete": "cascade"}},
            "amount": {"type": "integer"},
            "double": {"type": "integer", "x-field": {"compute": "record.amount * 2"}},
            "number": {"type": "string", "x-field": {"autoNumber": "E-{0000}"}},
            "text": {"type": "string"},
        },
        "x-record": {"permissions": {"boss": ALL, "clerk": ALL}},
    },
    "opening": {
        "title": "Opening", "type": "object", "required": ["start", "end"],
        "properties": {
            "start": {"type": "string", "format": "date-time"}, "end": {"type": "string", "format": "date-time"}},
        "x-record": {"permissions": {"boss": ALL}, "calendar": {"start": "start", "end": "end"}},
    },
    "job": {
        "title": "Job", "type": "object", "required": ["person"],
        "properties": {
            "number": {"type": "string", "title": "No.", "x-field": {"autoNumber": "J-{0000}"}},
            "person": {"type": "integer", "x-field": {"references": "person", "inverse": "jobs"}},
            "helpers": {"type": "array", "uniqueItems": True, "items": {"type": "integer"}, "x-field": {"references": "person"}},
            "starts_at": {"type": "string", "format": "date-time"},
            "ends_at": {"type": "string", "format": "date-time"},
            "hours": {"type": "integer", "title": "Hours"},
            "limit": {"type": "integer", "title": "Limit"},
            "paid": {"type": "boolean", "title": "Paid"},
            "urgent": {"type": "boolean", "title": "Urgent"},
            "sort": {"oneOf": [{"const": "big"}, {"const": "small"}]},
            "reason": {"type": "string", "title": "Reason"},
            "stamp": {"type": "string", "format": "date-time", "readOnly": True},
            "secret": {"type": "integer", "x-field": {"read": ["boss"]}},
            "twice": {"type": "integer", "x-field": {"compute": "record.hours * 2"}},
            "total": {"type": "integer", "x-field": {"rollup": {"from": "entries", "fn": "sum", "field": "amount"}}},
        },
        "x-record": {"titleTemplate": "{number}", "permissions": {"boss": ALL, "clerk": ALL, "guest": {"read": True}}},
    },
}
MESSAGE = "record: job\nbody: {en: Hello, zh: 你好}\n"
OTHER_MESSAGE = "record: person\nbody: {en: Hello, zh: 你好}\n"
WORKFLOW = """\
record: job
field: status
initial: open
title: {en: State, zh: 状态}
version: 2
states:
  open:    {title: {en: Open, zh: 待处理}, color: orange, edit: [boss, clerk], aliases: [new]}
  ready:   {title: {en: Ready, zh: 就绪}, color: blue}
  waiting: {title: {en: Waiting, zh: 等待}, color: "#aabbcc"}
  done:    {title: {en: Done, zh: 完成}, color: green, final: true}
  dropped: {title: {en: Dropped, zh: 取消}, color: grey, final: true}
removed:
  parked: waiting
assign: "record.paid ? 'done' : 'open'"
transitions:
  prepare:
    title: {en: Prepare, zh: 准备}
    from: open
    to: ready
    roles: [boss, clerk]
    guard: "record.hours > 0"
    message: {en: How long?, zh: 多久？}
    require: [starts_at]
    ask: [reason]
    comment: optional
    do:
      - set: {stamp: =now, limit: 4, reason: "=record.reason + '!'"}
      - create: {record: entry, set: {job: =record, amount: =record.hours}}
        if: "record.hours > 2"
      - update: {record: =record.person, set: {level: gold}}
      - notify: {to: =record.person, via: [email], template: hello}
      - webhook: {endpoint: books, event: job.ready}
      - link: {name: answer, transition: refuse, expires: P3D, uses: 2, shows: [number]}
  hold:
    from: [open, ready]
    to: waiting
    roles: [boss]
    confirm: true
  resume:
    from: waiting
    to: ready
    at: "record.starts_at - duration('1h')"
    missed: skip
  finish:
    from: ready
    to: done
    roles: [clerk]
    do:
      - notify: {roles: [boss], template: hello}
  refuse:
    from: ready
    to: dropped
  expire:
    from: open
    to: dropped
    after: PT24H
    missed: PT2H
  close:
    from: ready
    to: done
    auto: true
    guard: "record.total >= 100"
schedules:
  remind:
    every: week
    on: [1, 5]
    at: "09:00"
    where: "record.paid"
    once: per-day
    missed: run
    do: [{notify: {to: =record.person, template: hello}}]
  tidy:
    cron: "0 3 * * *"
    do: [{transition: {record: =record, run: hold, skip: true}}]
  soon:
    moment: "record.starts_at - duration('2h')"
    do: [{set: {urgent: true}}]
clocks:
  answer:
    title: {en: Answer, zh: 答复}
    states: [open]
    hours: [opening]
    limits:
      - after: PT4H
        do: [{set: {urgent: true}}]
      - after: "=duration('PT1H') * record.limit"
        if: "record.paid"
        do: [{notify: {roles: [boss], template: hello}}]
"""


class Site:
    """Documents in the making; `swap` exchanges one piece of text, which must stand there once."""

    def __init__(self) -> None:
        self.types = deepcopy(TYPES)
        self.site = SITE
        self.workflow = WORKFLOW
        self.others: dict[str, str] = {}

    def swap(self, old: str, new: str) -> Site:
        assert self.workflow.count(old) == 1, (old, self.workflow.count(old))
        self.workflow = self.workflow.replace(old, new)
        return self

    def documents(self) -> dict[str, str]:
        schemas = {f"schemas/{name}.json": json.dumps(one, indent=1) for name, one in self.types.items()}
        messages = {"templates/messages/hello.yaml": MESSAGE, "templates/messages/other.yaml": OTHER_MESSAGE}
        return {"site.yaml": self.site, **schemas, **messages, FILE: self.workflow, **self.others}

    def load(self) -> Loaded:
        return load(self.documents())
