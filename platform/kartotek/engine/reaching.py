"""Reaching: at which address, in which language and with whose consent somebody gets a message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from kartotek.engine.moment import Moment
from kartotek.model.process import Channel, MessageTemplate
from kartotek.model.record import Record
from kartotek.rules.setting import Setting
from kartotek.storage.records import inverse
from kartotek.storage.users import MirroredUser, find

INBOX = "inbox"
_INBOX = Channel(name=INBOX, kind="inbox")


@dataclass(frozen=True, slots=True)
class Reach:
    """`record` is whose consent counts, None for a person of the site who has no record; `user` whose inbox it is, or 0."""

    record: Record | None
    user: int = 0
    language: str = ""


def channel_of(moment: Moment, name: str) -> Channel | None:
    """The declared channel; the inbox of the pages is there undeclared."""
    return moment.compiled.catalog.channels.get(name) or (_INBOX if name == INBOX else None)


def reached(
    moment: Moment, conn: Any, to: Mapping[str, Any], channel: Channel, *, setting: Setting
) -> Reach | None:
    """Whom a payload's `to` names; None where there is nobody any more."""
    if "user" in to:
        user = find(conn, to["user"])
        if user is None or not user.active:
            return None
        return Reach(None, user.id, user.language) if channel.kind == "inbox" else _user(moment, conn, user)
    if to["type"] not in moment.compiled.catalog.types:
        return None
    record = setting.related.one(to["type"], to["id"])
    if record is None or record.deleted_at is not None:
        return None
    account = moment.compiled.accounts.get(record.type)
    user_id = record.values.get(account.name) if account is not None else None
    return Reach(record, user_id or 0, _language(moment, record))


def has_inbox(reach: Reach, channel: Channel) -> bool:
    """Whether the channel ends in an inbox here, and they have one."""
    return channel.kind == "inbox" and reach.user > 0


def address_of(moment: Moment, reach: Reach, channel: Channel) -> str:
    """Where the channel reaches them: in the inbox of a person of the site, or at what the contact says; "" for nowhere."""
    if has_inbox(reach, channel):
        return str(reach.user)
    if reach.record is None:
        return ""
    contact = moment.compiled.type(reach.record.type).type.contact
    field = contact.addresses.get(channel.name) if contact is not None else None
    return str(reach.record.values.get(field) or "") if field else ""


def consents(moment: Moment, reach: Reach, channel: Channel, template: MessageTemplate, *, setting: Setting) -> bool:
    """Whether the contact's consent holds now for this channel and purpose; unknown is no consent, none asked is one.

    What stands in somebody's own account here is brought to nobody: the inbox asks for none.
    """
    if reach.record is None or has_inbox(reach, channel):
        return True
    compiled = moment.compiled.type(reach.record.type)
    if compiled.type.contact is None or compiled.type.contact.consent is None:
        return True
    about = setting.about(reach.record, None)
    about = replace(about, env={**about.env, "channel": channel.name, "purpose": template.purpose})
    return compiled.rules.holds(compiled.type.contact.consent, about)


def _user(moment: Moment, conn: Any, user: MirroredUser) -> Reach:
    """A person of the site, with the record that is theirs and can be reached, if there is one."""
    for name, field in moment.compiled.accounts.items():
        compiled = moment.compiled.type(name)
        if compiled.type.contact is not None:
            mine = inverse(conn, compiled.layout, field.column, [user.id])[user.id]
            if mine:
                return Reach(compiled.codec.record(mine[0]), user.id, user.language)
    return Reach(None, user.id, user.language)


def _language(moment: Moment, record: Record) -> str:
    contact = moment.compiled.type(record.type).type.contact
    return str(record.values.get(contact.language) or "") if contact is not None and contact.language else ""
