"""Request bodies: what is read, and what is refused with which words."""

from __future__ import annotations

import io

import pytest
from flask import Flask, request
from hypothesis import given
from hypothesis import strategies as st

from kartotek.api import bodies
from kartotek.api.answers import encode
from kartotek.errors import KartotekError, Malformed, TooLarge, UnsupportedMedia

APP = Flask(__name__)

READ = {
    "an object": (b'{"a": 1}', {"a": 1}),
    "an integer over 64 bit": (b"18446744073709551616", 2**64),
    "300 digits": (b"9" * 300, int("9" * 300)),
    "a number that is a double": (b"1.5e3", 1500.0),
    "nested as deep as allowed": (b"[" * 100 + b"]" * 100, None),
    "many brackets side by side": (b"[" + b"[]," * 500 + b"[]]", None),
    "an escaped pair": (b'"\\ud83d\\ude00"', "\U0001f600"),
}
REFUSED = {
    "nothing": (b"", "json"),
    "broken": (b'{"a": 1,\n "b" 2}', "json"),
    "more after the end": (b"{} {}", "json"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "json"),
    "not UTF-8": (b'{"a": "\xff"}', "encoding"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "encoding"),
    "an encoded surrogate": (b'"\xed\xa0\x80"', "encoding"),
    "a key twice": (b'{"a": 1, "b": {"c": 1, "c": 1}}', "duplicate_key"),
    "NaN": (b'{"a": NaN}', "not_a_number"),
    "Infinity": (b"[Infinity]", "not_a_number"),
    "-Infinity": (b"[-Infinity]", "not_a_number"),
    "5000 digits": (b"9" * 5000, "number_range"),
    "an exponent too large": (b"1e999", "number_range"),
    "5000 places": (b"0." + b"1" * 5000, "number_range"),
    "one level too deep": (b"[" * 101 + b"]" * 101, "depth"),
    "objects one level too deep": (b'{"a":' * 101 + b"1" + b"}" * 101, "depth"),
    "as deep as the parser can no longer go": (b"[" * 100_000 + b"]" * 100_000, "depth"),
    "deep and never closed": (b"[" * 100_000, "depth"),
    "a raw control character": (b'"\n"', "json"),
}


@pytest.mark.parametrize(("raw", "expected"), READ.values(), ids=READ)
def test_body_is_read(raw: bytes, expected: object) -> None:
    wire = bodies.parse(raw)
    assert expected is None or wire == expected


@pytest.mark.parametrize(("raw", "code"), REFUSED.values(), ids=REFUSED)
def test_body_is_refused(raw: bytes, code: str) -> None:
    with pytest.raises(Malformed) as refused:
        bodies.parse(raw)
    assert [one.code for one in refused.value.problems] == [code]


def test_broken_json_is_told_with_line_and_column() -> None:
    with pytest.raises(Malformed) as refused:
        bodies.parse(b'{"a": 1,\n "b" 2}')
    assert refused.value.problems[0].params == {"reason": "Expecting ':' delimiter", "line": 2, "column": 6}


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8")))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        bodies.parse(raw)
    except Malformed as refused:
        assert refused.problems


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
_JSON = st.recursive(_SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(_JSON)
def test_what_is_written_is_read_back_equal(wire: object) -> None:
    assert bodies.parse(encode(wire)) == wire


def test_big_integers_and_lone_surrogates_are_written() -> None:
    wire = {"big": 2**70, "odd": "\ud800", "plain": "é"}
    assert bodies.parse(encode(wire)) == wire


MEDIA = {
    "json": ("application/json", {}, None),
    "json with a charset": ("application/json; charset=utf-8", {}, None),
    "a form": ("application/x-www-form-urlencoded", {}, UnsupportedMedia),
    "text": ("text/plain", {}, UnsupportedMedia),
    "none": (None, {}, UnsupportedMedia),
    "compressed": ("application/json", {"Content-Encoding": "gzip"}, UnsupportedMedia),
}


@pytest.mark.parametrize(("media", "headers", "error"), MEDIA.values(), ids=MEDIA)
def test_only_plain_json_is_taken(
    media: str | None, headers: dict[str, str], error: type[KartotekError] | None
) -> None:
    with APP.test_request_context("/", method="POST", content_type=media, headers=headers):
        if error is None:
            assert bodies.json_object(b'{"a": 1}', keys=("a",)) == {"a": 1}
        else:
            with pytest.raises(error):
                bodies.json_object(b'{"a": 1}', keys=("a",))


SHAPES = {
    "a list": (b"[]", [("", "type")]),
    "a text": (b'"fields"', [("", "type")]),
    "null": (b"null", [("", "type")]),
    "an unknown key": (b'{"fields": {}, "feilds": {}}', [("/feilds", "unknown_key")]),
    "an odd unknown key": (b'{"fields": {}, "a/b~": 1}', [("/a~1b~0", "unknown_key")]),
    "a missing key": (b"{}", [("", "missing_key")]),
    "both": (b'{"x": 1}', [("/x", "unknown_key"), ("", "missing_key")]),
}


@pytest.mark.parametrize(("raw", "expected"), SHAPES.values(), ids=SHAPES)
def test_body_of_another_shape_is_refused(raw: bytes, expected: list[tuple[str, str]]) -> None:
    with APP.test_request_context("/", method="POST", content_type="application/json"), pytest.raises(
        Malformed
    ) as refused:
        bodies.json_object(raw, keys=("fields",), required=("fields",))
    assert [(one.path, one.code) for one in refused.value.problems] == expected


def test_announced_body_over_the_limit_is_refused_unread() -> None:
    stream = io.BytesIO(b"x" * 11)
    with APP.test_request_context("/", method="POST", input_stream=stream, content_length=11), pytest.raises(TooLarge):
        bodies.read(10)
    assert stream.tell() == 0


def test_body_without_announced_length_is_cut_at_the_limit() -> None:
    stream = io.BytesIO(b"x" * 100_000)
    environ = {"wsgi.input_terminated": True}
    with APP.test_request_context("/", method="POST", input_stream=stream, environ_overrides=environ):
        request.environ.pop("CONTENT_LENGTH", None)
        with pytest.raises(TooLarge):
            bodies.read(10)
    assert stream.tell() < 100_000


def test_body_of_just_the_limit_is_read() -> None:
    with APP.test_request_context("/", method="POST", data=b"x" * 10):
        assert bodies.read(10) == b"x" * 10
