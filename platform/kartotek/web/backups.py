"""The page of backups: the last good one, where they lie, whether they come back; and the buttons for one more and for a trial."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from kartotek.errors import Conflict, SetupInvalid
from kartotek.web.current import engine
from kartotek.web.page import page
from kartotek.web.visitor import actor

_PAGE = "/backups/"


def backups() -> str:
    """`/backups/`."""
    state = engine().backup_desk.state(actor())
    copied_at = next((one.copied_at for one in engine().rotation.masters() if one.is_current), None)
    return page("backups.html", state=state, words=_Words(), size=_size, copied_at=copied_at)


def make_backup() -> Response:
    """`POST /backups/make`: one more, in a moment."""
    return _asked("hand", gettext("A backup is made now. It stands here when it is ready."))


def try_backup() -> Response:
    """`POST /backups/try`: the last good one is restored somewhere on trial."""
    return _asked("trial", gettext("The last good backup is tried now. What came of it stands here when it is ready."))


def adopt_folder() -> Response:
    """`POST /backups/folder`: goes on with a folder that is not the one that was used before."""
    try:
        engine().backup_desk.adopt(actor(), request.form.get("folder", ""))
        flash(gettext("Backups go to this folder from now on."), "success")
    except SetupInvalid as refused:
        flash(refused.sentence, "danger")
    return redirect(_PAGE, 303)


def _asked(kind: Any, words: str) -> Response:
    try:
        engine().backup_desk.ask(actor(), kind)
        flash(words, "success")
    except Conflict:
        flash(gettext("That is being done already."), "info")
    return redirect(_PAGE, 303)


class _Words:
    """What the page calls things, in the visitor's language."""

    def state(self, name: str) -> tuple[str, str]:
        """(what a state is called, its colour)."""
        return {
            "waiting": (gettext("Waiting"), "blue"), "running": (gettext("Being done"), "blue"), "good": (gettext("Good"), "green"),
            "kept": (gettext("In no folder yet"), "yellow"), "failed": (gettext("Failed"), "red"),
        }[name]

    def presence(self, name: str) -> tuple[str, str]:
        """(whether a folder is there, its colour)."""
        return {
            "here": (gettext("There"), "green"), "absent": (gettext("Not there"), "yellow"), "strange": (gettext("Another one"), "yellow"),
        }[name]

    def kind(self, name: str) -> str:
        """Why it was made."""
        return {"schedule": gettext("By itself"), "hand": gettext("Asked for"), "trial": gettext("Trial")}[name]

    def rhythm(self, every: str) -> str:
        """How often."""
        return {"day": gettext("Every day"), "week": gettext("Every week"), "never": gettext("Never by itself")}[every]

    def seconds(self, count: float) -> str:
        """A length of time, to the second."""
        minutes, rest = divmod(round(count), 60)
        if minutes:
            return gettext("%(minutes)s min %(seconds)s s", minutes=minutes, seconds=rest)
        return ngettext("%(num)s second", "%(num)s seconds", max(rest, 1))


def _size(count: float) -> str:
    """Bytes in a unit that people read."""
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if count >= 10 or unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
