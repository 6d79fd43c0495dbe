"""Reports of browsers whose pages were kept from something; anybody may send them, so they are few and short."""

from __future__ import annotations

import json
import logging

import pytest
from visitors import Pages

from kartotek.web import violations

REPORT = {"csp-report": {"document-uri": "http://localhost/r/person/", "effective-directive": "script-src-elem", "blocked-uri": "inline\n2026 forged line"}}


@pytest.fixture(autouse=True)
def nothing_told_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(violations, "_told", [])


def test_a_report_is_a_line_of_the_log_and_a_flood_is_ten(pages: Pages, caplog: pytest.LogCaptureFixture) -> None:
    assert "report-uri /csp-reports" in pages.visitor().get("/login/").headers["Content-Security-Policy"]
    client = pages.app.test_client()
    with caplog.at_level(logging.WARNING, "kartotek.web.violations"):
        for _ in range(30):
            answer = client.post("/csp-reports", data=json.dumps(REPORT), content_type="application/csp-report", headers={"Sec-Fetch-Site": "same-origin"})
            assert (answer.status_code, answer.data) == (204, b"")
    lines = [one.getMessage() for one in caplog.records]
    assert len(lines) == 10
    assert "script-src-elem" in lines[0] and "\n" not in lines[0]


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b'{"csp-report": 5}', b"\xff", b"[" * 9000, b'{"csp-report": null}'])
def test_what_is_no_report_is_refused(pages: Pages, body: bytes) -> None:
    assert pages.app.test_client().post("/csp-reports", data=body).status_code == 400


def test_a_long_one_is_refused_unread(pages: Pages) -> None:
    assert pages.app.test_client().post("/csp-reports", data=b"x" * 20_000).status_code == 413
