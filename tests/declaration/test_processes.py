"""Occupancies, calendars, contacts, public forms and locks: what is right is in the catalog, what is wrong is told with its place."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.declaration.conftest import Declared, assert_refused, catalog_of

from kartotek.declaration.load import load
from kartotek.model.formula import Formula

X = "visit/x-record"
TIMES = {"key": ["person"], "start": "starts_at", "end": "ends_at"}
CALENDAR = {
    "title": "Hours", "type": "object",
    "properties": {
        "who": {"type": "integer", "x-field": {"references": "person"}},
        "day": {"type": "integer", "minimum": 1, "maximum": 7},
        "opens": {"type": "string", "format": "time"}, "closes": {"type": "string", "format": "time"},
        "from": {"type": "string", "format": "date"}, "to": {"type": "string", "format": "date"},
        "word": {"type": "string"}, "agreed": {"type": "boolean"},
        "slot": {"oneOf": [{"const": "mon"}, {"const": "tue"}]},
    },
    "x-record": {"permissions": {"manager": {"read": True}}},
}
WEEKLY = {"of": "who", "weekday": "day", "opens": "opens", "closes": "closes"}

REFUSED: dict[str, tuple[str, Any, str, str]] = {
    # name: (place, value, code, part of the sentence)
    "key that is no field": (f"{X}/occupancy", [{**TIMES, "key": ["persn"]}], "unknown_field", "'person'"),
    "key that is a table": (f"{X}/occupancy", [{**TIMES, "key": ["lines"]}], "occupancy", "rows"),
    "live key": (f"{X}/occupancy", [{**TIMES, "key": ["double"]}], "occupancy", "stored"),
    "start that is no moment": (f"{X}/occupancy", [{**TIMES, "start": "number"}], "occupancy", "instant"),
    "rows that are no table": (f"{X}/occupancy", [{**TIMES, "rows": "person"}], "occupancy", "table"),
    "where with the time": (f"{X}/occupancy", [{**TIMES, "where": "record.starts_at > now"}], "formula_unknown_name", "now"),
    "where beyond the record": (f"{X}/occupancy", [{**TIMES, "where": "record.person.active"}], "not_exact", "person"),
    "where with a live value": (f"{X}/occupancy", [{**TIMES, "where": "record.double > 1"}], "not_exact", "double"),
    "capacity that is no number": (f"{X}/occupancy", [{**TIMES, "capacity": "=record.person.name"}], "formula_type", "whole"),
    "capacity with a wrong name": (f"{X}/occupancy", [{**TIMES, "capacity": "=record.prson"}], "formula_unknown_field", "person"),
    "buffer that is no span": (f"{X}/occupancy", [{**TIMES, "bufferAfter": "15"}], "type", "PT15M"),
    "two of one name": (f"{X}/occupancy", [{**TIMES, "name": "a"}, {**TIMES, "name": "a"}], "duplicate_name", "'a'"),
    "calendar of no type": (f"{X}/occupancy", [{**TIMES, "calendars": ["persn"]}], "unknown_type", "'person'"),
    "calendar that is none": (f"{X}/occupancy", [{**TIMES, "calendars": ["item"]}], "calendar", "item"),
    "unknown key": (f"{X}/occupancy", [{**TIMES, "buffer": "PT1M"}], "unknown_key", "buffer"),
    "capacity in the short form": (f"{X}/noOverlap", [{**TIMES, "capacity": 2}], "unknown_key", "capacity"),
    "frozen by a person": (f"{X}/frozenWhen", "user.id == 1", "formula_unknown_name", "user"),
    "frozen by no condition": (f"{X}/frozenWhen", "record.number", "formula_type", "true/false"),
    "override of an error": (f"{X}/validations", [{"rule": "record.number > 0", "message": "x", "override": ["clerk"]}], "override", "confirm"),
    "override by nobody known": (
        f"{X}/validations", [{"rule": "record.number > 0", "message": "x", "level": "confirm", "override": ["clrk"]}],
        "unknown_role", "'clerk'"),
    "unknown level": (f"{X}/validations", [{"rule": "record.number > 0", "message": "x", "level": "warn"}], "choice", "'warning'"),
    "contact by a number": (f"{X}/contact", {"sms": "number"}, "contact", "number"),
    "contact by no field": (f"{X}/contact", {"sms": "phone"}, "unknown_field", "phone"),
    "consent of somebody": ("person/x-record/contact", {"sms": "name", "consent": "user.id == 1"}, "formula_unknown_name", "user"),
    "form with no field": (f"{X}/publicForms", {"ask": {"fields": ["starts_at", "numbr"], "set": {"person": 1}}}, "unknown_field", "'number'"),
    "form without what is required": (f"{X}/publicForms", {"ask": {"fields": ["number"], "set": {"person": 1}}}, "public_form", "starts_at"),
    "form with a link": (f"{X}/publicForms", {"ask": {"fields": ["person", "starts_at"]}}, "public_form", "link"),
    "form with links in a table": (
        f"{X}/publicForms", {"ask": {"fields": ["lines", "starts_at"], "set": {"person": 1}}}, "public_form", "'item'"),
    "form with a computed field": (
        f"{X}/publicForms", {"ask": {"fields": ["starts_at", "total"], "set": {"person": 1}}}, "public_form", "total"),
    "form that sets what does not fit": (
        f"{X}/publicForms", {"ask": {"fields": ["starts_at"], "set": {"person": 1, "number": "many"}}}, "value", "number"),
    "form that sets by a wrong formula": (
        f"{X}/publicForms", {"ask": {"fields": ["number"], "set": {"person": 1, "starts_at": "=today"}}}, "formula_type", "instant"),
    "form with a transition without a workflow": (
        f"{X}/publicForms", {"ask": {"fields": ["starts_at"], "set": {"person": 1}, "transition": "send"}}, "unknown_transition", "workflow"),
    "entry that would be emptied": (
        f"{X}/appendOnly", True, "append_only", "person"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_wrong_is_told_with_its_place(declared: Declared, case: tuple[str, Any, str, str]) -> None:
    if case[2] == "append_only":
        declared.at("visit/required", ["starts_at"]).at("visit/properties/person/x-field/onDelete", "setNull")
    assert_refused(declared, case)


CALENDARS: dict[str, tuple[dict[str, Any], str]] = {
    "neither week nor span": ({"of": "who"}, "weekday"),
    "half a week": ({"weekday": "day", "opens": "opens"}, "closes"),
    "both": ({**WEEKLY, "start": "from", "end": "to"}, "either"),
    "of no link": ({**WEEKLY, "of": "word"}, "link"),
    "opens with a text": ({**WEEKLY, "opens": "word"}, "time"),
    "days by name": ({**WEEKLY, "weekday": "slot"}, "Monday"),
}


@pytest.mark.parametrize("case", CALENDARS.values(), ids=CALENDARS.keys())
def test_calendars_that_cannot_be_read_are_refused(declared: Declared, case: tuple[dict[str, Any], str]) -> None:
    declared.types["hours"] = CALENDAR | {"x-record": {**CALENDAR["x-record"], "calendar": case[0]}}  # type: ignore[dict-item]
    (problem,) = declared.load().problems
    assert (problem.code, case[1] in problem.message) == ("calendar", True), problem


def test_an_occupancy_keeps_all_that_was_declared(declared: Declared) -> None:
    declared.types["hours"] = CALENDAR | {"x-record": {**CALENDAR["x-record"], "calendar": {**WEEKLY, "where": "record.agreed"}}}  # type: ignore[dict-item]
    declared.at(f"{X}/occupancy", [{
        **TIMES, "name": "people", "bufferBefore": "PT15M", "bufferAfter": "=record.ends_at - record.starts_at",
        "capacity": "=record.person.visits_made", "weight": 2, "where": "meta.state == 'held' && record.number > 1",
        "calendars": ["hours"], "space": "s", "message": {"en": "Taken", "zh": "已被占用"},
    }])  # fmt: skip
    declared.at(f"{X}/noOverlap", [{**TIMES, "message": "No"}])
    found = catalog_of(declared.load()).types
    first, second = found["visit"].occupancy
    assert (first.name, first.key, first.before, first.weight, first.calendars, first.space) == (
        "people", ("person",), timedelta(minutes=15), 2, ("hours",), "s")  # fmt: skip
    assert isinstance(first.after, Formula) and isinstance(first.capacity, Formula)
    assert (first.message("zh"), second.message("zh"), second.capacity, second.name) == ("已被占用", "No", 1, "no_overlap_1")
    assert found["hours"].calendar is not None
    assert (found["hours"].calendar.of, found["hours"].calendar.opens) == ("who", "opens")


def test_rows_occupy_with_their_own_keys_and_those_of_the_record(declared: Declared) -> None:
    declared.at("visit/properties/lines/items/properties/who", {"type": "integer", "x-field": {"references": "person"}})
    declared.at(f"{X}/occupancy", [{**TIMES, "rows": "lines", "key": ["who"], "weight": "=row.qty", "where": "row.qty > 0"}])
    (one,) = catalog_of(declared.load()).types["visit"].occupancy
    assert (one.rows, one.key, one.start) == ("lines", ("who",), "starts_at")


def test_a_public_form_keeps_its_fields_and_what_the_site_sets(declared: Declared) -> None:
    declared.at(f"{X}/publicForms", {"ask": {
        "title": {"en": "Ask", "zh": "询问"}, "fields": ["number"], "set": {"starts_at": "=now", "person": 3}, "limit": 2,
    }})  # fmt: skip
    form = catalog_of(declared.load()).types["visit"].public_forms["ask"]
    assert (form.fields, form.values["person"], form.limit, form.total) == (("number",), 3, 2, 500)
    assert isinstance(form.values["starts_at"], Formula)


def test_locks_levels_and_rights_to_transitions_are_kept(declared: Declared) -> None:
    declared.at(f"{X}/frozenWhen", "record.number > 3")
    declared.at("item/x-record/appendOnly", True)
    declared.at(f"{X}/validations", [{"name": "r", "rule": "record.number > 0", "message": "x", "level": "confirm", "override": ["clerk"]}])
    declared.at(f"{X}/permissions/clerk/transition", False)
    found = catalog_of(declared.load()).types
    (rule,) = found["visit"].validations
    assert (rule.level, rule.override) == ("confirm", frozenset({"clerk"}))
    assert found["visit"].frozen_when is not None
    assert found["item"].append_only
    assert found["visit"].permissions["clerk"]["transition"] is False


# site.yaml

OUTLETS: dict[str, tuple[str, str, str]] = {
    # name: (lines of site.yaml, code, part of the sentence)
    "channel of no type": ("channels: {a: {host: x}}", "missing_key", "'type'"),
    "mail without a server": ("channels: {a: {type: smtp, from: a@b.c}}", "channel", "'host'"),
    "inbox with a server": ("channels: {a: {type: inbox, host: x}}", "channel", "'host'"),
    "user without a password": ("channels: {a: {type: smtp, host: x, from: a@b.c, user: u}}", "channel", "password"),
    "secret that leads elsewhere": ("endpoints: {a: {url: 'https://x.org', secret: ../key}}", "form", "secrets/"),
    "secret of the site itself": ("endpoints: {a: {url: 'https://x.org', secret: secret.key}}", "form", "secret.key"),
    "master key of the site": ("endpoints: {a: {url: 'https://x.org', secret: master.key}}", "form", "master.key"),
    "endpoint that signs with nothing": ("endpoints: {a: {url: 'https://x.org'}}", "missing_key", "'secret'"),
    "hour that is none": ("channels: {a: {type: inbox, quiet: {from: '24:00', to: '08:00'}}}", "form", "21:00"),
    "address with a user": ("endpoints: {a: {url: 'https://u:p@x.org/', secret: a}}", "form", "https://"),
    "address of a file": ("endpoints: {a: {url: 'file:///etc/passwd', secret: a}}", "form", "https://"),
    "header with a line break": ('channels: {a: {type: http, url: "https://x.org", headers: {A: "b\\nC: d"}}}', "form", ""),
    "role that does not exist": ("endpoints: {a: {url: 'https://x.org', secret: a, role: clrk}}", "unknown_role", "'clerk'"),
    "body with an unknown value": ("channels: {a: {type: http, url: 'https://x.org', body: '{to} {form}'}}", "formula_unknown_name", "form"),
}  # fmt: skip


@pytest.mark.parametrize("case", OUTLETS.values(), ids=OUTLETS.keys())
def test_wrong_channels_and_endpoints_are_told(declared: Declared, case: tuple[str, str, str]) -> None:
    lines, code, part = case
    declared.site += lines + "\n"
    (problem,) = declared.load().problems
    assert (problem.code, part in problem.message) == (code, True), problem
    assert problem.place is not None and problem.place.file == "site.yaml"
    assert problem.place.line == declared.site.count("\n")


def test_channels_and_endpoints_are_in_the_catalog(declared: Declared) -> None:
    declared.site += """url: https://cards.example.org/
channels:
  mail: {type: smtp, host: mail.example.org, from: a@example.org, user: u, password: mail_password}
  sms: {type: http, url: "https://gate.example.org/send", headers: {X: "{secret}"}, body: '{{"to": "{to}"}}', quiet: {from: "21:00", to: "08:00"}}
endpoints:
  books: {url: "https://books.example.org/hook", secret: books, role: clerk}
"""
    catalog = catalog_of(declared.load())
    assert catalog.settings.url == "https://cards.example.org"
    mail, sms = catalog.channels["mail"], catalog.channels["sms"]
    assert (mail.settings["port"], mail.settings["security"], mail.settings["password"]) == (587, "starttls", "mail_password")
    assert (sms.quiet, sms.settings["body"][0]) == (("21:00", "08:00"), '{"to": "')
    assert (catalog.endpoints["books"].role, catalog.endpoints["books"].private) == ("clerk", False)


def test_another_channel_makes_another_catalog(declared: Declared) -> None:
    before = catalog_of(declared.load()).hash
    declared.site += "channels: {a: {type: inbox}}\n"
    assert catalog_of(load(declared.documents())).hash != before
