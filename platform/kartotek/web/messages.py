"""Everybody's own messages, and the owner's pages of what is sent to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from kartotek.engine.outbox import STATES
from kartotek.errors import Conflict, NotFound
from kartotek.model.actor import Actor
from kartotek.model.outcomes import OUTCOMES
from kartotek.model.settings import text_in
from kartotek.web import languages
from kartotek.web.current import engine
from kartotek.web.page import page
from kartotek.web.visitor import actor

_OUTBOX = "/messages/outbox/"
_COLORS = {"waiting": "blue", "held": "yellow", "sent": "green", "unsent": "secondary", "dead": "red", "dropped": "secondary"}


def messages() -> str:
    """`/messages/`: the visitor's own, newest first."""
    unread = request.args.get("unread") == "1"
    found = engine().inbox.listing(actor(), unread=unread, cursor=request.args.get("cursor", ""), limit=30)
    return page("messages.html", found=found, only_unread=unread)


def read_message(message_id: int) -> Response:
    """`POST /messages/<id>/read`: marks it as read, and leads to the record it is about."""
    engine().inbox.mark(actor(), message_id)
    return redirect(_record_path(request.form.get("type", ""), request.form.get("record", "")), 303)


def read_messages() -> Response:
    """`POST /messages/read`: marks all as read."""
    engine().inbox.mark(actor())
    return redirect("/messages/", 303)


def outbox() -> str:
    """`/messages/outbox/`: what is sent, was sent or is not, and why."""
    owner = _owner()
    state = next((one for one in STATES if one == request.args.get("state")), None)
    found = engine().outbox.listing(owner, states=(state,) if state else (), cursor=request.args.get("cursor", ""), limit=50)
    titles = _titles(owner, found.items)
    return page(
        "outbox.html", found=found, chosen=state or "", names=_state_names(), counts=dict.fromkeys(STATES, 0) | engine().outbox.counts(owner),
        colors=_COLORS, whom=lambda one: _whom(one, titles), channel=_channel, about=lambda one: _about(one, titles), reason=_reason,
    )


def outgoing(message_id: int) -> str:
    """`/messages/outbox/<id>`: one of them, with what it would say now."""
    owner = _owner()
    one = engine().outbox.show(owner, message_id)
    titles = _titles(owner, [one])
    log = [(entry["at"], _sentence(entry["code"], entry["params"]) or entry["message"]) for entry in one["log"]]
    return page(
        "outgoing.html", one=one, log=log, names=_state_names(), colors=_COLORS, whom=_whom(one, titles), about=_about(one, titles), channel=_channel(one),
    )


def resend(message_id: int) -> Response:
    """`POST /messages/outbox/<id>/resend`."""
    return _decided(message_id, engine().outbox.resend, gettext("It will be sent in a moment."))


def drop(message_id: int) -> Response:
    """`POST /messages/outbox/<id>/drop`."""
    return _decided(message_id, engine().outbox.drop, gettext("It will not be sent."))


def release() -> Response:
    """`POST /messages/outbox/release`: all late ones that wait for the owner's word are sent."""
    count = engine().outbox.release(_owner())
    flash(gettext("%(count)s messages will be sent in a moment.", count=count), "success")
    return redirect(_OUTBOX, 303)


def drop_held() -> Response:
    """`POST /messages/outbox/drop`: none of them is sent."""
    count = engine().outbox.drop_held(_owner())
    flash(gettext("%(count)s messages will not be sent.", count=count), "success")
    return redirect(_OUTBOX, 303)


def _decided(message_id: int, decide: Any, words: str) -> Response:
    try:
        decide(_owner(), message_id)
        flash(words, "success")
    except Conflict:
        flash(gettext("It has been dealt with meanwhile, or is being sent just now."), "info")
    return redirect(f"{_OUTBOX}{message_id}", 303)


def _owner() -> Actor:
    """The visitor, if an owner; to anyone else these pages do not exist."""
    visitor = actor()
    if not visitor.is_owner:
        raise NotFound("There is no such page.")
    return visitor


def _state_names() -> dict[str, str]:
    return {
        "waiting": gettext("Waiting"), "held": gettext("Held"), "sent": gettext("Sent"), "unsent": gettext("Not sent"),
        "dead": gettext("Given up"), "dropped": gettext("Dropped"),
    }


def _titles(owner: Actor, items: Sequence[Mapping[str, Any]]) -> dict[tuple[str, int], str]:
    """{(type, id): title} of all records and users that these speak of, one query a type."""
    wanted: dict[str, set[int]] = {}
    for one in items:
        wanted.setdefault(one["record"]["type"], set()).add(one["record"]["id"])
        name, id = _recipient(one)
        if name:
            wanted.setdefault(name, set()).add(id)
    return {(name, id): title for name, ids in wanted.items() for id, title in engine().title(owner, name, sorted(ids)).items()}


def _recipient(one: Mapping[str, Any]) -> tuple[str, int]:
    to = one.get("to")
    if to is None:
        return "", 0
    return ("user", to["user"]) if "user" in to else (to["type"], to["id"])


def _whom(one: Mapping[str, Any], titles: Mapping[tuple[str, int], str]) -> str:
    name, id = _recipient(one)
    return titles.get((name, id), f"{name} {id}") if name else str(one["endpoint"])


def _channel(one: Mapping[str, Any]) -> str:
    """What people call the way it takes."""
    if "channel" not in one:
        return gettext("Webhook")
    declared = engine().catalog().channels.get(one["channel"])
    titles = declared.titles if declared is not None else {}
    return text_in(titles, languages.current()) or (gettext("Inbox") if one["channel"] == "inbox" else one["channel"])


def _about(one: Mapping[str, Any], titles: Mapping[tuple[str, int], str]) -> tuple[str, str]:
    """(the record's title, the address of its page or "")."""
    record = one["record"]
    title = titles.get((record["type"], record["id"]))
    return (title, f"/r/{record['type']}/{record['id']}") if title else (f"{record['type']} {record['id']}", "")


def _reason(one: Mapping[str, Any]) -> str:
    """Why it is not sent, in the visitor's language."""
    if one["reason"] is None:
        return ""
    params: Mapping[str, Any] = next((entry["params"] for entry in reversed(one["log"]) if entry["code"] == one["reason"]), {})
    return _sentence(one["reason"], params)


def _sentence(code: str, params: Mapping[str, Any]) -> str:
    try:
        return str(gettext(OUTCOMES[code])).format_map(params) if code in OUTCOMES else ""
    except (KeyError, IndexError):
        return ""  # it was written down with other parameters, by another version


def _record_path(type_name: str, record: str) -> str:
    """The page of a record of a known type; else that of the messages."""
    known = type_name in engine().catalog().types and record.isascii() and record.isdecimal()
    return f"/r/{type_name}/{record}" if known else "/messages/"
