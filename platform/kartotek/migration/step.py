"""Step: one thing that must happen when a new catalog takes the place of the old one, and whether it just may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kartotek.model.plan import Verdict

Path = tuple[str, ...]
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
    are ready; `refill` says that new columns take what was kept as JSON.
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

    @property
    def field(self) -> str:
        """The path as a person writes it: "lines.price"."""
        return ".".join(self.path)

    @property
    def name(self) -> tuple[str, str]:
        """The field as formulas name it: ("order", "total"), ("order.lines", "price")."""
        return ".".join((self.type, *self.path[:-1])), self.path[-1] if self.path else ""
