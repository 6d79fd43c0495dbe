"""Sending: messages and webhooks put into the outbox, with the change that is their cause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kartotek.engine.open_writing import Writing
from kartotek.formula.python import compile_python
from kartotek.model.formula import Formula, Type
from kartotek.model.record import Record
from kartotek.model.workflow import NotifyEffect, WebhookEffect
from kartotek.storage.outbox import WEBHOOK, OutboxRow, add_many
from kartotek.storage.users import everyone


@dataclass(frozen=True, slots=True)
class Recipient:
    """A record that can be reached, or with the type "user" a person of the site."""

    type: str
    id: int

    def wire(self) -> Mapping[str, Any]:
        """As it stands in a payload."""
        return {"user": self.id} if self.type == "user" else {"type": self.type, "id": self.id}


def send(
    writing: Writing, record: Record, effect: NotifyEffect | WebhookEffect, *, key: str, meant_at: datetime
) -> None:
    """Puts what the effect sends into the outbox, once for each `key`; `meant_at` is when it would have been in time."""
    about = {"type": record.type, "id": record.id, "version": record.version, "state": record.state}
    if isinstance(effect, WebhookEffect):
        rows = [(f"{WEBHOOK}{effect.endpoint}", "", {"event": effect.event, **about})]
    else:
        rows = [
            (via, f"{one.type}/{one.id}", {"template": effect.template, **about, "to": one.wire()})
            for one in _recipients(writing, record, effect) for via in effect.via
        ]
    add_many(writing.conn, [
        OutboxRow(key="/".join(filter(None, (key, channel, to))), channel=channel, payload=payload, due=meant_at, meant_at=meant_at)
        for channel, to, payload in rows
    ])


def _recipients(writing: Writing, record: Record, effect: NotifyEffect) -> list[Recipient]:
    """Everybody whom the effect names, each once."""
    found: list[Recipient] = []
    if effect.to is not None:
        setting = writing.setting.about(record, None)
        found += _named(effect.to, compile_python(effect.to)(setting.env, setting.related))
    if effect.roles:
        found += [Recipient("user", one.id) for one in everyone(writing.conn) if one.active and one.roles & effect.roles]
    return list(dict.fromkeys(found))


def _named(formula: Formula, value: Any) -> Iterable[Recipient]:
    many = formula.type.name == "list"
    type = formula.type.of if many and formula.type.of is not None else formula.type
    for one in (value or ()) if many else (value,):
        if one is not None:
            yield Recipient(_type_name(type), _id(one))


def _type_name(type: Type) -> str:
    return type.record if type.name == "record" else "user"


def _id(value: Any) -> int:
    if isinstance(value, Record):
        return value.id
    return int(value["id"] if isinstance(value, Mapping) else value)
