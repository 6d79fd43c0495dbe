"""The one client that calls out: whom it never connects to, however it is spelled, and what an answer may do to it."""

from __future__ import annotations

import ipaddress
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from listeners import CERTIFICATES, NAME, web  # noqa: E402 - found through the line above, as importmode=importlib wants it

from kartotek.engine.outgoing import Outcome  # noqa: E402
from kartotek.jobs import http  # noqa: E402
from kartotek.jobs.http import Request, call, origin  # noqa: E402
from kartotek.jobs.reaching import may_reach, plain  # noqa: E402

HERE = ["127.0.0.1"]
OF_THIS_MACHINE = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "017700000001", "0.0.0.0", "0",
    "127.0.0.2", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]",
    "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[fec0::1]", "[ff02::1]",
    "169.254.169.254", "[fe80::1]", "[fe80::1%25lo]", "[fd00::1]", "[fd00:ec2::254]", "10.0.0.1", "172.16.0.1", "192.168.1.1",
    "100.64.0.1", "198.18.0.1", "192.0.0.1", "192.0.2.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "127.0.0.1.",
    "192.0.0.192", "168.63.129.16", "[fd20:ce::254]", "192.88.99.1", "[3fff::1]", "[5f00::1]",
    "１２７.0.0.1", "①②⑦.0.0.1", "127。0。0。1", "%31%32%37.0.0.1", "127.0.0.1%00.example.org", "0x7f.0x0.0x0.0x1", "1.0x7f",
]  # fmt: skip


@pytest.mark.parametrize("host", OF_THIS_MACHINE)
def test_no_spelling_of_this_machine_or_a_private_network_is_connected_to(host: str) -> None:
    with web() as canary:
        outcome = call(Request(url=f"http://{host}:{canary.port}/", body=b"", headers={}))
        assert outcome.code in {"host_refused", "bad_host", "bad_url"} and not outcome.again
        assert canary.connections == 0


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::1"], ["fe80::1%eth0"], ["10.1.2.3"], ["::ffff:10.0.0.1"]])
@pytest.mark.parametrize("name", ["localhost", "localhost.", "inside.example.org", "LOCALHOST"])
def test_a_name_with_one_private_address_is_refused(name: str, addresses: list[str]) -> None:
    with web() as canary:
        outcome = call(Request(url=f"http://{name}:{canary.port}/", body=b"", headers={}), look=lambda host, port: addresses)
        assert outcome.code == "host_refused" and canary.connections == 0


def test_the_systems_own_names_of_this_machine_are_refused() -> None:
    with web() as canary:
        assert call(Request(url=f"http://localhost:{canary.port}/", body=b"", headers={})).code == "host_refused"
        assert canary.connections == 0


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://ok@127.0.0.1:{}/", "bad_url"), ("http://a:b@example.org/", "bad_url"), ("file:///etc/passwd", "bad_url"),
        ("gopher://127.0.0.1:{}/", "bad_url"), ("ftp://example.org/", "bad_url"), ("//127.0.0.1:{}/", "bad_url"),
        ("http:127.0.0.1:{}", "bad_url"), ("http://", "bad_url"), ("http://:80/", "bad_url"), ("", "bad_url"),
        ("http://example.org:99999/", "bad_url"), ("http://example.org\\@127.0.0.1:{}/", "bad_url"),
        ("http://example.org/a b", "bad_url"), ("http://example.org/é", "bad_url"), ("http://exa mple.org/", "bad_host"),
        ("http://[::1/", "bad_url"), ("http://-/", "bad_host"), ("http://a..b/", "bad_host"), ("http://" + "a" * 300, "bad_host"),
        *((f"http://example.org:{port}/", "port_refused") for port in (22, 23, 25, 53, 110, 143, 445, 0, 1, 5432, 6379, 3306, 9200, 11211, 27017)),
    ],
)  # fmt: skip
def test_what_is_no_address_of_the_web_is_not_called(url: str, code: str) -> None:
    def look(host: str, port: int) -> list[str]:
        raise AssertionError("Nobody may be asked for this name.")

    with web() as canary:
        assert call(Request(url=url.replace("{}", str(canary.port)), body=b"", headers={}), look=look).code == code
        assert canary.connections == 0


@pytest.mark.parametrize(
    ("address", "open", "allowed"),
    [
        ("93.184.216.34", True, True), ("2606:4700:4700::1111", True, True), ("1.1.1.1", True, True),
        ("127.0.0.1", False, True), ("10.0.0.1", False, True), ("192.168.0.9", False, True), ("100.64.1.1", False, True),
        ("::1", False, True), ("fd00::1", False, True), ("::ffff:10.0.0.1", False, True),
        ("169.254.169.254", False, False), ("fe80::1", False, False), ("224.0.0.1", False, False), ("0.0.0.0", False, False),
        ("::", False, False), ("255.255.255.255", False, False), ("64:ff9b::808:808", False, False), ("192.0.2.1", False, False),
        ("ff0e::1", False, False), ("100.100.100.200", False, False), ("168.63.129.16", False, False), ("192.0.0.192", False, False),
        ("fd00:ec2::254", False, False), ("fd20:ce::254", False, False), ("5f00::1", False, False),
    ],
)  # fmt: skip
def test_private_addresses_are_for_those_who_say_so(address: str, open: bool, allowed: bool) -> None:
    found = ipaddress.ip_address(address)
    assert (may_reach(found, private=False), may_reach(found, private=True)) == (open, allowed)


def test_a_name_is_asked_for_once_and_that_very_address_is_connected_to() -> None:
    answers = [["127.0.0.1"], ["127.0.0.2"]]
    with web() as heard:
        request = Request(url=f"http://rebind.example.org:{heard.port}/a?b=c", body=b"{}", headers={}, private=True)
        assert call(request, look=lambda host, port: answers.pop(0)) == Outcome("sent", {"status": 204})
        (path, headers, body), = heard.requests
    assert len(answers) == 1
    assert (path, headers["host"], body) == ("/a?b=c", f"rebind.example.org:{heard.port}", b"{}")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with web() as canary, web(lambda path, body: (status, {"Location": f"http://127.0.0.1:{canary.port}/"})) as heard:
        outcome = call(Request(url=f"http://127.0.0.1:{heard.port}/", body=b"", headers={}, private=True))
        assert (outcome.code, outcome.params["status"], outcome.again) == ("answered", status, False)
        assert canary.connections == 0 and heard.connections == 1


@pytest.mark.parametrize(("status", "again"), [(200, False), (400, False), (404, False), (408, True), (410, False), (429, True), (500, True), (503, True)])
def test_a_status_says_whether_trying_again_may_help(status: int, again: bool) -> None:
    with web(lambda path, body: (status, {})) as heard:
        outcome = call(Request(url=f"http://127.0.0.1:{heard.port}/", body=b"", headers={}, private=True))
        assert (outcome.code == "sent", outcome.again) == (status == 200, again)


def test_an_answer_that_comes_drop_by_drop_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TOTAL_SECONDS", 0.5)
    with web(drip=0.1) as heard:
        began = time.monotonic()
        outcome = call(Request(url=f"http://127.0.0.1:{heard.port}/", body=b"", headers={}, private=True))
        assert (outcome.code, outcome.again) == ("timed_out", True) and time.monotonic() - began < 3


def test_a_resolver_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kartotek.jobs.reaching.RESOLVE_SECONDS", 0.1)

    def look(host: str, port: int) -> list[str]:
        time.sleep(1)
        return HERE

    assert call(Request(url="http://slow.example.org/", body=b"", headers={}), look=look).code == "no_host"


def test_nobody_listening_and_an_unknown_name_may_be_tried_again() -> None:
    with web() as heard:
        pass
    gone = call(Request(url=f"http://127.0.0.1:{heard.port}/", body=b"", headers={}, private=True))
    assert (gone.code, gone.again) == ("not_reached", True)

    def unknown(host: str, port: int) -> list[str]:
        raise OSError("unknown")

    found = call(Request(url="http://nowhere.example.org/", body=b"", headers={}), look=unknown)
    assert (found.code, found.again) == ("no_host", True)


def test_a_second_address_is_tried_where_the_first_does_not_answer() -> None:
    with web() as heard:
        request = Request(url=f"http://two.example.org:{heard.port}/", body=b"", headers={}, private=True)
        assert call(request, look=lambda host, port: ["127.0.0.9", "127.0.0.1"]).code == "sent"


def test_what_is_too_large_is_not_sent() -> None:
    with web() as heard:
        request = Request(url=f"http://127.0.0.1:{heard.port}/", body=b"x" * 65_537, headers={}, private=True)
        assert call(request).code == "message_too_large" and heard.connections == 0


def test_a_certificate_must_be_that_of_the_declared_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "authority.pem"))
    with web(secure=True) as heard:
        for name, code in ((NAME, "sent"), ("other.example.test", "certificate")):
            request = Request(url=f"https://{name}:{heard.port}/", body=b"{}", headers={}, private=True)
            assert call(request, look=lambda host, port: HERE).code == code
        assert heard.names[0] == NAME and len(heard.requests) == 1
    monkeypatch.delenv("SSL_CERT_FILE")
    with web(secure=True) as heard:
        request = Request(url=f"https://{NAME}:{heard.port}/", body=b"{}", headers={}, private=True)
        assert call(request, look=lambda host, port: HERE).code == "certificate" and not heard.requests


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with web() as proxy, web() as heard:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert call(Request(url=f"http://127.0.0.1:{heard.port}/", body=b"", headers={}, private=True)).code == "sent"
        assert proxy.connections == 0


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\0b"])
def test_a_header_cannot_be_broken(value: str) -> None:
    with web() as heard:
        call(Request(url=f"http://127.0.0.1:{heard.port}/", body=b"", headers={"X-A": value}, private=True))
        assert not any("x-evil" in headers or "\n" in headers.get("x-a", "") for _, headers, _ in heard.requests)


def test_an_origin_is_told_apart_by_scheme_host_and_port() -> None:
    assert origin("https://A.example.org/x") == origin("https://a.example.org.:443/y") == "https://a.example.org:443"
    assert len({origin(url) for url in ("http://a.example.org", "https://a.example.org", "https://a.example.org:8443", "https://b.example.org")}) == 4


def test_international_names_are_asked_for_in_ascii() -> None:
    assert plain("Bücher.example") == "xn--bcher-kva.example"


@pytest.mark.parametrize(("limit", "code"), [(5, "sent"), (4, "answer_too_large"), (0, "sent")])
def test_of_an_answer_no_more_is_read_than_is_asked_for(limit: int, code: str) -> None:
    with web(lambda path, body: (200, {"Content-Length": "5"}), content=b"whole") as heard:
        found = call(Request(url=f"http://127.0.0.1:{heard.port}/", body=b"", headers={}, method="GET", private=True, answer=limit))
    assert found.code == code
    assert found.params.get("body") == (b"whole" if limit == 5 else None)


def test_an_answer_that_ends_too_early_is_none() -> None:
    with web(lambda path, body: (200, {"Content-Length": "50"}), content=b"half") as heard:
        found = call(Request(url=f"http://127.0.0.1:{heard.port}/", body=b"", headers={}, method="GET", private=True, answer=100))
    assert (found.code, found.again) == ("not_answered", True)
