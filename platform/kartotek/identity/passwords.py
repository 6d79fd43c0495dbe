"""Passwords: which are good enough, and how they are kept."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kartotek.model.problem import Problem, problem

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
_FEWEST_CHARACTERS = 4
_RUNS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm")
_KNOWN = frozenset({
    "password1", "password12", "password123", "passwort123", "passw0rd123", "1q2w3e4r5t", "1qaz2wsx3edc", "qwerty12345", "iloveyou123",
    "welcome123", "admin12345", "administrator", "letmein123", "changeme123", "password1234", "qwerty123456", "a123456789", "woaini1314520",
    "woaini520", "5201314520", "zxcvbnm123", "1234qwerasdf", "princess123", "sunshine123", "football123", "baseball123",
})  # fmt: skip
_HASHER = PasswordHasher()


def password_problems(password: str, username: str = "") -> list[Problem]:
    """What is wrong with a password: it is short, or among the first that anybody tries (NIST SP 800-63B-4 §3.1.1)."""
    if len(password) < SHORTEST_PASSWORD:
        return [problem("/password", "min_length", limit=SHORTEST_PASSWORD)]
    if len(password) > LONGEST_PASSWORD:
        return [problem("/password", "max_length", limit=LONGEST_PASSWORD)]
    return [problem("/password", "weak_password")] if _is_weak(password.casefold(), username.strip().casefold()) else []


def hashed(password: str) -> str:
    """What is kept of a password."""
    return _HASHER.hash(password)


def matches(kept: str, password: str) -> bool:
    """Whether it is the password of which that is kept."""
    try:
        return _HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def nobodys() -> str:
    """Verified against when there is no such user, so that an unknown name takes as long as a known one."""
    return _HASHER.hash(secrets.token_urlsafe(16))


def _is_weak(password: str, username: str) -> bool:
    if password in _KNOWN or len(set(password)) < _FEWEST_CHARACTERS or any(password in run for run in _RUNS):
        return True
    return bool(username) and password in {username * 2, username * 3, f"{username}123", f"{username}1234", f"{username}12345", username}
