"""FormulaError: what is wrong in a formula, where it stands, and what may have been meant."""

from __future__ import annotations

from typing import Literal

Code = Literal["limit", "syntax", "unknown_name", "unknown_field", "unknown_function", "type", "hops", "not_in_sql"]

_AROUND = 100  # characters shown on either side


class FormulaError(Exception):
    """`start` and `end` count characters of the source from 0; `suggestion` is what to write instead, or ""."""

    def __init__(self, message: str, start: int, end: int, suggestion: str = "", *, code: Code = "type") -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = max(end, start + 1)
        self.suggestion = suggestion
        self.code: Code = code

    def __str__(self) -> str:
        hint = f" — did you mean {self.suggestion!r}?" if self.suggestion else ""
        return f"{self.message}{hint}"

    def pretty(self, source: str) -> str:
        """Three lines: column and sentence, the source's line (of a long one a part), carets under the place."""
        line_start = source.rfind("\n", 0, self.start) + 1
        line_end = source.find("\n", line_start)
        line = source[line_start : line_end if line_end >= 0 else len(source)]
        column = self.start - line_start
        first = max(0, column - _AROUND)
        shown = line[first : column + _AROUND]
        width = max(1, min(self.end - self.start, len(shown) - (column - first)))
        return f"col {column + 1}: {self}\n  {shown}\n  {' ' * (column - first)}{'^' * width}"
