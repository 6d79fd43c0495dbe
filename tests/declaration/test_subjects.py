"""Subjects and retention: what is right is in the catalog, what is wrong is told with its place."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from tests.declaration.conftest import Declared, assert_refused, catalog_of

from kartotek.declaration.load import load
from kartotek.model.people import Span
from kartotek.rules.subjects import Belonging, person_types, subject_path

X = "visit/x-record"
REFUSED: dict[str, tuple[str, Any, str, str]] = {
    # name: (place, value, code, part of the sentence)
    "subject that is no field": (f"{X}/subject", "persn", "unknown_field", "'person'"),
    "subject that is no link": (f"{X}/subject", "number", "subject", "not a link"),
    "subject that leads to no person": (f"{X}/subject", "person", "subject", "'person', which is no person"),
    "subject that is false": (f"{X}/subject", False, "type", "true"),
    "length in words": (f"{X}/retention", {"after": "10 years"}, "form", "P10Y"),
    "length of nothing": (f"{X}/retention", {"after": "P"}, "form", "P10Y"),
    "since a number": (f"{X}/retention", {"after": "P1Y", "from": "number"}, "retention", "not a date"),
    "since without a length": (f"{X}/retention", {"from": "starts_at", "keep": "record.number > 1"}, "retention", "'after'"),
    "about nobody and without end": (f"{X}/retention", {"do": "anonymise"}, "retention", "about nobody"),
    "kept by a person": (f"{X}/retention", {"after": "P1Y", "keep": "user.id == 1"}, "formula_unknown_name", "user"),
    "form with an unknown purpose": (f"{X}/publicForms", {"ask": {"fields": ["starts_at"], "set": {"person": 1}, "consents": ["offers"]}}, "public_form", "about nobody"),
    "kept by no condition": (f"{X}/retention", {"after": "P1Y", "keep": "record.number"}, "formula_type", "true/false"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_meant_is_refused_in_its_place(name: str, declared: Declared) -> None:
    assert_refused(declared, REFUSED[name])


def test_a_link_of_a_link_leads_to_the_person(declared: Declared) -> None:
    declared.at("person/x-record/subject", True)
    declared.at(f"{X}/subject", "person").at(f"{X}/retention", {
        "after": "P10Y6M", "from": "starts_at", "do": "anonymise", "keep": "record.number > 5", "reason": {"en": "Claims", "zh": "索赔"}})
    types = catalog_of(declared.load()).types
    assert person_types(types) == ("person",) and subject_path(types, "person") == ()
    assert subject_path(types, "visit") == (Belonging("visit", "person", "person"),) and subject_path(types, "item") is None
    kept = types["visit"].retention
    assert kept is not None and (kept.fate, kept.after, kept.since) == ("anonymise", Span(10, 6), "starts_at")
    assert kept.keep is not None and kept.reason("zh") == "索赔"


def test_links_that_lead_in_a_circle_lead_to_nobody() -> None:
    link = {"title": "T", "type": "object", "properties": {"to": {"type": "integer", "x-field": {"references": "b"}}}, "x-record": {"subject": "to"}}
    back = {**link, "properties": {"to": {"type": "integer", "x-field": {"references": "a"}}}}
    found = load({"site.yaml": "name: x", "schemas/a.json": json.dumps(link), "schemas/b.json": json.dumps(back)})
    assert found.catalog is None and {one.code for one in found.problems} == {"subject"}


@pytest.mark.parametrize(("span", "day", "after"), [
    (Span(1), date(2024, 2, 29), date(2025, 2, 28)), (Span(months=1), date(2026, 1, 31), date(2026, 2, 28)),
    (Span(months=13, days=2), date(2026, 12, 31), date(2028, 2, 2)), (Span(days=3650), date(2026, 1, 1), date(2035, 12, 30)),
])
def test_spans_count_by_the_calendar(span: Span, day: date, after: date) -> None:
    assert span.after(day) == after and span.before(after) <= day or span.before(after) >= day
    assert span.after(span.before(after)) <= after
