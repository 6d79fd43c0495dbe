"""Workflows for the tests of diagrams: a large one as a workshop might have it, and small ones built from arrows."""

from __future__ import annotations

from datetime import timedelta

from kartotek.formula import Scope, check
from kartotek.model.formula import Type
from kartotek.model.settings import Role
from kartotek.model.workflow import After, At, Auto, State, Transition, Workflow

ROLES = (
    Role("clerk", {"en": "Clerk", "zh": "文员"}), Role("helper", {"en": "Helper", "zh": "助手"}),
    Role("manager", {"en": "Manager", "zh": "经理"}),
)
_SCOPE = Scope({"now": Type("instant")}, lambda _type: {})
_GUARD = check("now == now", _SCOPE)
_MOMENT = check("now + duration('30m')", _SCOPE)

_STATES = [
    ("asked", "Asked for", "已询价", "#f59f00", False), ("offered", "Offer sent", "已报价", "#4299e1", False),
    ("ordered", "Ordered", "已下单", "#206bc4", False), ("waiting", "Waiting for parts", "等待配件", "#f76707", False),
    ("ready_to_start", "Ready to start", "待开工", "#17a2b8", False), ("in_work", "In work", "进行中", "#ae3ec9", False),
    ("paused", "Paused", "已暂停", "#fab005", False), ("checked", "In final inspection", "最终检验中", "#0ca678", False),
    ("rework", "Needs rework", "需要返工", "#d63939", False), ("finished", "Finished, not yet collected", "已完成待取件", "#2fb344", False),
    ("collected", "Collected", "已取件", "#2fb344", True), ("claimed", "Complaint", "投诉", "#d63939", False),
    ("refunded", "Refunded", "已退款", "#667382", True), ("cancelled", "Cancelled", "已取消", "#667382", True),
    ("expired", "Offer expired", "报价过期", "#667382", True),
]
_HOUR = timedelta(hours=1)
_MOVES = [
    ("offer", "Send the offer", "发送报价", "asked", "offered", {"clerk", "manager"}, None, False),
    ("accept", "Accept", "接受报价", "offered", "ordered", {"clerk"}, None, True),
    ("revise", "Revise", "修改报价", "offered", "asked", {"clerk", "manager"}, None, False),
    ("expire", "No answer", "无答复", "offered", "expired", set(), After(336 * _HOUR), False),
    ("order_parts", "Order parts", "订购配件", "ordered", "waiting", {"clerk"}, None, False),
    ("parts_here", "Parts have arrived", "配件已到", "waiting", "ready_to_start", {"clerk", "helper"}, None, False),
    ("remind", "Remind the supplier", "催促供应商", "waiting", "waiting", {"clerk"}, None, False),
    ("nothing_missing", "Nothing is missing", "无需配件", "ordered", "ready_to_start", set(), Auto(), True),
    ("start", "Start", "开工", "ready_to_start", "in_work", {"helper", "manager"}, None, True),
    ("pause", "Pause", "暂停", "in_work", "paused", {"helper"}, None, False),
    ("resume", "Resume", "继续", "paused", "in_work", {"helper"}, None, False),
    ("parts_broken", "A part is broken", "配件损坏", "in_work", "waiting", {"helper"}, None, False),
    ("inspect", "Hand over for inspection", "送检", "in_work", "checked", {"helper"}, None, True),
    ("reject", "Does not pass", "不合格", "checked", "rework", {"manager"}, None, False),
    ("again", "Work on it again", "返工", "rework", "in_work", {"helper"}, None, False),
    ("pass", "Passes", "合格", "checked", "finished", {"manager"}, None, True),
    ("remind_person", "Remind", "提醒取件", "finished", "finished", {"clerk"}, At(_MOMENT), False),
    ("collect", "Collect and pay", "取件并付款", "finished", "collected", {"clerk"}, None, True),
    ("complain", "Complain", "投诉", "finished", "claimed", {"clerk", "manager"}, None, False),
    ("give_back", "Give the money back", "退款", "claimed", "refunded", {"manager"}, None, True),
    ("repair", "Repair free of charge", "免费维修", "claimed", "rework", {"manager"}, None, False),
    ("settle", "Settled", "已解决", "claimed", "finished", {"manager"}, None, False),
    ("cancel", "Cancel", "取消", ("asked", "offered", "ordered", "waiting", "ready_to_start"), "cancelled",
     {"clerk", "manager"}, None, False),
    ("give_up", "Cannot be repaired", "无法修复", ("in_work", "rework"), "refunded", {"manager"}, None, True),
    ("too_late", "Not collected", "逾期未取", "finished", "collected", set(), After(2160 * _HOUR), False),
]

WORKSHOP = Workflow(
    record="order", initial="asked", titles={"en": "Repair", "zh": "维修"},
    states={
        name: State(name, {"en": en, "zh": zh}, color, final=final) for name, en, zh, color, final in _STATES
    },
    transitions={
        name: Transition(
            name=name, sources=(sources,) if isinstance(sources, str) else sources, target=target,
            titles={"en": en, "zh": zh}, roles=frozenset(roles), timer=timer, guard=_GUARD if guarded else None,
        )
        for name, en, zh, sources, target, roles, timer, guarded in _MOVES
    },
)


def arrows(*moves: str, final: str = "") -> Workflow:
    """A workflow of lines like "go: a b -> c"; states in the order in which they are named."""
    found, states = {}, {}
    for move in moves:
        name, _, way = move.partition(":")
        sources, _, target = way.partition("->")
        found[name] = Transition(name=name, sources=tuple(sources.split()), target=target.strip())
        states |= {one: State(one, final=one in final.split()) for one in [*sources.split(), target.strip()]}
    return Workflow(record="thing", initial=next(iter(states)), states=states, transitions=found)
