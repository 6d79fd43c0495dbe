"""Every static check of a workflow says what is wrong, at its very place, and says nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from tests.declaration.workflow_site import FILE, Site

from kartotek.declaration.load import Loaded


@dataclass(frozen=True)
class Case:
    """`swaps` are exchanged one after another; the problem begins at `at`, which stands there once; `part` is said."""

    swaps: tuple[tuple[str, str], ...]
    code: str
    at: str
    part: str
    severity: str = "error"


def case(old: str, new: str, code: str, at: str, part: str, *, severity: str = "error") -> Case:
    return Case(((old, new),), code, at, part, severity)


def warns(old: str, new: str, code: str, at: str, part: str) -> Case:
    return case(old, new, code, at, part, severity="warning")


CASES: dict[str, Case] = {
    # the form
    "duplicate key": case("    comment: optional", "    comment: optional\n    to: done", "duplicate_key", "to: done\n    do", "second time"),
    "unknown key": case("    confirm: true", "    confrim: true", "unknown_key", "confrim", "Did you mean 'confirm'?"),
    "unknown key of a state": case("color: blue", "colour: blue", "unknown_key", "colour", "Did you mean 'color'?"),
    "unknown verb": case("- set: {stamp", "- sett: {stamp", "unknown_key", "sett", "Did you mean 'set'?"),
    "two verbs": case('if: "record.hours > 2"', "set: {paid: true}", "effect", "create:", "one entry for each"),
    "no verb": case("- webhook: {endpoint: books, event: job.ready}", "- if: record.paid", "effect", "if: record.paid", "one of 'set'"),
    "missing key": case("record: job\nfield", "field", "missing_key", "field: status", "'record' must be given"),
    "wrong type": case("confirm: true", "confirm: sure", "type", "sure", "true or false"),
    "colour": case("color: blue", "color: pink", "type", "pink", "A colour is grey"),
    "length of time": case("after: PT24H", "after: 24h", "form", "24h", "PT24H"),
    "no length of time": case("after: PT24H", "after: PT0H", "bound", "PT0H", "more than nothing"),
    "a thousand years": case("after: PT24H", "after: P9999W", "bound", "P9999W", "ten years"),
    "auto: false": case("auto: true", "auto: false", "choice", "false", "leave it out"),
    "name of a transition": case("  hold:", "  Hold it:", "name", "Hold it", "small letters"),
    "name of a state": case("removed:", "  9th: {title: {en: A, zh: B}, final: true}\nremoved:", "name", "9th", "begins with a letter"),
    # names
    "unknown record": case("record: job\nfield", "record: jbo\nfield", "unknown_type", "jbo", "Did you mean 'job'?"),
    "built-in record": case("record: job\nfield", "record: user\nfield", "unfit_type", "user\nfield", "cannot have a workflow"),
    "unknown initial": case("initial: open", "initial: opne", "unknown_state", "opne", "Did you mean 'open'?"),
    "unknown source": case("from: [open, ready]", "from: [open, raedy]", "unknown_state", "raedy", "Did you mean 'ready'?"),
    "unknown target": case("from: waiting\n    to: ready", "from: waiting\n    to: redy", "unknown_state", "redy", "'ready'"),
    "unknown field in require": case("[starts_at]", "[start_at]", "unknown_field", "start_at]", "Did you mean 'starts_at'?"),
    "unknown field in ask": case("ask: [reason]", "ask: [raison]", "unknown_field", "raison", "Did you mean 'reason'?"),
    "unknown field in set": case("limit: 4", "limti: 4", "unknown_field", "limti", "Did you mean 'limit'?"),
    "unknown field in create": case("amount: =record.hours", "amont: =record.hours", "unknown_field", "amont", "'amount'"),
    "unknown field in update": case("{level: gold}", "{levle: gold}", "unknown_field", "levle", "'person' has no field"),
    "unknown role": case("roles: [boss]\n    confirm", "roles: [bos]\n    confirm", "unknown_role", "bos]", "Did you mean 'boss'?"),
    "unknown role in edit": case("edit: [boss, clerk]", "edit: [boss, clrk]", "unknown_role", "clrk", "Did you mean 'clerk'?"),
    "unknown role told": case("- notify: {roles: [boss], template: hello}\n  refuse", "- notify: {roles: [bss], template: hello}\n  refuse",
                              "unknown_role", "bss", "Did you mean 'boss'?"),
    "unknown template": case("via: [email], template: hello", "via: [email], template: helo", "unknown_template", "helo}", "'hello'"),
    "template about others": case("via: [email], template: hello", "via: [email], template: other", "template", "other}", "about 'person'"),
    "unknown endpoint": case("endpoint: books", "endpoint: boks", "unknown_endpoint", "boks", "Did you mean 'books'?"),
    "unknown channel": warns("via: [email]", "via: [emial]", "unknown_channel", "emial", "Did you mean 'email'?"),
    "unknown type created": case("{record: entry,", "{record: etnry,", "unknown_type", "etnry", "Did you mean 'entry'?"),
    "unknown transition run": case("run: hold", "run: hodl", "unknown_transition", "hodl", "Did you mean 'hold'?"),
    "transition of a type without": case("{record: =record, run: hold", "{record: =record.person, run: hold", "unknown_transition",
                                         "hold, skip", "has no workflow"),
    "unknown transition linked": case("transition: refuse", "transition: refuze", "unknown_transition", "refuze", "'refuse'"),
    "unknown field shown": case("shows: [number]", "shows: [numbr]", "unknown_field", "numbr", "Did you mean 'number'?"),
    "whom nobody can reach": case("{to: =record.person, via: [email], template: hello}", "{to: =record, template: hello}", "no_contact",
                                  "=record, template", "x-record.contact"),
    "told to nobody": case("{to: =record.person, via: [email], template: hello}", "{template: hello}", "effect", "{template: hello}\n      - webhook",
                           "Say whom to tell"),
    "hours that are none": case("hours: [opening]", "hours: [person]", "calendar", "person]", "x-record.calendar"),
    "unknown hours": case("hours: [opening]", "hours: [openign]", "unknown_type", "openign", "Did you mean 'opening'?"),
    # formulas
    "formula syntax": case('"record.hours > 0"', '"record.hours >"', "formula_syntax", '"\n    message', ""),
    "formula type": case('"record.hours > 0"', '"record.hours"', "formula_type", 'record.hours"\n    message', "should be true/false"),
    "formula of an unknown field": case('"record.hours > 0"', '"1 > record.huors"', "formula_unknown_field", "huors", "'hours'"),
    "value of another type": case("stamp: =now", "stamp: =record.hours", "formula_type", "record.hours, limit", "should be an instant"),
    "value of a plain = in quotes": case("\"=record.reason + '!'\"", "\"=record.raison + '!'\"", "formula_unknown_field", "raison", "'reason'"),
    "target that is no record": case("{record: =record.person, set", "{record: =record.hours, set", "formula_type", "=record.hours, set",
                                     "a record or a list of records"),
    "moment that is none": case('"record.starts_at - duration(\'1h\')"', "record.hours", "formula_type", "record.hours\n    missed", "an instant or a date"),
    "moment made of now": case("\"record.starts_at - duration('1h')\"", "\"now + duration('1h')\"", "formula_unknown_name", "now + ", ""),
    "unquoted": case('"record.hours > 0"', "record.hours > 0 # at least", "quotes", "record.hours > 0 #", "double quotes"),
    "limit of another type": case("\"=duration('PT1H') * record.limit\"", "=record.limit", "formula_type", "record.limit\n", "should be a duration"),
    "user of a schedule": case('where: "record.paid"', 'where: "user.id == 1"', "formula_unknown_name", "user.id", ""),
    "state compared with none": case('"record.hours > 0"', "\"old.status == 'redy' || record.hours > 0\"", "unknown_state", "'redy'", "'ready'"),
    "state of meta compared with none": case('where: "record.paid"', "where: \"meta.state in ['open', 'reddy']\"", "unknown_state", "'reddy'", "'ready'"),
    "choice compared with none": warns('"record.hours > 0"', "\"record.person.level in ['gold', 'glod']\"", "unknown_option", "'glod'", "Did you mean 'gold'?"),
    "assigned to no state": case("? 'done' : 'open'", "? 'dnoe' : 'open'", "unknown_state", "'dnoe'", "Did you mean 'done'?"),
    # values
    "literal not in the choice": case("{level: gold}", "{level: goldd}", "value", "goldd", "'level' does not take this"),
    "literal of another type": case("limit: 4", "limit: four", "value", "four", "'limit' does not take this"),
    "set of a computed field": case("limit: 4", "twice: 4", "fixed_field", "twice", "computed"),
    "set of a rollup": case("limit: 4", "total: 4", "fixed_field", "total: 4", "computed"),
    "set of a numbered field": case("limit: 4", "number: J-1", "fixed_field", "number: J", "numbered"),
    "set of the state field": case("limit: 4", "status: done", "fixed_field", "status: done", "only transitions move"),
    "required field emptied": case("limit: 4", "person: null", "value", "null", "cannot be emptied"),
    "record that lacks a field": case("{record: entry, set: {job: =record, amount: =record.hours}}", "{record: entry, set: {job: =record}}",
                                      "missing_value", "create:", "needs 'amount'"),
    "record of a built-in type": case("{record: entry, set: {job: =record, amount: =record.hours}}", "{record: user}", "effect", "user}", "built in"),
    "formula inside a table": case("limit: 4", 'helpers: [1, "=record.person"]', "value", '[1, "=', "inside a list"),
    "update of itself": case("{record: =record.person, set", "{record: =record, set", "effect", "=record, set: {level", "Use 'set'"),
    # ways
    "out of a final state": case("from: waiting\n    to: ready", "from: [waiting, done]\n    to: ready", "leaves_final", "done]\n    to", "is final"),
    "dead end": Case((("from: waiting\n    to: ready", "from: open\n    to: ready"),), "dead_end", "waiting: {title", "no way out of 'waiting'"),
    "unreachable": Case((("from: [open, ready]\n    to: waiting", "from: [open, ready]\n    to: ready"), ("parked: waiting", "parked: open")),
                        "unreachable", "waiting: {title", "Nothing leads to 'waiting'", "warning"),
    "no way to an end": Case((("from: waiting\n    to: ready", "from: waiting\n    to: waiting"),), "no_finish", "waiting: {title",
                             "to a final state", "warning"),
    "nobody may": Case((("transition: refuse", "transition: finish"),), "nobody_may", "refuse:", "neither roles nor a time"),
    "nobody named": case("roles: [clerk]\n    do", "roles: []\n    do", "nobody_may", "finish:", "neither roles nor a time"),
    "same way twice": Case((("  resume:", "  pause:\n    from: [waiting, ready]\n    to: waiting\n    roles: [boss]\n  resume:"),),
                           "double_transition", "pause:", "'hold' leads from 'ready'", "warning"),
    "two timers after the same time": Case((("  resume:", "  lapse:\n    from: open\n    to: done\n    after: P1D\n  resume:"),),
                                           "ambiguous", "expire:", "'lapse' and 'expire'"),
    "two timers at the same moment": Case((("  close:", "  recall:\n    from: waiting\n    to: open\n    at: \"record.starts_at -duration('1h')\"\n  close:"),),
                                          "ambiguous", "recall:", "exclude each other"),
    "two at once": Case((("  close:", "  lose:\n    from: ready\n    to: dropped\n    auto: true\n    guard: record.paid\n  close:"),),
                        "ambiguous", "close:", "'lose' and 'close'"),
    "timer that asks": case("after: PT24H", "after: PT24H\n    require: [reason]", "timer_require", "require: [reason]\n    missed", "isSet"),
    "timer with roles": warns("after: PT24H", "after: PT24H\n    roles: [boss]", "timer_roles", "[boss]\n    missed", "earlier as well"),
    "timer that looks at the user": warns('"record.total >= 100"', '"user.id == 4"', "timer_user", '"user.id', "Nobody is at work"),
    "two times": case("after: PT24H", "after: PT24H\n    auto: true", "conflict", "auto: true\n    missed", "has one"),
    "missed without a time": case("    confirm: true", "    missed: run", "no_effect", "missed: run\n  resume", "'after' or 'at'"),
    "circle of timers": Case((("from: waiting\n    to: ready\n    at: \"record.starts_at - duration('1h')\"\n    missed: skip",
                               "from: waiting\n    to: ready\n    after: PT1H"),
                              ("    roles: [boss]\n    confirm: true", "    after: PT2H")), "timer_circle", "hold:", "goes round by itself", "warning"),
    "circle at once": Case((("    at: \"record.starts_at - duration('1h')\"\n    missed: skip", "    auto: true"),
                            ("    auto: true\n    guard: \"record.total >= 100\"", "    after: PT1H"),
                            ("from: [open, ready]\n    to: waiting\n    roles: [boss]\n    confirm: true", "from: ready\n    to: waiting\n    auto: true")),
                           "timer_circle", "resume:", "for ever"),
    "removed state that is one": case("parked: waiting", "ready: waiting", "removed_state", "ready: waiting", "still a state"),
    "removed to no state": case("parked: waiting", "parked: wating", "unknown_state", "wating", "Did you mean 'waiting'?"),
    "alias that is a state": case("aliases: [new]", "aliases: [done]", "duplicate_state", "done]", "is a state already"),
    "alias twice": case("color: blue", "color: blue, aliases: [new]", "duplicate_state", "new]}\n  waiting", "a former name of 'open' already"),
    "alias that is removed": case("aliases: [new]", "aliases: [parked]", "removed_state", "parked: waiting", "an alias already"),
    "moves itself from elsewhere": case("- webhook: {endpoint: books, event: job.ready}", "- transition: {record: =record, run: prepare}", "leads_elsewhere",
                                        "prepare}", "does not lead"),
    # people
    "required field that is hidden": case("require: [starts_at]", "require: [secret]", "cannot_fill", "secret]", "'clerk' may run this but may not write"),
    "asked field that is hidden": warns("ask: [reason]", "ask: [secret]", "cannot_fill", "secret]", "'clerk' may run this"),
    "required field of a reader": Case((("roles: [boss, clerk]\n    guard", "roles: [boss, guest]\n    guard"), ("    ask: [reason]\n", "")), "cannot_fill", "starts_at]",
                                       "'guest' may run this"),
    "required field that is computed": case("require: [starts_at]", "require: [twice]", "fixed_field", "twice]", "isSet(record.twice)"),
    "asked field that is read-only": case("ask: [reason]", "ask: [stamp]", "fixed_field", "stamp]", "Nobody can fill in"),
    # guards
    "guard that never holds": warns('"record.hours > 0"', '"record.hours > 0 && record.hours < 0"', "constant_guard", '"record.hours > 0 &&', "can never hold"),
    "guard that always holds": warns('"record.hours > 0"', "\"record.sort == 'big' || record.sort != 'big'\"", "constant_guard", "\"record.sort ==", "always holds"),
    "guard of another state": warns('"record.hours > 0"', "\"meta.state == 'ready'\"", "constant_guard", "\"meta.state", "can never hold"),
    "guard of its own state": warns('"record.hours > 0"', "\"record.status != 'done'\"", "constant_guard", "\"record.status", "always holds"),
    "guard of constants": warns('"record.hours > 0"', '"1 > 2"', "constant_guard", '"1 > 2', "can never hold"),
    "auto that waits for time": warns('"record.total >= 100"', '"record.starts_at < now"', "not_followed", '"record.starts_at < now', "Use 'at'"),
    "auto that waits for others": warns('"record.total >= 100"', "\"record.person.level == 'gold'\"", "not_followed", '"record.person.level',
                                        "'person.level' does not start this"),
    "guard of two empty values": warns('"record.hours > 0"', '"record.hours == record.limit"', "both_empty", '"record.hours ==', "two empty values are equal"),
    "message without a guard": case("    confirm: true", "    message: Never told", "no_effect", "message: Never", "there is no guard"),
    # words
    "state without a title": warns("title: {en: Ready, zh: 就绪}, color: blue", "title: Ready", "no_title", "ready:   {", "no title in 'zh'"),
    # time
    "schedule without a time": case("    every: week\n    on: [1, 5]\n", "", "schedule", "remind:", "one of 'every'"),
    "schedule with two times": case("    every: week", "    cron: \"0 0 * * *\"\n    every: week", "schedule", "remind:", "one of 'every'"),
    "cron of four parts": case('"0 3 * * *"', '"0 3 * *"', "schedule", '"0 3 * *"', "five fields"),
    "cron that never comes": case('"0 3 * * *"', '"0 3 31 2 *"', "schedule", '"0 3 31', "no cron line"),
    "day of the week": case("on: [1, 5]", "on: [1, 8]", "bound", "8]", "1 for Monday to 7"),
    "day without a week": case("every: week", "every: day", "no_effect", "on: [1, 5]", "every: week"),
    "time of day beside cron": case('cron: "0 3 * * *"', 'cron: "0 3 * * *"\n    at: "09:00"', "no_effect", 'at: "09:00"\n    do', "Leave 'at' out"),
    "time of day without quotes": case('    at: "09:00"', "    at: 9:00", "form", "9:00", "in quotes"),
    "yearly by no date": case('    cron: "0 3 * * *"', "    yearly: hours", "schedule", "hours\n    do", "no day of the year"),
    "yearly by no field": case('    cron: "0 3 * * *"', "    yearly: huors", "unknown_field", "huors", "Did you mean 'hours'?"),
    "clock of a final state": case("states: [open]", "states: [done]", "final_state", "done]", "no clock runs"),
    "clock of no state": case("states: [open]", "states: [opne]", "unknown_state", "opne", "Did you mean 'open'?"),
    "limits out of order": case("      - after: \"=duration('PT1H') * record.limit\"", "      - after: PT2H", "schedule", "PT2H\n        if", "longer than the one before"),
    # exposure
    "secret in an open field": case("limit: 4", "limit: =record.secret", "reveals", "=record.secret", "'clerk', 'guest' may read 'job.limit'"),
    "secret in another type": case("amount: =record.hours", "amount: =record.secret", "reveals", "=record.secret", "may read 'entry.amount'"),
}  # fmt: skip


def checked(one: Case) -> Loaded:
    site = Site()
    for old, new in one.swaps:
        site.swap(old, new)
    text = site.workflow
    assert text.count(one.at) == 1, f"{one.at!r} stands there {text.count(one.at)} times"
    before = text[: text.index(one.at)]
    place = (FILE, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
    loaded = site.load()
    found = [problem for problem in loaded.problems if problem.severity != "note"]
    told = [(problem.code, problem.severity) for problem in found]
    assert told == [(one.code, one.severity)], "\n".join(f"{problem.place} {problem.message}" for problem in found)
    (problem,) = found
    assert problem.place is not None
    assert (problem.place.file, problem.place.line, problem.place.column) == place
    assert one.part in problem.message
    assert problem.message[-1] in ".?"
    return loaded


@pytest.mark.parametrize("name", CASES)
def test_mistake_is_told_where_it_is(name: str) -> None:
    loaded = checked(CASES[name])
    assert (loaded.catalog is None) == (CASES[name].severity == "error")


def test_right_workflow_is_not_criticised() -> None:
    loaded = Site().load()
    assert [one for one in loaded.problems if one.severity != "note"] == []
    assert loaded.catalog is not None


def test_a_timer_that_leads_back_to_its_own_state_is_no_circle_since_it_runs_once_a_stay() -> None:
    site = Site()
    site.swap("  resume:", "  nudge:\n    from: open\n    to: open\n    after: PT12H\n  resume:")
    assert [one for one in site.load().problems if one.severity != "note"] == []
