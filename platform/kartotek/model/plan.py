"""Plan: what a changed catalog will do to the records there are, in words, before it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from kartotek.model.frozen import empty
from kartotek.model.plan_texts import TOUCHES, UNTIL_NOW
from kartotek.model.problem import Problem

# safe: just happens. ratcheted: old records that break it stay, and stay editable. confirm: somebody has to type its name.
# refused: cannot be done as the records stand.
Verdict = Literal["safe", "ratcheted", "confirm", "refused"]
VERDICTS: tuple[Verdict, ...] = ("safe", "ratcheted", "confirm", "refused")


@dataclass(frozen=True, slots=True)
class Sample:
    """A record that a step is about; `value` is what it holds, as a person reads it, `problem` why that does not go.

    `type` is the record's, as it is called today; `why` the problem for pages that translate it.
    """

    id: int
    title: str
    value: str = ""
    problem: str = ""
    type: str = ""
    why: Problem | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What the records there are say to one step.

    `concerned` is how many the step touches, `failing` how many cannot do as it says, `altered` how many will read
    otherwise without being lost ("007" becomes 7), `returning` how many get back what they had before an earlier change.
    `sample` is of the failing ones, else of the altered ones, else of those concerned, 20 at most. `broken` is the field, or
    the name of the rule, by which a list of the failing can be asked for.
    """

    concerned: int = 0
    failing: int = 0
    altered: int = 0
    sample: tuple[Sample, ...] = ()
    broken: str = ""
    returning: int = 0


@dataclass(frozen=True, slots=True)
class Answers:
    """What the owner has decided beforehand: `options` is {"type.field": {old value: new value, None to empty it}}."""

    options: Mapping[str, Mapping[str, Any]] = field(default_factory=empty)


@dataclass(frozen=True, slots=True)
class Touch:
    """Something else that a step has to do with. `past` says that it had until now, and that the new declarations do without."""

    code: str
    params: Mapping[str, Any]
    past: bool = False

    @property
    def words(self) -> str:
        """The sentence in English."""
        sentence = TOUCHES[self.code].format_map(self.params)
        return UNTIL_NOW.format(sentence=sentence) if self.past else sentence


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step with what it does. `number` counts from 1; `confirm` is what has to be typed for it, "" where nothing.

    `touches` is what else uses the field: formulas, lists, workflows, messages, rights, the API's callers.
    `seconds` is how long it will take, as far as can be told, `blocks` for how many of them nobody can write.
    `code` and `params` say what `words` say in English, for other languages; `rule` names what has no path.
    """

    number: int
    type: str
    action: str
    verdict: Verdict
    words: str
    path: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    file: str = ""
    finding: Finding | None = None
    touches: tuple[Touch, ...] = ()
    confirm: str = ""
    sql: tuple[str, ...] = ()
    seconds: float = 0.0
    blocks: float = 0.0
    code: str = ""
    rule: str = ""
    params: Mapping[str, Any] = field(default_factory=empty)


@dataclass(frozen=True, slots=True)
class Question:
    """A removal and an addition that look like one field, or type, under a new name.

    `old` is a path, or of a type (its old name,); `new` the path under which the alias is to be written, () for the type's own.
    """

    type: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    words: str
    code: str = ""
    params: Mapping[str, Any] = field(default_factory=empty)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`hash` names all that was looked at: apply refuses where the files or the database have moved on.

    `base` is the version of the catalog that the plan leads from. `problems` are those of the declarations; with an error
    among them there are no steps. `counted` says whether records were looked at.
    """

    hash: str
    base: int
    steps: tuple[PlannedStep, ...] = ()
    questions: tuple[Question, ...] = ()
    problems: tuple[Problem, ...] = ()
    counted: bool = True

    @property
    def verdict(self) -> Verdict:
        """The worst of its steps."""
        return max((one.verdict for one in self.steps), key=VERDICTS.index, default="safe")

    @property
    def to_confirm(self) -> tuple[str, ...]:
        """What has to be typed, each once, in the order of the steps."""
        return tuple(dict.fromkeys(one.confirm for one in self.steps if one.confirm))

    @property
    def seconds(self) -> float:
        """How long all of it will take, as far as can be told."""
        return sum(one.seconds for one in self.steps)

    @property
    def blocks(self) -> float:
        """For how many of these seconds nobody can write."""
        return sum(one.blocks for one in self.steps)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an apply has come: `step` is the sentence of what is being done, `done` of `total` records."""

    step: str
    done: int
    total: int
