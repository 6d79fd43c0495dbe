"""Problems of an import, told by the cells of the file they are about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kartotek.errors import KartotekError
from kartotek.model.problem import Problem, problem


class Cells:
    """Which column of the file a field came from; `columns` are those of the sheet's summary."""

    def __init__(self, columns: Sequence[Mapping[str, Any]]) -> None:
        self._columns = {one["field"]: (index, one) for index, one in reversed(list(enumerate(columns))) if one["field"]}

    def told(self, row: Mapping[str, Any], error: KartotekError) -> list[dict[str, Any]]:
        """The problems of a refused row."""
        found = error.problems or (Problem("", error.code, error.sentence),)
        return [self.placed(row, one) for one in found]

    def placed(self, row: Mapping[str, Any], one: Problem) -> dict[str, Any]:
        """A problem with the cell it is about; one of the whole row, or of a field without a column, has none."""
        steps = [step.replace("~1", "/").replace("~0", "~") for step in one.path.split("/")[2:]]
        path = ".".join(steps[:2]) if ".".join(steps[:2]) in self._columns else ".".join(steps[:1])
        place = {"cell": "", "column": "", "field": path, "value": ""}
        if path in self._columns:
            index, column = self._columns[path]
            raw = row["raw"][index] if index < len(row["raw"]) else None
            place |= {
                "cell": f"{column['letter']}{row['row']}", "column": column["header"] or column["letter"],
                "value": "" if raw is None else str(raw),
            }
        return {**place, "code": one.code, "message": one.message, "params": dict(one.params)}

    def repeated(self, row: Mapping[str, Any], fields: Sequence[str], first: int) -> dict[str, Any]:
        """The problem of a value that an earlier row of the file has."""
        return self.placed(row, problem("/fields/" + fields[0], "repeated_in_file", row=first))

    def unresolved(self, row: Mapping[str, Any], field: str, code: str, text: str) -> dict[str, Any]:
        """The problem of a text that names no record, or several."""
        return self.placed(row, problem("/fields/" + field, code, text=text[:80]))


def told_in_line(problems: Iterable[Mapping[str, Any]]) -> str:
    """All problems of a row in one cell of the errors file."""
    return "; ".join(f"{one['cell'] or one['field'] or '-'}: {one['message']}" for one in problems)
