"""Query parameters: what a list is asked for, and how a wrong address is told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask

from kartotek.api import parameters
from kartotek.errors import Malformed
from kartotek.model.query import Condition, Query

APP = Flask(__name__)

QUERIES = {
    "nothing": ("", Query()),
    "a formula": ("filter=record.size%20%3E%203", Query(filter="record.size > 3")),
    "a plain field": ("color=red", Query(conditions=(Condition(("color",), "eq", "red"),))),
    "an operator": ("size[gte]=3", Query(conditions=(Condition(("size",), "gte", "3"),))),
    "an escaped operator": ("size%5Bgte%5D=3", Query(conditions=(Condition(("size",), "gte", "3"),))),
    "a path": ("person.name[contains]=x", Query(conditions=(Condition(("person", "name"), "contains", "x"),))),
    "a system value": ("meta.created_at[gte]=2026-01-01T00:00:00Z", None),
    "two operators of one field": (
        "size[gte]=3&size[lt]=9",
        Query(conditions=(Condition(("size",), "gte", "3"), Condition(("size",), "lt", "9"))),
    ),
    "an empty text": ("color=", Query(conditions=(Condition(("color",), "eq", ""),))),
    "a name in Chinese": ("颜色=红", Query(conditions=(Condition(("颜色",), "eq", "红"),))),
    "a name with a space": ("first+name=x", Query(conditions=(Condition(("first name",), "eq", "x"),))),
    "lists": ("sort=-a,b&fields=a,b&expand=c,d.e", Query(sort=("-a", "b"), fields=("a", "b"), expand=("c", "d.e"))),
    "no field": ("fields=", Query(fields=())),
    "a page": ("limit=500&cursor=abc&count=exact", Query(limit=500, cursor="abc", count=True)),
    "the trash": ("trash=true&titles=false", Query(trash=True)),
    "search": ("search=a%26b", Query(search="a&b")),
}
REFUSED = {
    "no operator of ours": ("size[within]=3", "unknown_operator"),
    "an operator in capitals": ("size[GTE]=3", "unknown_operator"),
    "an open bracket": ("size[gte=3", "unknown_parameter"),
    "no name": ("=3", "unknown_parameter"),
    "no field before an operator": ("[gte]=3", "unknown_parameter"),
    "an empty step": ("a..b=3", "unknown_parameter"),
    "a step missing at the end": ("a.=3", "unknown_parameter"),
    "a field twice": ("color=red&color=blue", "repeated_parameter"),
    "a word twice": ("limit=1&limit=2", "repeated_parameter"),
    "limit 0": ("limit=0", "parameter"),
    "limit over 500": ("limit=501", "parameter"),
    "a negative limit": ("limit=-1", "parameter"),
    "limit in full-width digits": ("limit=%EF%BC%95", "parameter"),
    "a limit of 5000 digits": (f"limit={'9' * 5000}", "parameter"),
    "another count": ("count=true", "parameter"),
    "another truth": ("trash=1", "parameter"),
    "a name missing in a list": ("fields=a,,b", "parameter"),
    "a name twice in a list": ("sort=a,a", "parameter"),
    "U+0000": ("search=a%00b", "text_nul"),
    "U+0000 in a name": ("a%00b=1", "text_nul"),
}


@pytest.mark.parametrize(("address", "expected"), QUERIES.values(), ids=QUERIES)
def test_list_is_asked_for(address: str, expected: Query | None) -> None:
    with APP.test_request_context(f"/?{address}"):
        asked = parameters.query()
    assert expected is None or asked == expected


@pytest.mark.parametrize(("address", "code"), REFUSED.values(), ids=REFUSED)
def test_parameter_is_refused(address: str, code: str) -> None:
    with APP.test_request_context(f"/?{address}"), pytest.raises(Malformed) as refused:
        parameters.query()
    assert [one.code for one in refused.value.problems] == [code]


def test_unknown_parameters_are_all_named() -> None:
    with APP.test_request_context("/?fields=a&feilds=b&x=1"), pytest.raises(Malformed) as refused:
        parameters.given(("fields",))
    assert [one.params["name"] for one in refused.value.problems] == ["feilds", "x"]


INSTANTS = {
    "UTC": ("2026-11-21T10:00:00Z", datetime(2026, 11, 21, 10, tzinfo=UTC)),
    "an offset": ("2026-11-21T18:00:00+08:00", datetime(2026, 11, 21, 10, tzinfo=UTC)),
    "microseconds": ("2026-11-21T10:00:00.000001Z", datetime(2026, 11, 21, 10, 0, 0, 1, UTC)),
    "small letters": ("2026-11-21t10:00:00z", datetime(2026, 11, 21, 10, tzinfo=UTC)),
    "no zone": ("2026-11-21T10:00:00", None),
    "a day": ("2026-11-21", None),
    "no such day": ("2026-02-30T10:00:00Z", None),
    "a plus sign that became a space": ("2026-11-21T18:00:00 08:00", None),
    "before the first year": ("0001-01-01T00:00:00+08:00", None),
    "after the last year": ("9999-12-31T23:59:59-08:00", None),
    "year 0": ("0000-01-01T00:00:00Z", None),
    "an offset of a day": ("2026-11-21T10:00:00+24:00", None),
    "full-width digits": ("２０２６-11-21T10:00:00Z", None),
    "nothing": ("", None),
}


@pytest.mark.parametrize(("text", "expected"), INSTANTS.values(), ids=INSTANTS)
def test_instant_is_read_or_refused(text: str, expected: datetime | None) -> None:
    if expected is not None:
        assert parameters.instant(text, "as_of") == expected
    else:
        with pytest.raises(Malformed):
            parameters.instant(text, "as_of")
