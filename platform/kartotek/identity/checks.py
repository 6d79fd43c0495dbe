"""Checks: what is wrong with the name, the address and the roles that an account is given."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kartotek.identity.accounts import Account
from kartotek.model.problem import Problem, problem

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
_LONGEST_NAME = 60


def find(session: Session, username: str) -> Account | None:
    """The account of this name, however its letters are written; None too for what can be no name."""
    wanted = username.strip().lower()
    if not wanted or not wanted.isprintable():
        return None
    return session.scalar(select(Account).where(func.lower(Account.username) == wanted))


def name_problems(session: Session, username: str) -> list[Problem]:
    """Of the name of a new account."""
    if not username:
        return [problem("/username", "required")]
    if len(username) > _LONGEST_NAME:
        return [problem("/username", "max_length", limit=_LONGEST_NAME)]
    if not username.isprintable():
        return [problem("/username", "pattern")]
    return [problem("/username", "unique")] if find(session, username) is not None else []


def email_problems(session: Session, email: str, username: str = "") -> list[Problem]:
    """Of an address; `username` is whose it may already be."""
    if not _EMAIL.fullmatch(email):
        return [problem("/email", "format", format="e-mail address")]
    other = session.scalar(select(Account.username).where(func.lower(Account.email) == email.lower()))
    return [problem("/email", "unique")] if other is not None and other.lower() != username.strip().lower() else []


def role_problems(names: Iterable[str], declared: Collection[str]) -> list[Problem]:
    """Of roles, which have to be declared."""
    return [problem("/roles", "choice")] if set(names) - set(declared) else []
