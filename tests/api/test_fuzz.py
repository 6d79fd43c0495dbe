"""Whatever is sent, the API answers it or refuses it in problem details, and never fails."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from api_served import Client, Served
from api_site import ORDER, PERSON
from hypothesis import given, settings
from hypothesis import strategies as st
from lengths import rounds

from kartotek.api.parameters import OPERATORS

EXAMPLES = settings(max_examples=rounds(80, 600))

_NUMBERS = (
    st.integers()
    | st.sampled_from([2**31, 2**53, 2**63, 2**64, -(2**63) - 1, 10**18, 10**299])
    | st.floats(allow_nan=False, allow_infinity=False)
)
_TEXTS = st.text() | st.sampled_from(
    ["", "\0", "\ud800", "1e999", "NaN", "-0", "9" * 400, "2026-02-30", "2026-11-21T10:00:00Z",
    "0001-01-01T00:00:00+14:00",
     "9999-12-31T23:59:59.999999-12:00", "12:30", "P1D", "é" * 5000, "=1+1", "00000000-0000-4000-8000-000000000000",
     "%", "_"]
)  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=12,
)
_FIELDS = [*PERSON["properties"], *ORDER["properties"]]
_OBJECTS = st.dictionaries(st.sampled_from(_FIELDS) | st.text(max_size=5), _JSON, max_size=6)
_LINES = st.lists(
    st.dictionaries(st.sampled_from(["item", "quantity", "price", "x"]), _JSON, max_size=4) | _JSON, max_size=4
)
_PATHS = st.lists(
    st.sampled_from([*_FIELDS, "meta", "created_at", "id", "city", "name", "orders", "x", ""]), min_size=1, max_size=4
)
_OPERATOR = st.sampled_from(["", *(f"[{one}]" for one in OPERATORS), "[x]", "["])
_CONDITION = st.tuples(
    st.builds(lambda path, operator: ".".join(path) + operator, _PATHS, _OPERATOR),
    _TEXTS.filter(lambda t: t.isprintable()),
)
_TOKENS = st.sampled_from(
    ["record", ".", "name", "visits", "balance", "friend", "friends", "orders", "lines", "total", "note", "==", "!=",
    "<", ">", "&&",
     "||", "!", "(", ")", "[", "]", "'a'", "1", "2.5", "null", "true", "now", "today", "meta", "user", "id", "roles",
     "+", "-", "*",
     "/", "in", "?", ":", "exists", "all", "x", ",", "isSet", "size", "duration('1h')", "date('2026-01-01')",
     "9" * 30, "'\u00e9'", "\""]
)  # fmt: skip
_FORMULAS = (
    st.lists(_TOKENS, max_size=12).map(" ".join) | st.lists(_TOKENS, max_size=12).map("".join) | st.text(max_size=30)
)
_WORDS = st.sampled_from(
    ["search", "sort", "fields", "expand", "limit", "cursor", "count", "trash", "titles", "as_of", "on", "partial",
    "name", "thumbnail"]
)  # fmt: skip
_PARAMETERS = st.lists(
    _CONDITION
    | st.tuples(st.just("filter"), _FORMULAS)
    | st.tuples(
        _WORDS,
        st.text(max_size=20) | st.sampled_from([",".join(_FIELDS[:3]), "friend.friend", "true", "exact", "-name"]),
    ),
    max_size=3,
)
_HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "If-Match",
            "Idempotency-Key",
            "Content-Type",
            "Accept",
            "Range",
            "If-None-Match",
            "Content-Encoding",
            "Expect",
        ]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=20)
    | st.sampled_from(['"1"', "*", 'W/"1"', "application/json"]),
    max_size=3,
)
_ADDRESSES = st.sampled_from(
    ["/records/person", "/records/order", "/records/item", "/records/secret", "/records/user", "/records/user/1",
    "/records/person/1",
     "/records/order/1", "/records/person/1/history", "/records/person/1/restore", "/records/person/bulk",
     "/records/order/bulk",
     "/types", "/types/person", "/types/user", "/files", "/tokens", "/tokens/1", "/openapi.json",
     "/records/person/1/files/00000000-0000-4000-8000-000000000000"]
)  # fmt: skip


@pytest.fixture(scope="module")
def owner(shared: Served) -> Client:
    """The owner of a site with a few records, which the examples change as they please."""
    client = shared.client("owner")
    person = client.made("person", name="Ann", visits=2**70, balance="1.50", note="x")
    item = client.made("item", code="A", price="2.00")
    client.made("order", person=person["id"], lines=[{"item": item["id"], "price": "2.00"}])
    return client


def _is_sound(answer: Any) -> None:
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.content_type == "application/problem+json"
        assert answer.json["status"] == answer.status_code


@EXAMPLES
@given(fields=_OBJECTS, lines=_LINES, address=st.sampled_from(["/records/person", "/records/order"]))
def test_any_fields_are_kept_or_refused(owner: Client, fields: Any, lines: Any, address: str) -> None:
    wire = {"fields": {"name": "A", "person": 1, **fields} | ({"lines": lines} if "order" in address else {})}
    answer = owner("POST", address, wire)
    _is_sound(answer)
    if answer.status_code == 201:
        again = owner("GET", answer.headers["Location"])
        assert again.data == answer.data


@EXAMPLES
@given(wire=_JSON, address=_ADDRESSES, method=st.sampled_from(["POST", "PATCH"]))
def test_any_body_is_answered(owner: Client, wire: Any, address: str, method: str) -> None:
    _is_sound(owner(method, address, wire))


@EXAMPLES
@given(
    fields=_OBJECTS,
    unset=st.lists(st.sampled_from(_FIELDS) | st.text(max_size=5), max_size=3),
    version=st.none() | _NUMBERS,
)
def test_any_change_is_answered(owner: Client, fields: Any, unset: Any, version: Any) -> None:
    for address in ("/records/person/1", "/records/order/1"):
        _is_sound(owner("PATCH", address, {"fields": fields, "unset": unset, "version": version}))


@EXAMPLES
@given(
    rows=st.lists(
        st.fixed_dictionaries({"fields": _OBJECTS}, optional={"id": _NUMBERS, "version": _NUMBERS, "unset": _JSON}),
        max_size=3,
    ),
    parameters=_PARAMETERS,
)
def test_any_bulk_is_answered(owner: Client, rows: Any, parameters: Any) -> None:
    for address in ("?partial=true", "?on=email", "?" + urlencode(parameters, errors="replace")):
        _is_sound(owner("POST", f"/records/person/bulk{address}", {"records": rows}))


@EXAMPLES
@given(parameters=_PARAMETERS, address=_ADDRESSES)
def test_any_question_is_answered(owner: Client, parameters: Any, address: str) -> None:
    _is_sound(owner("GET", f"{address}?{urlencode(parameters, errors='replace')}"))


@EXAMPLES
@given(source=_FORMULAS, type_name=st.sampled_from(["person", "order", "item"]))
def test_any_formula_is_answered(owner: Client, source: str, type_name: str) -> None:
    _is_sound(owner("GET", f"/records/{type_name}?{urlencode({'filter': source, 'count': 'exact'})}"))


@EXAMPLES
@given(name=st.builds(lambda path, operator: ".".join(path) + operator, _PATHS, _OPERATOR), text=_TEXTS)
def test_any_shorthand_is_answered(owner: Client, name: str, text: str) -> None:
    for type_name in ("person", "order"):
        _is_sound(owner("GET", f"/records/{type_name}?{urlencode({name: text}, errors='replace')}"))


@EXAMPLES
@given(
    raw=st.binary(max_size=60),
    headers=_HEADERS,
    address=_ADDRESSES,
    method=st.sampled_from(["GET", "POST", "PATCH", "HEAD"]),
)
def test_any_bytes_and_headers_are_answered(owner: Client, raw: bytes, headers: Any, address: str, method: str) -> None:
    kind = headers.pop("Content-Type", "application/json")
    answer = owner(method, address, data=raw, headers=headers, content_type=kind)
    assert answer.status_code < 500, answer.text


@EXAMPLES
@given(
    path=st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    tail=st.sampled_from(["", "/1", "/1/history", "/bulk"]),
)
def test_any_address_is_answered(owner: Client, path: str, tail: str) -> None:
    for address in (f"/api/v1/{path}", f"/api/v1/records/{path}{tail}", f"/api/v1/records/person/{path}{tail}"):
        answer = owner("GET", address.replace("?", "%3F").replace("#", "%23"))
        assert answer.status_code < 500, answer.text
