"""Changes: the owner's pages of what is declared, what changed files will do to the records, and the versions there were."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from kartotek.engine.proposals import unified
from kartotek.errors import Busy, Conflict, DeclarationInvalid, Invalid, KartotekError, SetupInvalid
from kartotek.model.actor import Actor
from kartotek.model.plan import Answers, Plan
from kartotek.model.versions import RunningChange
from kartotek.web import languages
from kartotek.web.current import engine
from kartotek.web.page import page
from kartotek.web.planned import finding_words, grouped, question_words, reason_words, step_alone, step_words, touch_words
from kartotek.web.visitor import actor

_SHOWN = 20
_PAGE = "/changes/"
_FRESH = timedelta(minutes=10)


def changes() -> str:
    """`/changes/`: what is being done, what waits, the versions and what is kept of removed things. The plan is loaded apart."""
    owner = actor()
    before = request.args.get("before", "")
    found = engine().plans.versions(owner, before=int(before) if before.isdecimal() else None, limit=_SHOWN + 1)
    return page(
        "changes.html", versions=found[:_SHOWN], more=len(found) > _SHOWN, running=_latest(owner),
        kept=engine().plans.kept(owner), words=step_words, why=reason_words, current=engine().catalog().version, is_first=not before,
    )


def state() -> tuple[str, dict[str, str]]:
    """`/changes/state`: how far the change is that is being done; once it is done the whole page has other things to say."""
    running = engine().plans.latest(actor())
    going = running is not None and running.is_open
    return page("changes_state.html", running=running), {} if going else {"HX-Refresh": "true"}


def plan() -> str:
    """`/changes/plan`: what the files in the folder would do; a part of the page, or a page where no script runs.

    As `POST`, with `map.…` and `back`, the same or the way back to a version, with what was answered.
    """
    number = request.form.get("back", "")
    return back(int(number)) if number.isdecimal() else _plan_page(lambda: engine().plans.plan(actor(), answers=_answers(request.form)))


def apply() -> Response:
    """`POST /changes/apply`: has the plan carried out that was looked at, in the background."""
    owner = actor()
    return _begun(lambda: engine().plans.accept(owner, hash=_hash(), confirm=_confirmed(), reason=_reason(), answers=_answers(request.form)))


def version(number: int) -> str:
    """`/changes/<number>`: what one version did, and how its files differ from those before."""
    owner = actor()
    one = engine().plans.version(owner, number)
    before = engine().plans.version(owner, number - 1).documents if number > 1 else {}
    files = {
        name: text.splitlines() for name in sorted({*before, *one.documents})
        if number > 1 and (text := unified(name, before.get(name), one.documents.get(name)))
    }
    return page(
        "changes_version.html", one=one, files=files, words=step_words, why=reason_words, current=engine().catalog().version, first=number == 1,
    )


def back(number: int) -> str:
    """`/changes/<number>/back`: what going back to that version would do, and what would be lost."""
    return _plan_page(lambda: engine().rollbacks.plan(actor(), number), number)


def go_back(number: int) -> Response:
    """`POST /changes/<number>/back`: has it carried out, files included."""
    owner = actor()
    return _begun(lambda: engine().rollbacks.accept(owner, number, hash=_hash(), confirm=_confirmed(), reason=_reason()))


def rename() -> Response:
    """`POST /changes/rename`: the answer that a field, or a type, is the one that seems to be gone; it goes into the file."""
    owner, new = actor(), tuple(request.form.getlist("new"))
    try:
        engine().proposals.rename(owner, request.form.get("type", ""), new, request.form.get("old", ""))
    except (Conflict, Invalid, DeclarationInvalid, Busy) as refused:
        for text in _sentences(refused):
            flash(text, "warning")
    return redirect(_PAGE, 303)


def _latest(owner: Actor) -> RunningChange | None:
    """The change that is being made, or how one ended that was asked for a moment ago."""
    found = engine().plans.latest(owner)
    return found if found is not None and (found.is_open or engine().clock() - found.changed_at < _FRESH) else None


def _plan_page(made: Callable[[], Plan], number: int = 0) -> str:
    template = "changes_plan.html" if request.headers.get("HX-Request") else "changes_planned.html"
    try:
        found = made()
    except (SetupInvalid, Busy, Conflict, Invalid) as refused:
        return page(template, plan=None, sentence=_sentences(refused)[0], number=number)
    return page(
        template, plan=found, groups=grouped(found, languages.current()), number=number, chosen=_answers(request.form).options,
        has_mistakes=any(one.severity == "error" for one in found.problems), as_json=json.dumps, words=step_alone, found=finding_words, touched=touch_words, why=languages.sentence, asked=question_words,
    )


def _begun(act: Callable[[], object]) -> Response:
    try:
        act()
    except (Conflict, Invalid, Busy) as refused:
        for text in _sentences(refused):
            flash(text, "warning")
    else:
        flash(gettext("It is being done. You can leave this page."), "success")
    return redirect(_PAGE, 303)


def _hash() -> str:
    return request.form.get("hash", "")


def _confirmed() -> tuple[str, ...]:
    """What was typed where that is what was asked for."""
    asked = (name.removeprefix("confirm.") for name in request.form if name.startswith("confirm."))
    return tuple(name for name in asked if request.form[f"confirm.{name}"].strip() == name)


def _reason() -> str:
    return request.form.get("reason", "").strip()


def _answers(sent: MultiDict[str, str]) -> Answers:
    """`map.<type.field>=[old, new]`, several of a field: what becomes of options that are gone; [old] alone empties them."""
    options: dict[str, dict[str, Any]] = {}
    for name in sorted({one for one in sent if one.startswith("map.")}):
        for text in filter(None, sent.getlist(name)):
            old, new = _pair(text)
            options.setdefault(name.removeprefix("map."), {})[old] = new
    return Answers(options=options)


def _pair(text: str) -> tuple[str, Any]:
    try:
        old, *new = json.loads(text)
    except (ValueError, TypeError):
        return text, None
    return str(old), new[0] if new else None


def _sentences(error: KartotekError) -> list[str]:
    return [languages.sentence(one) for one in error.problems] or [error.sentence]
