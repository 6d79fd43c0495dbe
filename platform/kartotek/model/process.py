"""What holds between records and towards people: occupancy, calendars, contacts, messages, public forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from kartotek.model.formula import Formula
from kartotek.model.frozen import empty
from kartotek.model.settings import Texts, text_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupancy:
    """Whoever has one `key` may be occupied by so much at any instant of [start − before, end + after).

    `rows` names the sub-table whose rows occupy; then its formulas and fields may speak of `row`. `key` are fields of the
    row, or where it has none of that name of the record. `space` joins the occupancies of several types.
    """

    name: str
    key: tuple[str, ...]
    start: str
    end: str
    rows: str = ""
    space: str = ""
    before: Formula | timedelta = timedelta()
    after: Formula | timedelta = timedelta()
    capacity: Formula | int = 1
    weight: Formula | int = 1
    where: Formula | None = None
    calendars: tuple[str, ...] = ()
    messages: Texts = field(default_factory=empty)

    def message(self, language: str) -> str:
        """The sentence for a conflict; "" for the usual one."""
        return text_in(self.messages, language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The records of a type say when somebody or something is open or, with `closed`, absent.

    Either `start` and `end` (instants, or dates that count whole), or weekly: `weekday` (1 Monday to 7, a whole number
    or a list of choices "1"…"7"), times of day `opens` and `closes`, and dates `since` and `until` between which it
    holds. `of` is the reference to whom it is about; without it, it is about everybody.
    """

    of: str = ""
    closed: bool = False
    start: str = ""
    end: str = ""
    weekday: str = ""
    opens: str = ""
    closes: str = ""
    since: str = ""
    until: str = ""
    where: Formula | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How records of a type are reached: {channel: field}, the field with the language, and when it is allowed.

    `consent` sees `channel` and `purpose` (texts) beside the record.
    """

    addresses: Mapping[str, str] = field(default_factory=empty)
    language: str = ""
    consent: Formula | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicForm:
    """A form for people without an account: it takes `fields` alone, sets `values`, and runs `transition` afterwards.

    `limit` is how many may be sent from one address in an hour, `total` from all.
    """

    name: str
    fields: tuple[str, ...]
    titles: Texts = field(default_factory=empty)
    thanks: Texts = field(default_factory=empty)
    values: Mapping[str, Any] = field(default_factory=empty)
    transition: str = ""
    limit: int = 10
    total: int = 500
    consents: tuple[str, ...] = ()  # the purposes that whoever sends it may agree to


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A value in a text; `style` is how it is written: "", "money", "date", "time", "datetime", "number"."""

    formula: Formula
    style: str = ""


@dataclass(frozen=True, slots=True)
class LinkTo:
    """The address of the personal link of that name."""

    name: str


@dataclass(frozen=True, slots=True)
class When:
    """A text that stands there if the formula holds, or else another."""

    formula: Formula
    then: tuple[Piece, ...]
    otherwise: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Each:
    """A text repeated for every element of a list, which formulas in it call `item`."""

    formula: Formula
    pieces: tuple[Piece, ...]


Piece = str | Placeholder | LinkTo | When | Each
Text = Mapping[str, tuple[Piece, ...]]  # by language


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTemplate:
    """The file templates/messages/<name>.yaml: a message about a record of a type, in several languages."""

    name: str
    record: str
    body: Text
    subject: Text = field(default_factory=empty)
    purpose: str = "service"
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A way to send: "inbox" keeps messages in the pages, "smtp" and "http" bring them out.

    `settings` are those of its sort; secrets are names of files in the site's secrets folder. `quiet` are the local hours
    (from, to) in which nothing is sent.
    """

    name: str
    kind: Literal["inbox", "smtp", "http"]
    settings: Mapping[str, Any] = field(default_factory=empty)
    quiet: tuple[str, str] | None = None
    titles: Texts = field(default_factory=empty)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where webhooks go. `secret` is the name of a file in secrets/; `role` decides which fields are told, none without."""

    name: str
    url: str
    secret: str = ""
    role: str = ""
    private: bool = False  # whether addresses of this machine and of private networks are allowed
