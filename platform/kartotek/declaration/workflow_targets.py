"""Targets: the formula by which an effect reaches other records."""

from __future__ import annotations

from kartotek.declaration.document import Path
from kartotek.declaration.flow import Flow
from kartotek.declaration.formulas import Names
from kartotek.formula.types import words
from kartotek.model.formula import Formula


def target_of(flow: Flow, path: Path, names: Names) -> Formula | None:
    """The formula of one record or of a list of records; None and a problem for anything else."""
    formula = flow.formulas.check_given(path, names, None)
    if formula is not None and not reached(formula):
        sentence = f"This is {words(formula.type)}, and should be a record or a list of records."
        flow.problems.error(path, "formula_type", sentence)
        return None
    return formula


def reached(formula: Formula | None) -> str:
    """The type of the records that a formula gives, or ""."""
    if formula is None:
        return ""
    found = formula.type.of if formula.type.name == "list" and formula.type.of else formula.type
    return found.record if found.name == "record" else ""
