"""Passwords: which are refused, and that no number of tries takes the machine."""

from __future__ import annotations

import time
from contextlib import ExitStack

import pytest

from kartotek.errors import Busy
from kartotek.identity import passwords
from kartotek.identity.passwords import NOBODYS, hashed, is_dated, matches, password_problems

WEAK = [
    "password12", "password123", "P4ssw0rd1234", "qwerty123456", "1q2w3e4r5t6y", "1234567890", "0987654321", "aaaaaaaaaaaa", "abcabcabcabc",
    "iloveyou123", "letmein12345", "woaini1314520", "5201314520", "19880512", "administrator", "welcome12345", "zxcvbnm12345", "wangfang1988", "wang fang 88",
    "fang123456", "lotus123456", "Lotus2026!", "wangfangwang", "WANGFANG2026", "qwertyuiop[]", "football2024",
]  # fmt: skip
GOOD = ["correct horse battery", "seven quiet rivers", "eine gute Idee im Mai", "春天的花园很安静啊我的朋友", "mK7#pq92LmXw", "x" * 3 + "tiger umbrella 91", "a" * 60 + " quite long it is"]


@pytest.mark.parametrize("password", WEAK)
def test_what_is_soon_guessed_is_refused(password: str) -> None:
    assert password_problems(password, "fang", about=("Wang Fang", "Lotus")), password


@pytest.mark.parametrize("password", GOOD)
def test_what_is_not_soon_guessed_is_taken(password: str) -> None:
    assert not password_problems(password, "fang", about=("Wang Fang", "Lotus"), is_owner=True)


def test_an_owners_password_is_longer() -> None:
    for password, owner, other in (("mK7#pq92L", ["min_length"], ["min_length"]), ("mK7#pq92Lm", ["min_length"], []), ("mK7#pq92LmXw", [], [])):
        assert [one.code for one in password_problems(password, is_owner=True)] == owner
        assert [one.code for one in password_problems(password)] == other
    assert [one.code for one in password_problems("correct horse " * 20)] == ["max_length"]


def test_long_and_odd_ones_take_no_time() -> None:
    for password in ("p4$$w0rd@!1|" * 16, "a1" * 100, "\ud800" * 12, "(" * 200, "qazwsxedc" * 20):
        began = time.thread_time()
        password_problems(password, "x" * 60, about=("y " * 100,))
        assert time.thread_time() - began < 1, password[:12]
    assert matches(hashed("\ud800 surrogates stay"), "\ud800 surrogates stay")


def test_nobodys_password_is_kept_as_all_are_and_matches_none() -> None:
    assert not is_dated(NOBODYS)
    assert not any(matches(NOBODYS, one) for one in ("", "!", NOBODYS, "password"))
    assert not matches("!", "!") and not matches("", "")


def test_only_two_are_worked_out_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_PATIENCE", 0.05)
    with ExitStack() as others:
        others.enter_context(passwords._AT_ONCE)
        assert not matches(NOBODYS, "a second may")
        others.enter_context(passwords._AT_ONCE)
        with pytest.raises(Busy) as refused:
            matches(NOBODYS, "a third waits, and then is told")
        assert refused.value.params["retry_after"]
    assert not matches(NOBODYS, "and later may")
