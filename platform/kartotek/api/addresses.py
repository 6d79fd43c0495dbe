"""Addresses: where things stand in the API, and the numbers in them."""

from __future__ import annotations

import re

from kartotek.engine.engine import Engine
from kartotek.errors import NotFound

ROOT = "/api/v1"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUMBER = re.compile(r"[1-9][0-9]{0,15}")


def record_address(type_name: str, number: int) -> str:
    """The path of one record."""
    return f"{ROOT}/records/{type_name}/{number}"


def type_today(engine: Engine, name: str) -> str:
    """What a type is called today, where the address still has a former name."""
    return engine.catalog().former.get(name, name)


def record_id(text: str) -> int:
    """The number in an address. What can be no record's number is not found, like a record that is not there."""
    if not _NUMBER.fullmatch(text) or int(text) >= 2**53:
        raise NotFound("There is nothing here.")
    return int(text)


def file_id(text: str) -> str:
    """The uuid in an address. Raises NotFound for what cannot be one."""
    if not _UUID.fullmatch(text):
        raise NotFound("There is nothing here.")
    return text
