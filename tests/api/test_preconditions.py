"""If-Match: how the header is read, and which version a change is held to."""

from __future__ import annotations

import pytest
from flask import Flask

from kartotek.api import preconditions
from kartotek.api.preconditions import ANY
from kartotek.errors import Malformed, PreconditionFailed, PreconditionRequired

APP = Flask(__name__)

HEADERS = {
    "none": (None, None),
    "one tag": ('"4"', {4}),
    "a list": ('"4", "5"', {4, 5}),
    "empty elements": (', "4",, ', {4}),
    "any": ("*", ANY),
    "any with spaces": (" * ", ANY),
    "a weak tag": ('W/"4"', set()),
    "weak and strong": ('W/"4","5"', {5}),
    "a tag of another": ('"abc"', set()),
    "a comma in a tag": ('"4,5", "6"', {6}),
    "a number with a zero before": ('"04"', set()),
    "a number too long": (f'"{"9" * 5000}"', set()),
    "an empty tag": ('""', set()),
}
BROKEN = ["4", '"4', '4"', '"4" "5"', 'w/"4"', '*, "4"', '"4", *', "", ",", "W/4", "'4'", '"4 5"']


@pytest.mark.parametrize(("header", "expected"), HEADERS.values(), ids=HEADERS)
def test_header_is_read(header: str | None, expected: object) -> None:
    with APP.test_request_context("/", headers={} if header is None else {"If-Match": header}):
        assert preconditions.if_match() == expected


@pytest.mark.parametrize("header", BROKEN)
def test_broken_header_is_refused(header: str) -> None:
    with APP.test_request_context("/", headers={"If-Match": header}), pytest.raises(Malformed):
        preconditions.if_match()


# header, version in the body, demanded by the site, present version → version to hold to, or an error
VERSIONS = {
    "nothing said": (None, None, False, None, None),
    "nothing said and demanded": (None, None, True, None, PreconditionRequired),
    "the body says it": (None, 4, True, None, 4),
    "the header says it": ('"4"', None, True, None, 4),
    "any": ("*", None, True, None, None),
    "any and the body": ("*", 4, True, None, 4),
    "both agree": ('"4"', 4, False, None, 4),
    "both disagree": ('"4"', 5, False, None, Malformed),
    "the body chooses from the list": ('"4", "5"', 5, False, None, 5),
    "the present one is in the list": ('"4", "5"', None, False, 5, 5),
    "the present one is not in the list": ('"4", "5"', None, False, 6, PreconditionFailed),
    "weak never matches": ('W/"4"', None, False, 4, PreconditionFailed),
    "another's tag never matches": ('"abc"', None, False, 4, PreconditionFailed),
}


@pytest.mark.parametrize(("header", "stated", "demanded", "present", "expected"), VERSIONS.values(), ids=VERSIONS)
def test_version_to_hold_to(
    header: str | None, stated: int | None, demanded: bool, present: int | None, expected: object
) -> None:
    def current() -> int:
        assert present is not None, "the present version is asked for without need"
        return present

    with APP.test_request_context("/", headers={} if header is None else {"If-Match": header}):
        if isinstance(expected, type):
            with pytest.raises(expected):
                preconditions.version(stated, demanded=demanded, current=current)
        else:
            assert preconditions.version(stated, demanded=demanded, current=current) == expected
