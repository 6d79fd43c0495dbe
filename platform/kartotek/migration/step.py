"""Step: one thing that must happen when a new catalog takes the place of the old one, and whether it just may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as given
from types import MappingProxyType
from typing import Any, Literal

from kartotek.model.frozen import empty
from kartotek.model.plan import Verdict
from kartotek.model.plan_texts import STEPS

Path = tuple[str, ...]
# Ends the names of what is gone, when old declarations are taken in today's names: none that is declared has it.
GONE = "\x00"
Action = Literal[
    "create_type", "rename_type", "restore_type", "remove_type",
    "add_field", "rename_field", "restore_field", "retype", "remove_field",
    "widen", "narrow", "options", "require", "unique", "reference", "rights",
    "add_index", "drop_index", "metadata", "recompute", "enter", "move", "states", "replan", "remove_workflow",
]


@dataclass(frozen=True, slots=True)
class Step:
    """`words` is a sentence for the owner; `path` a field's name, of a field inside a sub-table or object both names.

    `verdict` is what the declarations alone tell; counting records may soften it or make it worse. A step that is not safe
    waits for a plan, and with it its whole type. `former` is where the field stood before, or (the type's old name,), where
    that differs. `recompute` are stored fields whose values are to be brought up to date for all records after the tables
    are ready; `refill` says that new columns take what was kept as JSON. `rule` names what has no path: a validation, an
    occupancy, a transition, of a unique key its fields with commas. `code` and `params` are the sentence for pages that
    translate it; `kept` among the parameters is the number of what is brought back.
    """

    type: str
    action: Action
    verdict: Verdict
    words: str
    path: Path = ()
    recompute: tuple[str, ...] = ()
    file: str = ""
    refill: bool = False
    former: Path = ()
    rule: str = ""
    code: str = ""
    params: Mapping[str, Any] = given(default_factory=empty, hash=False)

    @property
    def field(self) -> str:
        """The path as a person writes it: "lines.price"."""
        return ".".join(self.path)

    @property
    def name(self) -> tuple[str, str]:
        """The field as formulas name it: ("order", "total"), ("order.lines", "price")."""
        return ".".join((self.type, *self.path[:-1])), self.path[-1] if self.path else ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What steps are about: a type, or a field of it; `former` is where that was, also where it is the same."""

    type: str
    path: Path = ()
    former: Path = ()
    file: str = ""

    def step(self, action: Action, verdict: Verdict, code: str, /, **params: Any) -> Step:
        """A step in the words of that code. A parameter `rule` is the step's rule too."""
        told = {"type": self.type, "field": ".".join(self.path), **params}
        told = {name: value.replace(GONE, "") if isinstance(value, str) else value for name, value in told.items()}
        return Step(
            self.type, action, verdict, STEPS[code].format_map(told), self.path,
            file=self.file, former=self.former if self.former != self.path else (),
            rule=str(told.get("rule", "")), code=code, params=MappingProxyType(told),
        )
