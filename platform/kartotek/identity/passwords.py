"""Passwords: which are good enough, and how they are kept."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from kartotek.errors import Busy
from kartotek.model.problem import Problem, problem

SHORTEST_PASSWORD = 10
SHORTEST_OF_OWNER = 12
LONGEST_PASSWORD = 200
# Guesses after which the program that tries common passwords, words, names, dates and keys in a row would have it.
_FEWEST_GUESSES = 1_000_000
_JUDGED = 72  # letters: what follows cannot make it easier
_FEWEST_CHARACTERS = 4
_SHORT_REST = 6
# Known from lists, and not to zxcvbn, whose lists are of English passwords.
_KNOWN = frozenset({"woaini1314520", "woaini520", "woaini1314", "5201314520", "1314520520", "wo5201314", "aini1314520", "zhang123456", "wang123456", "li123456789"})
# OWASP's least: 19 MiB, twice.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Verified against when there is no such user, so that an unknown name takes as long as a known one; made of random bytes.
NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$KpsbZaHGNFru7A33g/d5cA$zPJRRsCQh2TvJ4C6tfBgchQCoQaw86yqawqlS7E3Zqk"
# More at once in a process would take both cores and the memory of a small machine.
_AT_ONCE = threading.BoundedSemaphore(2)
_PATIENCE = 5.0  # seconds


def password_problems(password: str, username: str = "", *, about: Iterable[str] = (), is_owner: bool = False) -> list[Problem]:
    """What is wrong with a password: it is short, or among the first that anybody tries (NIST SP 800-63B-4 §3.1.1).

    `about` are other words that somebody who knows the user would try.
    """
    shortest = SHORTEST_OF_OWNER if is_owner else SHORTEST_PASSWORD
    if len(password) < shortest:
        return [problem("/password", "min_length", limit=shortest)]
    if len(password) > LONGEST_PASSWORD:
        return [problem("/password", "max_length", limit=LONGEST_PASSWORD)]
    return [problem("/password", "weak_password")] if _is_weak(password, username.strip(), about) else []


def hashed(password: str) -> str:
    """What is kept of a password. Raises Busy where too many are being worked out."""
    with _turn():
        return _HASHER.hash(_bytes(password))


def matches(kept: str, password: str) -> bool:
    """Whether it is the password of which that is kept. Raises Busy where too many are being worked out."""
    try:
        with _turn():
            return _HASHER.verify(kept, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def is_dated(kept: str) -> bool:
    """Whether a password is kept in a way in which none is kept any more."""
    return _HASHER.check_needs_rehash(kept)


@contextmanager
def _turn() -> Iterator[None]:
    if not _AT_ONCE.acquire(timeout=_PATIENCE):
        raise Busy("Too many people are signing in at this moment.", retry_after=2)
    try:
        yield
    finally:
        _AT_ONCE.release()


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def _is_weak(password: str, username: str, about: Iterable[str]) -> bool:
    folded = password.casefold()
    if folded in _KNOWN or len(set(folded)) < _FEWEST_CHARACTERS:
        return True
    known = sorted({word.casefold() for one in (username, *about) for word in (one, *one.split()) if len(word) > 2}, key=len, reverse=True)
    return _is_name_and_number(folded, known) or float(zxcvbn(password[:_JUDGED], user_inputs=known)["guesses"]) < _FEWEST_GUESSES


def _is_name_and_number(password: str, known: Iterable[str]) -> bool:
    rest = password
    for word in known:
        rest = rest.replace(word, "")
    return rest != password and len(rest) <= _SHORT_REST and not any(one.isalpha() for one in rest)
