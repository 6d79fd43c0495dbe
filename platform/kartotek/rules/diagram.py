"""Diagram: what a picture of a workflow says, in one language; how it is drawn stands in the files beside this one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from kartotek.model.settings import Role
from kartotek.model.workflow import After, At, State, Transition, Workflow

_GREY = "#6b7280"
_LONGEST_FORMULA = 48
_UNITS = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1)), ("second", timedelta(seconds=1)))

Words = Mapping[str, str]
_WORDS: Mapping[str, Words] = MappingProxyType({
    "en": {
        "after": "after {0}", "at": "at {0}", "set_time": "at a set time", "auto": "by itself", "link": "by link or form",
        "guarded": "only under a condition", "timed": "runs by itself", "back": "leads back", "present": "now here", "start": "start", "and": ", ",
        "day": "{0} day", "days": "{0} days", "hour": "{0} h", "hours": "{0} h", "minute": "{0} min", "minutes": "{0} min",
        "second": "{0} s", "seconds": "{0} s",
    },
    "zh": {
        "after": "{0}后", "at": "于 {0}", "set_time": "到设定时间", "auto": "自动", "link": "通过链接或表单",
        "guarded": "须满足条件", "timed": "自动执行", "back": "返回", "present": "当前", "start": "开始", "and": "、",
        "day": "{0} 天", "days": "{0} 天", "hour": "{0} 小时", "hours": "{0} 小时", "minute": "{0} 分钟",
        "minutes": "{0} 分钟", "second": "{0} 秒", "seconds": "{0} 秒",
    },
})


@dataclass(frozen=True, slots=True)
class ShownState:
    """A state as it is drawn; `color` is #rrggbb."""

    name: str
    title: str
    color: str
    final: bool = False
    initial: bool = False
    present: bool = False


@dataclass(frozen=True, slots=True)
class ShownTransition:
    """A transition as it is drawn: `notes` are lines below its title, by whom and when it runs."""

    name: str
    title: str
    sources: tuple[str, ...]
    target: str
    notes: tuple[str, ...] = ()
    guarded: bool = False
    timed: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """All that a diagram says. `words` are the few of its own, in its language."""

    title: str
    states: tuple[ShownState, ...]
    transitions: tuple[ShownTransition, ...]
    words: Words


def pictured(
    workflow: Workflow, language: str, *, roles: Sequence[Role] = (), present: str | None = None, title: str = "",
    formulas: bool = False,
) -> Picture:
    """What the diagram of a workflow says. `formulas` shows those of timers, which only an owner may read."""
    words = _words_of(language)
    titles = {one.name: one.titles for one in roles}
    named = {name: _in(texts, language) or name for name, texts in titles.items()}
    present = workflow.renamed.get(present, present) if present not in workflow.states and present is not None else present
    return Picture(
        title=plain(title) or _in(workflow.titles, language) or workflow.record,
        states=tuple(_state(one, workflow, language, present) for one in workflow.states.values()),
        transitions=tuple(
            _transition(one, language, (words, named), formulas=formulas) for one in workflow.transitions.values()
        ),
        words=words,
    )


def _state(state: State, workflow: Workflow, language: str, present: str | None) -> ShownState:
    return ShownState(
        name=state.name, title=plain(state.label(language)), color=_color(state.color), final=state.final,
        initial=state.name == workflow.initial, present=state.name == present,
    )


def _transition(
    one: Transition, language: str, wording: tuple[Words, Mapping[str, str]], *, formulas: bool
) -> ShownTransition:
    words, roles = wording
    who = words["and"].join(plain(roles.get(name, name)) for name in sorted(one.roles, key=lambda name: _place(name, roles)))
    when = _when(one, words, formulas=formulas)
    link = words["link"] if one.public else ""
    return ShownTransition(
        name=one.name, title=plain(one.label(language)), sources=one.sources, target=one.target,
        notes=tuple(note for note in (who, link, when) if note), guarded=one.guard is not None,
        timed=one.timer is not None,
    )


def _place(name: str, roles: Mapping[str, str]) -> tuple[int, str]:
    """Roles stand in the order of site.yaml."""
    known = list(roles)
    return (known.index(name) if name in roles else len(known), name)


def _when(one: Transition, words: Words, *, formulas: bool) -> str:
    if isinstance(one.timer, After):
        return words["after"].format(spoken(one.timer.delay, words))
    if isinstance(one.timer, At):
        if not formulas:
            return words["set_time"]
        source = plain(one.timer.moment.source)
        short = source if len(source) <= _LONGEST_FORMULA else source[: _LONGEST_FORMULA - 1] + "…"
        return words["at"].format(short)
    return words["auto"] if one.timer is not None else ""


def spoken(delay: timedelta, words: Words) -> str:
    """A length of time in the largest units that give it exactly: "2 days 3 h"."""
    parts = []
    for name, unit in _UNITS:
        count, delay = divmod(delay, unit)
        if count:
            parts.append(words[name if count == 1 else f"{name}s"].format(count))
    return " ".join(parts) or words["seconds"].format(0)


def plain(text: str) -> str:
    """The text on one line, without what no document may hold."""
    kept = "".join(one if one.isprintable() else " " for one in text)
    return " ".join(kept.split())


def _color(color: str) -> str:
    return color if len(color) == 7 and color.startswith("#") else _GREY


def _words_of(language: str) -> Words:
    return _WORDS.get(language) or _WORDS.get(language.split("-")[0]) or _WORDS["en"]


def _in(texts: Mapping[str, str], language: str) -> str:
    found = texts.get(language) or texts.get(language.split("-")[0]) or next(iter(texts.values()), "")
    return plain(found)
