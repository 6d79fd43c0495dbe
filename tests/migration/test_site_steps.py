"""What a changed site.yaml, or a changed message, comes to: told in a step, and waiting where programs would be told more."""

from __future__ import annotations

import pytest
from neutral_site import documents

from kartotek.declaration.load import load
from kartotek.migration.steps import effective, steps

SITE = documents()["site.yaml"]


@pytest.mark.parametrize(("old", "new", "wanted"), [
    ("timezone: Asia/Shanghai", "timezone: Europe/Paris", {("metadata", "safe", "timezone")}),
    ("name: {en: Workshop, zh: 工坊}", "name: Other", {("metadata", "safe", "site_looks")}),
    ("region: CN", "region: DE", {("metadata", "safe", "site_looks")}),
    ("currency: CNY", "currency: CNY\nurl: https://cards.example.org", {("metadata", "safe", "site_looks")}),
    ("currency: CNY", "currency: CNY\nmenu: [{title: A, types: [item]}]", {("metadata", "safe", "site_looks")}),
    ("currency: CNY", "currency: CNY\nendpoints: {books: {url: 'https://x.example.org/', secret: books, role: helper}}", {("metadata", "safe", "endpoint")}),
    ("currency: CNY", "currency: CNY\nchannels: {mail: {type: smtp, host: x.example.org, from: a@example.org}}", {("metadata", "safe", "channel")}),
])
def test_a_change_of_the_site_is_told(old: str, new: str, wanted: set[tuple[str, str, str]]) -> None:
    before, after = load(documents()).catalog, load({**documents(), "site.yaml": SITE.replace(old, new)}).catalog
    assert before is not None and after is not None
    assert {(one.action, one.verdict, one.code) for one in steps(before, after) if not one.type} == wanted
    assert {one.verdict for one in steps(before, after)} == {"safe"}


def test_an_endpoint_that_is_told_more_waits_and_its_file_with_it() -> None:
    endpoint = "currency: CNY\nendpoints: {{books: {{url: 'https://x.example.org/', secret: books, role: {}}}}}"
    before, after = (
        load({**documents(), "site.yaml": SITE.replace("currency: CNY", endpoint.format(role))}).catalog for role in ("helper", "clerk")
    )
    assert before is not None and after is not None
    found = steps(before, after)
    assert [(one.action, one.verdict, one.file) for one in found] == [("rights", "confirm", "site.yaml")]
    assert effective(before, after, found) == before.documents


def test_other_days_compute_everything_anew() -> None:
    before, after = load(documents()).catalog, load({**documents(), "site.yaml": SITE.replace("Asia/Shanghai", "Europe/Paris")}).catalog
    assert before is not None and after is not None
    assert {(one.type, one.field) for one in steps(before, after) if one.recompute} == {
        ("order", "lines.amount"), ("order", "total"), ("person", "spent"), ("person", "orders_count"), ("account", "remaining")}


def test_a_message_that_reads_otherwise_is_told_of_its_type() -> None:
    hello = {"templates/messages/hi.yaml": "record: item\nbody: Hi {record.name}\n"}
    before, after = load({**documents(), **hello}).catalog, load({**documents(), "templates/messages/hi.yaml": "record: item\nbody: Ho\n"}).catalog
    assert before is not None and after is not None
    assert [(one.type, one.words) for one in steps(before, after)] == [("item", "item: the message hi reads otherwise.")]


def test_a_role_that_may_do_more_waits_and_one_that_may_do_less_does_not() -> None:
    helper = "  helper: {title: {en: Helper, zh: 助手}"
    texts = [SITE.replace(helper + "}", helper + may + "}") for may in ("", ", may: [audit]", ", may: [audit, users]")]
    found = [load({**documents(), "site.yaml": text}).catalog for text in texts]
    for before, after, more in ((0, 1, "audit"), (0, 2, "audit, users"), (1, 2, "users"), (2, 1, ""), (1, 0, "")):
        old, new = found[before], found[after]
        assert old is not None and new is not None
        told = [(one.verdict, one.params["names"]) for one in steps(old, new) if one.code == "role_more"]
        assert told == ([("confirm", more)] if more else [])
