"""The page of the audit: who did and looked at what, by person, deed, record and time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import get_args
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import request
from flask_babel import gettext

from kartotek.model.audit import AuditAction, AuditQuery
from kartotek.web.current import engine
from kartotek.web.page import page
from kartotek.web.visitor import actor

_ASKED = ("user", "what", "type", "id", "from", "to")
_EACH = 50
_MOST_DIGITS = 15


def audit() -> str:
    """`/audit/?user=&what=&type=&id=&from=&to=&cursor=`."""
    visitor, types = actor(), engine().catalog().types
    asked = {name: request.args.get(name, "").strip() for name in _ASKED}
    kept = {name: text for name, text in asked.items() if text}
    zone = ZoneInfo(engine().catalog().settings.timezone)
    query = AuditQuery(
        by=_number(asked["user"]), actions=tuple(one for one in get_args(AuditAction) if one == asked["what"]), types=(asked["type"],) if asked["type"] else (),
        record_id=_number(asked["id"]) if asked["type"] else None, before=_number(request.args.get("cursor", "")), limit=_EACH,
        since=_begin(_day(asked["from"]), zone), until=_begin(_day(asked["to"]), zone, days=1),
    )
    found = engine().audit_desk.page(visitor, query, translate=gettext)
    following = "?" + urlencode({**kept, "cursor": found.next}) if found.next else ""
    people = sorted(engine().audit_desk.names(visitor).items(), key=lambda one: one[1].casefold())
    return page("audit.html", found=found, asked=asked, types=types, people=people, actions=_actions(), following=following, via=_via())


def _actions() -> list[tuple[str, str]]:
    """(name, words) of what is looked for most."""
    return [
        ("read", gettext("Looked at")), ("export", gettext("Exported")), ("create", gettext("Created")), ("update", gettext("Changed")),
        ("delete", gettext("Deleted")), ("transition", gettext("Steps")), ("denied", gettext("Refused")), ("sign_in", gettext("Signed in")),
        ("sign_in_failed", gettext("Failed to sign in")), ("break_glass", gettext("Opened in an emergency")),
        ("apply", gettext("Declarations")), ("token_created", gettext("Tokens made")), ("user_changed", gettext("Users changed")),
        ("person_erased", gettext("Erased")), ("backup_made", gettext("Backups made")),
    ]


def _via() -> dict[str, str]:
    """{name: words} of the doors."""
    return {"page": gettext("Page"), "api": gettext("API"), "cli": gettext("Command"), "import": gettext("Import"), "system": gettext("By itself")}


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _begin(day: date | None, zone: ZoneInfo, *, days: int = 0) -> datetime | None:
    try:
        return datetime.combine(day + timedelta(days=days), time(), zone).astimezone(UTC) if day else None
    except OverflowError:
        return None
