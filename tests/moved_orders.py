"""A neutral site with processes: jobs that people move, accounts that settle by themselves, checks that jobs bring about."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from neutral_site import ALL, CLERK, HELPER, OWNER, SITE, STRANGER, money

from kartotek.engine.engine import Engine
from kartotek.engine.users import MirroredUser
from kartotek.model.actor import Actor

JOB = {
    "title": "Job", "type": "object", "required": ["title"],
    "properties": {
        "title": {"type": "string", "title": "Title", "maxLength": 40},
        "amount": {"type": "integer", "title": "Amount", "minimum": 0},
        "reason": {"type": "string", "title": "Reason", "maxLength": 20},
        "secret": {"type": "string", "title": "Secret", "x-field": {"read": ["clerk"], "write": ["clerk"]}},
        "account": {"type": "integer", "title": "Account", "x-field": {"references": "account", "inverse": "jobs"}},
        "after": {"type": "integer", "title": "After", "x-field": {"references": "job", "inverse": "next"}},
        "done_at": {"type": "string", "format": "date-time", "title": "Done at", "readOnly": True},
        "done_by": {"type": "integer", "title": "Done by", "readOnly": True},
        "locked": {"type": "string", "title": "Locked", "x-field": {"readOnlyIf": "record.amount > 50"}},
        "checks_count": {"type": "integer", "title": "Checks", "readOnly": True,
                         "x-field": {"rollup": {"from": "checks", "fn": "count"}}},
        "is_open": {"type": "boolean", "title": "Open", "readOnly": True,
                    "x-field": {"compute": "record.status != 'done'", "stored": True}},
    },
    "x-record": {
        "titleTemplate": "{title}", "sort": ["title"],
        "validations": [{"name": "paid", "rule": "meta.state != 'done' || record.amount != 13",
                         "message": "Thirteen is never done", "field": "amount"}],
        "permissions": {
            "clerk": ALL,
            "helper": {"read": "record.amount != 99", "create": True, "write": "record.amount < 90"},
        },
    },
}
ACCOUNT = {
    "title": "Account", "type": "object", "required": ["code"],
    "properties": {
        "code": {"type": "string", "title": "Code", "x-field": {"unique": True}},
        "note": {"type": "string", "title": "Note"},
        "remaining": {"type": "integer", "title": "Remaining", "readOnly": True,
                      "x-field": {"rollup": {"from": "entries", "fn": "sum", "field": "change"}}},
        "done_jobs": {"type": "integer", "title": "Done jobs", "readOnly": True, "x-field": {
            "rollup": {"from": "jobs", "fn": "count", "where": "item.status == 'done'"}}},
    },
    "x-record": {"titleTemplate": "{code}", "permissions": {"clerk": ALL},
                 "validations": [{"name": "covered", "rule": "record.remaining >= 0", "message": "Nothing is left"}]},
}
ENTRY = {
    "title": "Entry", "type": "object", "required": ["account", "change"],
    "properties": {
        "account": {"type": "integer", "title": "Account", "x-field": {"references": "account", "inverse": "entries"}},
        "change": {"type": "integer", "title": "Change", "maximum": 100_000},
        "by_job": {"type": "integer", "title": "Job", "x-field": {"references": "job", "onDelete": "cascade", "inverse": "entries"}},
        "left": {"type": "integer", "title": "Left"},
    },
    "x-record": {"permissions": {"clerk": ALL}},
}
CHECK = {
    "title": "Check", "type": "object", "required": ["job"],
    "properties": {
        "job": {"type": "integer", "title": "Job", "x-field": {"references": "job", "onDelete": "cascade", "inverse": "checks"}},
        "weight": {"type": "integer", "title": "Weight"},
        "price": money("Price"),
    },
    "x-record": {"permissions": {"clerk": ALL}},
}
TYPES: dict[str, dict[str, Any]] = {"account": ACCOUNT, "job": JOB, "entry": ENTRY, "check": CHECK}

JOB_FLOW = """record: job
field: status
initial: draft
states:
  draft:   {title: {en: Draft, zh: 草稿}, color: grey}
  ready:   {title: {en: Ready, zh: 就绪}, color: blue, edit: [clerk]}
  done:    {title: {en: Done, zh: 完成}, color: green, edit: []}
  dropped: {title: {en: Dropped, zh: 放弃}, color: red, final: true}
transitions:
  submit:
    title: {en: Submit, zh: 提交}
    from: draft
    to: ready
    roles: [clerk, helper]
    require: [amount]
    ask: [reason]
    guard: "record.amount > 0"
    message: {en: "The amount must be positive", zh: 金额必须为正}
  finish:
    title: {en: Finish, zh: 完成}
    from: ready
    to: done
    roles: [clerk]
    do:
      - set: {done_at: =now, done_by: =user.id, locked: by effect}
      - create: {record: check, set: {job: =record, weight: "=record.amount * 2"}}
        if: "record.amount >= 10"
      - create: {record: entry, set: {account: =record.account, change: "=-record.amount", by_job: =record, left: "=record.account.remaining - record.amount"}}
        if: "isSet(record.account)"
      - update: {record: =record.account, set: {note: "=record.title + ' took ' + string(record.amount) + ', left ' + string(record.account.remaining)"}}
      - transition: {record: =record.next, run: submit, skip: true}
  reopen:
    title: {en: Reopen, zh: 重开}
    from: done
    to: ready
    roles: [clerk]
    comment: required
  drop:
    title: {en: Drop, zh: 放弃}
    from: [draft, ready]
    to: dropped
    roles: [clerk, helper]
    require: [reason]
    ask: [secret]
    confirm: true
  age:
    title: {en: Age, zh: 过期}
    from: draft
    to: dropped
    after: PT24H
    guard: "record.amount != 5"
"""
ACCOUNT_FLOW = """record: account
initial: open
states:
  open:  {title: {en: Open, zh: 开}}
  empty: {title: {en: Empty, zh: 空}}
  closed: {title: {en: Closed, zh: 关}, final: true}
transitions:
  run_dry:
    title: {en: Runs dry, zh: 用尽}
    from: open
    to: empty
    auto: true
    guard: "record.remaining == 0 && record.entries.exists(e, e.change > 0)"
    do:
      - set: {note: dry}
  close:
    title: {en: Close, zh: 关闭}
    from: empty
    to: closed
    roles: [clerk]
  refill:
    title: {en: Refilled, zh: 充值}
    from: empty
    to: open
    auto: true
    guard: "record.remaining > 0"
"""


def documents(flows: dict[str, str] | None = None, **changed: dict[str, Any]) -> dict[str, str]:
    """The site's documents; `flows` are workflow files by name, put in the place of its own."""
    files = {"job": JOB_FLOW, "account": ACCOUNT_FLOW} if flows is None else flows
    schemas = {f"schemas/{name}.json": json.dumps(one, indent=1) for name, one in (TYPES | changed).items()}
    return {"site.yaml": SITE, **schemas} | {f"workflows/{name}.yaml": text for name, text in files.items()}


def opened(open_engine: Callable[..., Engine], given: dict[str, str]) -> Engine:
    """An engine over the documents, which may have warnings, with its people."""
    engine = open_engine()
    report = engine.apply_documents(given, by=Actor.system("test"), reason="test")
    assert report.applied, [f"{one.place}: {one.message}" for one in report.problems if one.severity == "error"]
    for one in (OWNER, CLERK, HELPER, STRANGER):
        engine.users.mirror(MirroredUser(id=one.id, username=one.name.lower(), name=one.name, roles=one.roles))
    return engine
