"""Proposal: what somebody would like the site's files to be, and what they were when he looked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kartotek.model.edit import Edit
from kartotek.model.frozen import empty
from kartotek.model.plan import Answers, Plan


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """`files` are whole texts, None for a file that is to go; `edits` change a file as it was seen, at paths.

    `seen` is the text of each file named in either as its sender last saw it, None or left out where there was none.
    """

    files: Mapping[str, str | None] = field(default_factory=empty)
    edits: Mapping[str, Sequence[Edit]] = field(default_factory=empty)
    seen: Mapping[str, str | None] = field(default_factory=empty)
    answers: Answers = field(default_factory=Answers)


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """`files` are the texts that would be written, `changes` their unified differences against those in the folder."""

    plan: Plan
    files: Mapping[str, str | None]
    changes: Mapping[str, str]
