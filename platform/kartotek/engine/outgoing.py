"""Outgoing: a message or webhook ready to be carried out of the system, and what became of it there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from kartotek.model.frozen import empty
from kartotek.model.process import Channel, Endpoint

Sort = Literal["smtp", "http", "webhook"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """`id` is the same each time it is tried, so that a receiver can tell a repetition. `way` is declared in site.yaml.

    A mail has `address`, `subject` and `text`; what goes over HTTP has a `body`. `at` is the instant of this attempt.
    """

    sort: Sort
    id: str
    way: Channel | Endpoint
    at: datetime
    address: str = ""
    subject: str = ""
    text: str = ""
    language: str = ""
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`code` is "sent" or a code of model.outcomes that says what stood in the way; `again` whether trying may help.

    `is_of_the_way` says that others on this way would fare alike, so that they need not try now.
    """

    code: str = "sent"
    params: Mapping[str, Any] = field(default_factory=empty)
    again: bool = False
    is_of_the_way: bool = False


Carrier = Callable[[Outgoing], Outcome]
Carriers = Mapping[Sort, Carrier]
