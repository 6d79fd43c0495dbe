"""Field: one declared property of a record type, of a sub-table row or of a small object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from kartotek.model.actor import OWNER
from kartotek.model.clearance import Clearance, Mask
from kartotek.model.frozen import EMPTY, empty
from kartotek.model.formula import Formula
from kartotek.model.missing import MISSING
from kartotek.model.problem import Place

OnDelete = Literal["restrict", "cascade", "setNull"]
RollupFunction = Literal["count", "sum", "avg", "min", "max", "last"]


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a reference points; `filter` says of each `item` whether it may be chosen."""

    target: str
    on_delete: OnDelete = "restrict"
    inverse: str = ""
    filter: Formula | None = None


@dataclass(frozen=True, slots=True)
class Rollup:
    """An aggregate over the rows of `source`: a sub-table of the same record, or an inverse list of another type."""

    source: str
    function: RollupFunction
    field: str = ""
    where: Formula | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a choice; a deprecated one stays readable and can no longer be chosen."""

    value: Any
    title: str
    titles: Mapping[str, str] = field(default_factory=empty)
    deprecated: bool = False
    color: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """`kind` names the strategy in kinds/, `settings` are what that kind made of the schema fragment.

    `read` and `write` are role names, or None where the row's rights suffice; `access` is {role: clearance} of roles of which
    it says more. `labels` is {language: {"title": …}}.
    """

    name: str
    kind: str
    column: str
    title: str
    description: str = ""
    placeholder: str = ""
    labels: Mapping[str, Mapping[str, Any]] = field(default_factory=empty)
    required: bool = False
    nullable: bool = False
    read_only: bool = False
    write_only: bool = False
    deprecated: bool = False
    aliases: tuple[str, ...] = ()  # former names: by them a rename is known, and the API takes them for a while
    default: Any = MISSING
    settings: Mapping[str, Any] = field(default_factory=empty)
    options: tuple[Option, ...] = ()
    unique: bool = False
    index: bool = False
    fields: tuple[Field, ...] = ()
    row_key: tuple[str, ...] = ()
    reference: Reference | None = None
    compute: Formula | None = None
    stored: bool = False
    rollup: Rollup | None = None
    fetch_from: tuple[str, str] | None = None
    default_expr: Formula | None = None
    show_if: Formula | None = None
    required_if: Formula | None = None
    read_only_if: Formula | None = None
    read: frozenset[str] | None = None
    write: frozenset[str] | None = None
    access: Mapping[str, Clearance] = field(default_factory=empty)
    mask: Mask | None = None
    declassify: bool = False
    encrypt: bool = False  # the database cannot read it
    blind: bool = False  # it is encrypted, and equal values can be found by a keyed digest beside it
    personal: bool = False  # says something about a person: a masked copy has something else in its place
    sensitive: bool = False  # who looks at it is written down before it is shown
    account: bool = False  # a user field that says whose record this is: formulas reach it as user.<type>
    is_state: bool = False  # shows the record's state; the engine keeps it, only transitions move it
    widget: str = ""
    fragment: Mapping[str, Any] = field(default_factory=empty, compare=False)
    place: Place | None = field(default=None, compare=False)

    @property
    def is_derived(self) -> bool:
        """Whether the value follows from others and no one writes it."""
        return self.compute is not None or self.rollup is not None

    @property
    def is_live(self) -> bool:
        """Whether it is computed when read and has no column."""
        return self.compute is not None and not self.stored

    @property
    def is_read_by_some(self) -> bool:
        """Whether it says itself who may read it, so that not everybody need be who may read what it stands in."""
        return self.read is not None or bool(self.access) or self.mask is not None

    def clearance(self, role: str) -> Clearance:
        """What a role may know and do of it wherever it may read the record, unless a state says otherwise."""
        if role == OWNER:
            return "write"
        if role in self.access:
            return self.access[role]
        if self.read is not None and role not in self.read:
            return "none"
        if self.mask is not None and self.mask.excepted is not None and role not in self.mask.excepted:
            return "mask"
        writers = self.write if self.write is not None else self.read
        return "write" if writers is None or role in writers else "read"

    def is_set_unseen(self, role: str) -> bool:
        """Whether a role may set it that may not read it."""
        return self.write is not None and role in self.write and role not in self.access and self.clearance(role) == "none"

    def label(self, language: str) -> str:
        """The title in the language asked for: zh-CN, then zh, then the plain title."""
        return translated(self.labels, language, "title") or self.title or self.name

    def hint(self, language: str) -> str:
        """What stands in the empty control, in the language asked for."""
        return translated(self.labels, language, "placeholder") or self.placeholder

    def help(self, language: str) -> str:
        """The description in the language asked for."""
        return translated(self.labels, language, "description") or self.description


def translated(labels: Mapping[str, Mapping[str, Any]], language: str, key: str) -> str:
    """The text under `key` for the language or for its first part; "" where there is none."""
    for tag in (language, language.split("-")[0]):
        text = labels.get(tag, EMPTY).get(key, "")
        if text:
            return str(text)
    return ""
