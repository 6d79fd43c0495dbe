"""Flow: one workflow beside all that it may speak of, and the finding of names in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kartotek.declaration.document import Path
from kartotek.declaration.draft import Draft
from kartotek.declaration.formulas import Formulas, Names
from kartotek.declaration.problems import Problems
from kartotek.declaration.suggest import did_you_mean
from kartotek.declaration.workflow_file import Outline
from kartotek.formula.types import DATE, INSTANT
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.formula import Formula, Type
from kartotek.model.workflow import Effect


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the workflows: `templates` is {name: record type, "" where that is not known}."""

    templates: Mapping[str, str]
    channels: frozenset[str]
    endpoints: frozenset[str]


@dataclass(slots=True)
class Noted(Formulas):
    """Formulas that remembers those of one workflow that are right, by their places."""

    checked: dict[Path, Formula] = field(default_factory=dict)

    def _checked(
        self, path: Path, source: str, names: Names, wanted: Type | None, *, skipped: int = 0
    ) -> Formula | None:
        formula = Formulas._checked(self, path, source, names, wanted, skipped=skipped)  # slots: no super() here
        if formula is not None:
            self.checked[path] = formula
        return formula


@dataclass(frozen=True, slots=True)
class Flow:
    """`outlines` is {record type: its workflow's outline}; `effects` are those that are right, by their places."""

    outline: Outline
    formulas: Noted
    drafts: Mapping[str, Draft]
    types: Mapping[str, RecordType]
    outlines: Mapping[str, Outline]
    beside: Beside
    effects: dict[Path, Effect] = field(default_factory=dict)

    @property
    def problems(self) -> Problems:
        """Where problems of this workflow are told."""
        return self.outline.draft.problems

    @property
    def record(self) -> str:
        """The name of the record type."""
        return self.outline.draft.name

    @property
    def names(self) -> Names:
        """What formulas of transitions may speak of."""
        return self.formulas.about(old=True)

    @property
    def timeless(self) -> Names:
        """What a moment may be made of: the record alone, so that it can be known beforehand."""
        return {"record": Type("record", record=self.record), "meta": Type("meta")}

    @property
    def unattended(self) -> Names:
        """What formulas may speak of that nobody's doing calls for."""
        return {**self.timeless, "now": INSTANT, "today": DATE}

    def state(self, path: Path, name: str) -> str:
        """The state of that name, or "" and a problem."""
        if name in self.outline.states:
            return name
        if self.outline.is_whole:
            hint = did_you_mean(name, self.outline.states)
            self.problems.error(path, "unknown_state", f"There is no state '{name}'.{hint}")
        return ""

    def states(self, path: Path, names: Sequence[str]) -> tuple[str, ...]:
        """Those of the states that exist."""
        return tuple(name for index, name in enumerate(names) if self.state((*path, index), name))

    def field(self, path: Path, name: str, owner: str = "", *, at_key: bool = False) -> Field | None:
        """The field of the type, this workflow's own without `owner`; None and a problem where there is none."""
        owner = owner or self.record
        if name in self.types[owner].by_name:
            return self.types[owner].by_name[name]
        if owner not in self.drafts or not self.drafts[owner].knows(name):
            hint = did_you_mean(name, self.types[owner].by_name)
            tell = self.problems.error_at_key if at_key else self.problems.error
            tell(path, "unknown_field", f"'{owner}' has no field '{name}'.{hint}")
        return None

    def roles(self, path: Path, names: Sequence[str]) -> frozenset[str]:
        """The roles; of those that site.yaml does not know a problem is noted."""
        known = self.outline.draft.site.role_names
        for index, name in enumerate(names):
            if name not in known:
                sentence = f"There is no role '{name}' in site.yaml.{did_you_mean(name, known)}"
                self.problems.error((*path, index), "unknown_role", sentence)
        return frozenset(names)

    def type(self, path: Path, name: str) -> RecordType | None:
        """The record type of that name, or None and a problem."""
        if name not in self.types:
            hint = did_you_mean(name, self.types)
            self.problems.error(path, "unknown_type", f"There is no record type '{name}'.{hint}")
        return self.types.get(name)

    def is_doubtful(self, owner: str) -> bool:
        """Whether something may be missing from the type only because its file has problems."""
        return owner in self.drafts and bool(self.drafts[owner].is_hollow or self.drafts[owner].doubtful)

    def transition(self, path: Path, name: str, owner: str) -> bool:
        """Whether the workflow of the type has the transition; a problem where it has not."""
        outline = self.outlines.get(owner)
        if outline is None:
            sentence = f"'{owner}' has no workflow, so there is no transition to run."
            self.problems.error(path, "unknown_transition", sentence)
            return False
        if name in outline.transitions:
            return True
        if outline.is_whole:
            sentence = f"The workflow of '{owner}' has no transition '{name}'.{did_you_mean(name, outline.transitions)}"
            self.problems.error(path, "unknown_transition", sentence)
        return False

    def known(self, path: Path, name: str, names: Iterable[str], *, code: str, words: str) -> bool:
        """Whether the name is one of the names; a problem where it is not."""
        known = list(names)
        if name not in known:
            self.problems.error(path, code, f"There is no {words} '{name}'.{did_you_mean(name, known)}")
        return name in known
