"""Control: one field of a form, with the strings it shows and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as given
from functools import lru_cache
from typing import Any
from unicodedata import east_asian_width

from kartotek.model.field import Field
from kartotek.model.frozen import empty

NEW_ROW = "~row"
_GROUPS = frozenset({"object", "rows", "choices", "rating", "boolean", "file", "image", "files"})
_MOST_SEGMENTS = 4
_WIDEST_SEGMENTS = 42  # in letters, with what stands around each title: what half a tablet's screen holds
_AROUND = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """`path` is the control's name. `pattern` is the row that a sub-table's new rows are copied from.

    `hints` say what has long been wrong with the value, which
    keeps nobody from saving. `spots` are [(JSON Pointer into the value, what is wrong there)] of a JSON text, `root` what its schema refers to.
    """

    field: Field
    path: str
    strings: Sequence[str]
    problems: Sequence[str] = ()
    hints: Sequence[str] = ()
    language: str = "en"
    required: bool = False
    locked: bool = False
    wire: Any = None
    titles: Mapping[str, str] = given(default_factory=empty)
    live: Mapping[str, Any] = given(default_factory=empty)
    computed: Mapping[str, Any] | None = None
    spoken: Mapping[str, Any] = given(default_factory=empty)
    options: Sequence[Mapping[str, Any]] = ()
    members: tuple[Control, ...] = ()
    rows: tuple[Row, ...] = ()
    pattern: Row | None = None
    spots: Sequence[tuple[str, str]] = ()
    root: Mapping[str, Any] = given(default_factory=empty)

    @property
    def id(self) -> str:
        """An id that is safe in HTML and the same at every rendering."""
        return _id(self.path)

    @property
    def text(self) -> str:
        """The one string of a control that has one."""
        return self.strings[0] if self.strings else ""

    @property
    def is_segmented(self) -> bool:
        """Whether a choice is a row of buttons: where so declared, or where all of it can be seen at a glance."""
        if self.field.kind != "choice" or self.field.widget == "select":
            return False
        few = len(self.field.options) <= _MOST_SEGMENTS and self.path.count("/") == 1
        titles = [one.titles.get(self.language, one.title) for one in self.field.options]
        return self.field.widget == "radio" or (few and sum(_AROUND + _width(one) for one in titles) <= _WIDEST_SEGMENTS)

    @property
    def is_group(self) -> bool:
        """Whether it consists of several controls, so that its label names all of them."""
        return self.field.kind in _GROUPS or self.is_segmented

    @property
    def has_problems(self) -> bool:
        """Whether anything in or below it is wrong."""
        below = (*self.members, *(one for row in self.rows for one in row.controls))
        return bool(self.problems or self.spots) or any(one.has_problems for one in below)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sub-table; `name` tells it from the others in the form."""

    name: str
    controls: tuple[Control, ...]
    problems: Sequence[str] = ()


@lru_cache(maxsize=4096)
def _id(path: str) -> str:
    return "f" + "".join(one if one.isalnum() and one.isascii() else f"-{ord(one):x}" for one in path)


def _width(title: str) -> int:
    """How many letters' room a title takes; a Chinese character takes that of two."""
    return sum(2 if east_asian_width(one) in "WF" else 1 for one in title)
