"""SqlText: a piece of SQL with `?` placeholders and what is to be put into them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SqlText:
    """`params` are driver values, or functions from the environment of a run to one."""

    text: str
    params: tuple[Any, ...] = ()


def bind(params: Sequence[Any], env: Mapping[str, Any]) -> list[Any]:
    """The driver values of one run."""
    return [param(env) if callable(param) else param for param in params]
