"""Accounts: the shell's table of users with what ours need besides, and what lists show of one."""

from __future__ import annotations

from dataclasses import dataclass

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from kartotek.engine.users import MirroredUser

NO_PASSWORD = "!"  # of somebody who was invited and has not come yet; no password has this hash
_NO_MAIL = "@users.invalid"


class Account(User):
    """The shell's user with the language of its pages and the epoch that its sessions must carry."""

    __tablename__ = "ab_user"
    language: Mapped[str] = mapped_column(String(20), default="")
    epoch: Mapped[int] = mapped_column(Integer, default=1)

    @property
    def name(self) -> str:
        """The full name, as history and pages show it."""
        return f"{self.first_name} {self.last_name}".strip() or str(self.username)

    @property
    def role_names(self) -> frozenset[str]:
        """The roles given directly and through groups."""
        direct = {role.name for role in self.roles}
        return frozenset(direct | {role.name for group in self.groups for role in group.roles})


@dataclass(frozen=True, slots=True)
class Person:
    """What lists of users show of one."""

    id: int
    username: str
    name: str
    roles: tuple[str, ...]
    language: str
    active: bool
    email: str = ""
    invited: bool = False


def person(account: Account) -> Person:
    """The account as lists show it; needs its session."""
    return Person(
        account.id, account.username, account.name, tuple(sorted(account.role_names)), account.language or "",
        bool(account.active), "" if str(account.email).endswith(_NO_MAIL) else account.email, account.password == NO_PASSWORD,
    )  # fmt: skip


def mirrored(account: Account) -> MirroredUser:
    """The account as the engine keeps it; needs its session."""
    return MirroredUser(
        id=account.id, username=account.username, name=account.name, roles=account.role_names,
        language=account.language or "", active=bool(account.active), epoch=account.epoch,
    )  # fmt: skip


def mail_of(username: str, email: str) -> str:
    """What the table wants as the address of somebody who may have none: it must be there and be unique."""
    return email.strip() or f"{username}{_NO_MAIL}"
