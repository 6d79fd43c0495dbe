"""A neutral site of people with much about them: what belongs to them, what must be kept, what only points to them."""

from __future__ import annotations

import json
from typing import Any

from neutral_site import ALL, OWNER

from kartotek.engine.engine import Engine
from kartotek.engine.users import MirroredUser
from kartotek.model.actor import Actor

SITE = """name: {en: Archive, zh: 档案}
languages: [en, zh]
timezone: Asia/Shanghai
roles:
  clerk: {title: {en: Clerk, zh: 文员}}
  keeper: {title: {en: Keeper, zh: 管理员}, may: [people]}
purposes:
  service: {title: {en: Service, zh: 服务}, basis: contract}
  offers: {title: {en: Offers, zh: 优惠}, text: {en: We may send you offers., zh: 我们可以给您发送优惠信息。}}
channels:
  sms: {type: http, url: https://gate.example.org/send}
"""
CLERK = Actor(id=2, name="Clara", roles=frozenset({"clerk"}))
KEEPER = Actor(id=3, name="Kim", roles=frozenset({"keeper"}))
USERS = (OWNER, CLERK, KEEPER)
RIGHTS = {"clerk": ALL}


def typed(title: str, properties: dict[str, Any], **x: Any) -> dict[str, Any]:
    return {"title": title, "type": "object", "properties": properties, "x-record": {"permissions": RIGHTS, **x}}


def text(**x: Any) -> dict[str, Any]:
    return {"type": "string", "x-field": x} if x else {"type": "string"}


def to(target: str, **x: Any) -> dict[str, Any]:
    return {"type": "integer", "x-field": {"references": target, **x}}


TYPES: dict[str, Any] = {
    "person": typed("Person", {
        "name": text(personal=True), "phone": {"type": "string", "format": "phone", "x-field": {"personal": True, "unique": True}},
        "note": {"type": ["string", "null"], "x-field": {"personal": True}},
        "photo": {"type": "string", "format": "uuid", "x-field": {"personal": True, "file": {}}},
        "friend": to("person"), "place": {"type": "object", "properties": {"street": text(personal=True)}},
        "visits_count": {"type": "integer", "readOnly": True, "x-field": {"rollup": {"from": "visits", "fn": "count"}}},
    }, subject=True, titleTemplate="{name}", search=["name", "phone"], contact={"sms": "phone"}),
    "helper": typed("Helper", {
        "name": text(), "visits_count": {"type": "integer", "readOnly": True, "x-field": {"rollup": {"from": "helped", "fn": "count"}}},
    }, titleTemplate="{name}"),
    "visit": typed("Visit", {
        "person": to("person", inverse="visits"), "helper": to("helper", inverse="helped"), "said": text(personal=True),
        "lines": {"type": "array", "items": {"type": "object", "properties": {"word": text(personal=True), "amount": {"type": "integer"}}}},
    }, subject="person", search=["said"]),
    "remark": typed("Remark", {"visit": to("visit"), "words": text(personal=True)}, subject="visit"),
    "bill": typed("Bill", {
        "person": to("person"), "called": text(fetchFrom="person.name"), "amount": {"type": "integer"},
        "open": {"type": "boolean"}, "words": text(personal=True), "city": text(),
    }, subject="person", retention={
        "do": "anonymise", "keep": "record.open", "reason": {"en": "It is not paid.", "zh": "尚未付款。"},
    }, search=["words", "city"]),
    "round": typed("Round", {
        "title": text(), "people": {"type": "array", "items": {"type": "integer"}, "x-field": {"references": "person"}},
        "seats": {"type": "array", "items": {"type": "object", "properties": {"who": to("person"), "wish": text(personal=True), "number": {"type": "integer"}}}},
        "first": to("person", onDelete="setNull"),
    }),
}  # fmt: skip


MESSAGES = {
    "templates/messages/offer.yaml": "record: person\npurpose: offers\nbody: \"An offer for {record.name}\"\n",
    "templates/messages/news.yaml": "record: visit\npurpose: service\nbody: \"News\"\n",
}


def documents(types: dict[str, Any] | None = None, site: str = SITE) -> dict[str, str]:
    return {"site.yaml": site, **MESSAGES, **{f"schemas/{name}.json": json.dumps(one) for name, one in (types or TYPES).items()}}


def mirrored(engine: Engine) -> Engine:
    """The engine with the people who use it."""
    for one in USERS:
        engine.users.mirror(MirroredUser(id=one.id, username=one.name.lower(), name=one.name, roles=one.roles))
    return engine
