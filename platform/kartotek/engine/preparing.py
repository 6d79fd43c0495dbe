"""Preparing: an outbox row as what a carrier takes or an inbox keeps, or the reason why it is not sent, or not now."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus
from zoneinfo import ZoneInfo

from kartotek.engine.moment import Moment
from kartotek.engine.outgoing import Outgoing, Sort
from kartotek.engine.people_consents import may_use
from kartotek.engine.reaching import address_of, channel_of, consents, has_inbox, reached
from kartotek.engine.wording import LinkOf, Wording, record_of, said_to_all
from kartotek.model.frozen import empty
from kartotek.model.process import Channel
from kartotek.rules.rendering import Manner, rendered
from kartotek.rules.retrying import quiet_until
from kartotek.rules.setting import Setting
from kartotek.storage.outbox import OutboxRow, State


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is decided about a row: its state, why, and if it waits, until when."""

    state: State
    code: str
    params: Mapping[str, Any] = field(default_factory=empty)
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class ForInbox:
    """It goes into the inbox of a person of the site."""

    user_id: int


Prepared = Outgoing | ForInbox | Verdict


def is_carried(moment: Moment, row: OutboxRow) -> bool:
    """Whether it needs a carrier, and with it a network."""
    channel = None if row.is_webhook else channel_of(moment, row.channel)
    return row.is_webhook or (channel is not None and channel.kind != "inbox")


def prepared_message(moment: Moment, conn: Any, row: OutboxRow, setting: Setting, *, link: LinkOf) -> Prepared:
    """A message as it is to be sent now: consent, quiet hours and all that it says are those of this moment."""
    settings = moment.compiled.catalog.settings
    channel = channel_of(moment, row.channel)
    if channel is None:
        return Verdict("unsent", "no_channel", {"name": row.channel})
    end = quiet_until(moment.now, channel.quiet, settings.timezone)
    if end is not None:
        until = end.astimezone(ZoneInfo(settings.timezone)).strftime("%H:%M")
        return Verdict("waiting", "quiet", {"until": until}, due=end)
    template = moment.compiled.catalog.templates.get(row.payload["template"])
    if template is None or template.record != row.payload["type"]:
        return Verdict("unsent", "no_template", {"name": row.payload["template"]})
    record = record_of(moment, row.payload, setting)
    if record is None:
        return Verdict("unsent", "record_gone")
    reach = reached(moment, conn, row.payload["to"], channel, setting=setting)
    if reach is None:
        return Verdict("unsent", "no_recipient")
    address = address_of(moment, reach, channel)
    if not address:
        return Verdict("unsent", "no_address", {"name": channel.name})
    agreed = reach.record is None or has_inbox(reach, channel) or may_use(moment, conn, reach.record, template.purpose)
    if not agreed or not consents(moment, reach, channel, template, setting=setting):
        return Verdict("unsent", "no_consent")
    if channel.kind == "inbox":
        return ForInbox(reach.user) if has_inbox(reach, channel) else Verdict("unsent", "kept", {"name": channel.name})
    wording = said_to_all(
        moment, template, record, setting, language=reach.language,
        link=lambda name: link(conn, record.type, record.id, name),
    )
    return _outgoing(moment, row, channel, address, wording=wording, setting=setting)


def message_id(key: str) -> str:
    """What a receiver tells repetitions by: the same for each attempt, and telling nothing of the record."""
    return f"msg_{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def _outgoing(
    moment: Moment, row: OutboxRow, channel: Channel, address: str, *, wording: Wording, setting: Setting
) -> Outgoing:
    id, sort = message_id(row.key), _SORTS[channel.kind]
    texts = {
        "to": address, "subject": wording.subject, "text": wording.text, "id": id, "language": wording.language,
    }
    return Outgoing(
        sort=sort, id=id, way=channel, at=moment.now, address=address, subject=wording.subject, text=wording.text,
        language=wording.language, body=_body(moment, channel, texts, setting) if sort == "http" else b"",
    )


_SORTS: Mapping[str, Sort] = {"smtp": "smtp", "http": "http"}


def _body(moment: Moment, channel: Channel, texts: Mapping[str, str], setting: Setting) -> bytes:
    """What the gateway is sent: the declared body, each value in it written as its media type needs, or plain JSON."""
    pieces = channel.settings.get("body")
    if not pieces:
        return json.dumps({name: texts[name] for name in ("to", "subject", "text", "id")}, ensure_ascii=False).encode()
    settings = moment.compiled.catalog.settings
    escape = _escape(channel.settings.get("headers") or {})
    manner = Manner(
        language=texts["language"], zone=settings.timezone, currency=settings.currency,
        said=lambda formula, value: escape(str(value)),
    )
    return rendered(pieces, Setting(setting.actor, setting.now, texts, setting.related), manner).encode()


def _escape(headers: Mapping[str, Any]) -> Callable[[str], str]:
    media = next((str(value) for name, value in headers.items() if name.lower() == "content-type"), "application/json")
    if "json" in media.lower():
        return lambda text: json.dumps(text, ensure_ascii=False)[1:-1]
    return quote_plus if "form-urlencoded" in media.lower() else str

