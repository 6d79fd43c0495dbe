"""The part of the small site that moves: tasks at desks with a workflow, times that are taken once, rules to override."""

from __future__ import annotations

import json
from typing import Any

_ALL = {"read": True, "create": True, "write": True, "delete": True}
_SOME = {"read": True, "create": True, "write": True}


def _zh(title: str, **more: Any) -> dict[str, Any]:
    return {"zh": {"title": title, **more}}


DESK: dict[str, Any] = {
    "title": "Desk",
    "x-i18n": _zh("桌位"),
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 40, "title": "Name", "x-i18n": _zh("名称")},
        "broken": {"type": "boolean", "default": False, "title": "Broken", "x-i18n": _zh("损坏")},
    },
    "x-record": {"plural": "Desks", "titleTemplate": "{name}", "search": ["name"], "permissions": {"manager": _ALL, "clerk": {"read": True}}},
}
TASK: dict[str, Any] = {
    "title": "Task",
    "x-i18n": _zh("任务"),
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 60, "title": "Name", "x-i18n": _zh("名称")},
        "desk": {"type": "integer", "title": "Desk", "x-field": {"references": "desk"}, "x-i18n": _zh("桌位")},
        "starts_at": {"type": "string", "format": "date-time", "title": "Start", "x-i18n": _zh("开始")},
        "ends_at": {"type": "string", "format": "date-time", "title": "End", "x-i18n": _zh("结束")},
        "price": {"type": "string", "format": "decimal", "title": "Price", "x-field": {"precision": 10, "scale": 2}, "x-i18n": _zh("价格")},
        "paid": {"type": "string", "format": "decimal", "title": "Paid", "x-field": {"precision": 10, "scale": 2}, "x-i18n": _zh("已付")},
        "reason": {
            "title": "Why", "oneOf": [{"const": "moved", "title": "Moved"}, {"const": "other", "title": "Other"}],
            "x-i18n": _zh("原因", enum={"moved": "改期", "other": "其他"}),
        },
        "details": {
            "type": "string", "maxLength": 200, "title": "Details", "x-i18n": _zh("详情"),
            "x-field": {"showIf": "record.reason == 'other'", "requiredIf": "record.reason == 'other'"},
        },
        "photo": {
            "type": "string", "format": "uuid", "title": "Photo", "x-field": {"file": {"accept": ["image/*"]}, "widget": "image"},
            "x-i18n": _zh("照片"),
        },
        "note": {"type": "string", "maxLength": 500, "title": "Note", "x-field": {"widget": "textarea"}, "x-i18n": _zh("备注")},
    },
    "x-record": {
        "plural": "Tasks", "icon": "checklist", "titleTemplate": "{name}", "list": ["name", "desk", "starts_at"], "search": ["name"],
        "sort": ["name"],
        "form": [{"sections": [
            {"columns": 2, "fields": ["name", "desk", "starts_at", "ends_at", "price", "paid"]}, {"fields": ["note"]},
            {"title": "Afterwards", "columns": 2, "fields": ["reason", "details", "photo"], "collapsed": True},
        ]}],
        "permissions": {"manager": _ALL, "clerk": _SOME},
        "occupancy": [{
            "name": "desk_taken", "key": ["desk"], "start": "starts_at", "end": "ends_at", "where": "meta.state != 'cancelled'",
            "message": {"en": "The desk is taken then.", "zh": "该桌位此时已被占用。"},
        }],
        "validations": [
            {"name": "order", "rule": "record.ends_at > record.starts_at", "message": "The end must come after the start.", "field": "ends_at",
             "x-i18n": {"zh": {"message": "结束必须晚于开始。"}}},
            {"name": "long", "rule": "record.ends_at - record.starts_at <= duration('PT4H')", "message": "That is longer than four hours.",
             "field": "ends_at", "level": "confirm", "x-i18n": {"zh": {"message": "超过四小时。"}}},
            {"name": "dear", "rule": "record.price <= 1000", "message": "That is an unusual price.", "field": "price", "level": "confirm",
             "override": ["manager"], "x-i18n": {"zh": {"message": "价格异常。"}}},
            {"name": "sound", "rule": "!record.desk.broken", "message": "The desk is broken.", "field": "desk",
             "x-i18n": {"zh": {"message": "该桌位已损坏。"}}},
            {"name": "free", "rule": "record.price > 0", "message": "This one costs nothing.", "field": "price", "level": "warning",
             "x-i18n": {"zh": {"message": "此项免费。"}}},
        ],
    },
}  # fmt: skip
ENTRY: dict[str, Any] = {
    "title": "Entry",
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string", "maxLength": 60, "title": "Text"}},
    "x-record": {"plural": "Entries", "titleTemplate": "{text}", "appendOnly": True, "permissions": {"manager": _ALL, "clerk": _SOME}},
}
LEDGER: dict[str, Any] = {
    "title": "Ledger",
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "maxLength": 60, "title": "Name"},
        "closed": {"type": "boolean", "default": False, "title": "Closed"},
    },
    "x-record": {
        "plural": "Ledgers", "titleTemplate": "{name}", "frozenWhen": "record.closed", "permissions": {"manager": _ALL, "clerk": _SOME},
    },
}
CALL: dict[str, Any] = {
    "title": "Call",
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "maxLength": 60, "title": "Name"},
        "why": {"type": "string", "maxLength": 60, "title": "Why", "x-field": {"showIf": "record.status == 'closed'"}},
        "result": {"type": "string", "maxLength": 60, "title": "Result", "x-field": {"showIf": "meta.state == 'closed'"}},
        "status": {"type": "string", "title": "Status", "readOnly": True},
    },
    "x-record": {"plural": "Calls", "titleTemplate": "{name}", "list": ["name", "status"], "permissions": {"manager": _ALL, "clerk": _SOME}},
}
CALLS = """\
record: call
field: status
initial: open
states:
  open: {title: {en: Open, zh: 未结}, color: blue}
  closed: {title: {en: Closed, zh: 已结}, color: green, final: true}
transitions:
  close:
    title: {en: Close, zh: 结束}
    from: open
    to: closed
    roles: [manager, clerk]
    require: [why]
    ask: [result]
"""
WORKFLOW = """\
record: task
initial: draft
title: {en: Progress, zh: 进度}
states:
  draft: {title: {en: Requested, zh: 待确认}, color: orange, edit: [manager, clerk]}
  confirmed: {title: {en: Confirmed, zh: 已确认}, color: blue, edit: [manager]}
  started: {title: {en: Under way, zh: 进行中}, color: purple}
  done: {title: {en: Done, zh: 已完成}, color: green, final: true}
  cancelled: {title: {en: Cancelled, zh: 已取消}, color: grey, final: true}
transitions:
  confirm:
    title: {en: Confirm, zh: 确认}
    from: draft
    to: confirmed
    roles: [manager, clerk]
  settle:
    title: {en: Take payment, zh: 收款}
    from: confirmed
    to: confirmed
    roles: [manager, clerk]
    require: [paid]
    ask: [price]
    guard: "record.paid >= record.price"
    message: {en: "The whole price must be paid.", zh: 必须付清全款。}
  start:
    title: {en: Start, zh: 开始}
    from: confirmed
    to: started
    roles: [manager, clerk]
    guard: "record.paid > 0"
    message: {en: "Nothing has been paid yet.", zh: 尚未付款。}
  finish:
    title: {en: Finish, zh: 完成}
    from: started
    to: done
    roles: [manager, clerk]
    ask: [note, photo, desk]
    comment: optional
  cancel:
    title: {en: Cancel it, zh: 取消}
    from: [draft, confirmed]
    to: cancelled
    roles: [manager, clerk]
    require: [reason]
    ask: [details]
    comment: required
    confirm: true
  discard:
    title: {en: Throw away, zh: 作废}
    from: [draft, confirmed, started]
    to: cancelled
    roles: [manager]
    confirm: true
  expire:
    title: {en: Not confirmed in time, zh: 逾期未确认}
    from: draft
    to: cancelled
    after: PT24H
"""


def process_documents() -> dict[str, str]:
    """The files of this part."""
    types = {"desk": DESK, "task": TASK, "entry": ENTRY, "ledger": LEDGER, "call": CALL}
    schemas = {f"schemas/{name}.json": json.dumps(one, ensure_ascii=False) for name, one in types.items()}
    return {**schemas, "workflows/task.yaml": WORKFLOW, "workflows/call.yaml": CALLS}
