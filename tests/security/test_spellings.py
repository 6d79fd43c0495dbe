"""However an address is spelt, and whatever headers and methods say, who may not come does not come."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from callers import Caller, stored
from inventory import Way, examples, ways
from lengths import rounds
from whole_site import Whole

SPELLINGS: list[Callable[[str], str]] = [
    lambda path: path, lambda path: f"{path}?x=/assets/site.css", lambda path: f"{path}?next=/login/", lambda path: f"{path};x=/login/",
    lambda path: path[:-1] if path.endswith("/") else f"{path}/", lambda path: f"/{path}", lambda path: path.replace("/", "//"),
    lambda path: path.replace("/", "/./"), lambda path: f"/login/..{path}", lambda path: f"/assets/x/..%2f..{path}", lambda path: f"/p/ask/%2e%2e/%2e%2e{path}",
    lambda path: path[0] + path[1:].replace("/", "%2f"), lambda path: f"{path}%00", lambda path: f"{path}%20", lambda path: f"{path}%3fx=/login/",
    lambda path: path.upper(), lambda path: f"{path}#/login/", lambda path: path.replace("e", "%65"), lambda path: path.replace("/r/", "/R/"),
    lambda path: f"/healthz/..{path}", lambda path: f"{path}/healthz", lambda path: f"\\{path}", lambda path: path.replace("a", "ａ"),
]  # fmt: skip
HEADERS = [
    {"X-HTTP-Method-Override": "GET"}, {"X-HTTP-Method-Override": "DELETE"}, {"X-Method-Override": "PATCH"}, {"X-Original-URL": "/login/"},
    {"X-Rewrite-URL": "/healthz"}, {"X-Forwarded-For": "127.0.0.1"}, {"X-Forwarded-Prefix": "/assets"}, {"X-Script-Name": "/assets"},
    {"X-Remote-User": "olive"}, {"Remote-User": "olive"}, {"X-Forwarded-User": "olive"}, {"X-Forwarded-Host": "localhost"},
    {"Authorization": "Basic b2xpdmU6eA=="}, {"Cookie": "session=x; kartotek=x"},
]  # fmt: skip
METHODS = ("HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "DELETE", "POST", "GET", "PROPFIND", "BREW")
CANARIES = ("amber", "azure", "alpha 1", "555-0101")


@pytest.fixture(scope="module")
def closed(untouched: Whole) -> list[Way]:
    """What is not open."""
    assert untouched.app is not None
    return [one for one in ways(untouched.app) if one.admission and not one.admission.is_open]


@pytest.mark.parametrize("name", ["", "hugo"])
def test_no_spelling_leads_where_the_address_does_not(untouched: Whole, closed: list[Way], name: str) -> None:
    caller, before, wrong, random = Caller(untouched, name), stored(untouched), [], Random(611)
    given = examples(untouched)
    for way in closed:
        if name and not _is_refused(way):
            continue
        for spelling in random.sample(SPELLINGS, rounds(4, len(SPELLINGS))):
            address = spelling(way.address(given).partition("?")[0])
            answer = caller.send(way.method, address, way.body, is_api=way.is_api)
            if not _is_nothing(answer.status_code, answer.text):
                wrong.append(f"{way.method} {address}: {answer.status} {answer.text[:80]!r}")
        for header in random.sample(HEADERS, rounds(2, len(HEADERS))):
            answer = caller.send(way.method, way.address(given), way.body, is_api=way.is_api, headers=header)
            if not _is_nothing(answer.status_code, answer.text):
                wrong.append(f"{way.name} {header}: {answer.status}")
    assert not wrong, f"{len(wrong)}\n" + "\n".join(wrong[:30])
    assert stored(untouched) == before


@pytest.mark.parametrize("name", ["", "hugo"])
def test_no_method_leads_where_another_does_not(untouched: Whole, closed: list[Way], name: str) -> None:
    caller, before, wrong, random = Caller(untouched, name), stored(untouched), [], Random(611)
    given = examples(untouched)
    meant = {(way.rule, way.method) for way in closed}
    for way in closed:
        if name and not _is_refused(way):
            continue
        for method in random.sample(METHODS, rounds(5, len(METHODS))):
            if (way.rule, method) in meant and name and not _is_refused(next(one for one in closed if (one.rule, one.method) == (way.rule, method))):
                continue
            answer = caller.send(method, way.address(given), way.body if method not in ("HEAD", "OPTIONS") else None, is_api=way.is_api)
            is_asking = method == "OPTIONS" and not answer.data or method == "HEAD" and not answer.data and answer.status_code != 200
            if not is_asking and not _is_nothing(answer.status_code, answer.text):
                wrong.append(f"{method} {way.rule}: {answer.status} {answer.text[:80]!r}")
    assert not wrong, f"{len(wrong)}\n" + "\n".join(wrong[:30])
    assert stored(untouched) == before


def test_a_cookie_is_no_token_and_a_token_no_cookie(untouched: Whole, closed: list[Way]) -> None:
    assert untouched.app is not None
    before, given, browser = stored(untouched), examples(untouched), Caller(untouched, "olive")
    for way in closed:
        if way.is_api:
            assert browser.send(way.method, way.address(given), {"name": "x"}).status_code == 401, way.name
        else:
            head = {"Authorization": f"Bearer {untouched.tokens['olive']}"}
            answer = untouched.app.test_client().open(way.address(given), method=way.method, headers=head)
            assert answer.status_code in (302, 303, 400, 401), (way.name, answer.status)
    assert stored(untouched) == before


def _is_refused(way: Way) -> bool:
    """Whether the helper has no business there: what is for others, and records that he may not see."""
    assert way.admission is not None
    named = [name for _, name in way.parts]
    return way.admission.who != "user" or "record" in named or "type" in named or any(name in ("import", "message", "link") for name in named)


def _is_nothing(status: int, text: str) -> bool:
    return 300 <= status < 500 and not any(one in text for one in CANARIES)
