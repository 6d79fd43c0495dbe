"""Formulas of a draft: each is checked in the scope of its place; what is wrong is told at its very character."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from kartotek.declaration.document import Path
from kartotek.declaration.draft import Draft
from kartotek.formula.checker import check
from kartotek.formula.error import FormulaError
from kartotek.formula.functions import FUNCTIONS
from kartotek.formula.scope import Scope, catalog_scope
from kartotek.formula.tree import walk
from kartotek.formula.types import BOOL, DATE, INSTANT
from kartotek.kinds.registry import kind_of
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.formula import Binary, Call, Formula, Node, Type

Names = Mapping[str, Type]
_COMMON = {"user": Type("user"), "now": INSTANT, "today": DATE}
_PLAIN_DANGER = re.compile(r"""[!'"\[{,?]|: | #""")


@dataclass(slots=True)
class Formulas:
    """Checks the formulas of one draft against all types. `doubtful` are names that went missing with other errors."""

    draft: Draft
    scope: Scope
    doubtful: frozenset[str]

    def check(self, path: Path, names: Names, wanted: Type | None) -> Formula | None:
        """The checked formula that stands at the path, or None and a problem; None too where nothing stands there."""
        source = self._source(path)
        return self._checked(path, source, names, wanted) if isinstance(source, str) else None

    def check_given(self, path: Path, names: Names, wanted: Type | None) -> Formula | None:
        """The same for a formula behind an equals sign, where a constant may stand as well."""
        source = self._source(path)
        return self._checked(path, source[1:], names, wanted, skipped=1) if isinstance(source, str) else None

    def _checked(
        self, path: Path, source: str, names: Names, wanted: Type | None, *, skipped: int = 0
    ) -> Formula | None:
        try:
            formula = check(source, replace(self.scope, names=names), wanted=wanted)
        except FormulaError as error:
            self._tell(path, source, error, skipped)
            return None
        self._check_quotes(path)
        return formula

    def queried(self, path: Path, names: Names) -> Formula | None:
        """A checked condition that the database is to evaluate, which cannot do all that the language can."""
        formula = self.check(path, names, BOOL)
        beyond = next(filter(_is_beyond_sql, walk(formula.node)), None) if formula else None
        if beyond is not None:
            what = "'overlaps'" if isinstance(beyond, Call) else "a quotient. Multiply instead"
            sentence = f"Records are looked up by this, and a database cannot do so with {what}."
            self.draft.problems.error_inside(path, beyond.start, "formula_not_in_sql", sentence)
            return None
        return formula

    def about(self, *, old: bool = False) -> Names:
        """record, meta, user, now and today, and with `old` the record before the change."""
        record = Type("record", record=self.draft.name)
        return {"record": record, "meta": Type("meta"), **_COMMON} | ({"old": record} if old else {})

    def among(self, item: Type) -> Names:
        """Of a choice or an aggregate: `item` is the one that is looked at."""
        return {**self.about(), "item": item}

    def in_row(self, owner: str) -> Names:
        """Of a column of a table inside the record: `row` is the row."""
        return {**self.about(), "row": Type("row", record=owner)}

    def _source(self, path: Path) -> Any:
        value = self.draft.declared
        for part in path:
            try:
                value = value[part]  # type: ignore[index]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def _tell(self, path: Path, source: str, error: FormulaError, skipped: int) -> None:
        words = set(re.findall(r"\w+", source))
        if words & self.doubtful or any(f'"{name}"' in source for name in self.doubtful):
            return
        hint = f" Did you mean '{error.suggestion}'?" if error.suggestion else ""
        sentence = error.message if error.message.endswith((".", "?")) else f"{error.message}."
        sentence = sentence[0].upper() + sentence[1:]
        self.draft.problems.error_inside(path, error.start + skipped, f"formula_{error.code}", sentence + hint)

    def _check_quotes(self, path: Path) -> None:
        """In YAML an unquoted formula can lose its end at a '#' without a word, so quotes are demanded of such."""
        document = self.draft.problems.document
        is_yaml = any(file.endswith(".yaml") for file in (document.file, *(file for _, file in document.parts)))
        if not is_yaml or path in document.joined:  # what is put together of two is neither of them
            return
        start = document.values.get(path, 0)
        line = document.text[start:].split("\n", 1)[0]
        written = str(self._source(path))
        # Within braces other values follow on the line: only the value counts, and a comment that may be part of it.
        rest = line[len(written) :].lstrip() if line.startswith(written) else line
        is_odd = _PLAIN_DANGER.search(written) or rest.startswith("#") or rest == line
        if document.file_of(path).endswith(".yaml") and line[:1] not in "\"'|>" and is_odd:
            sentence = "Put this formula in double quotes: YAML may cut or misread it without them."
            self.draft.problems.error(path, "quotes", sentence)


def scope_of(types: Mapping[str, RecordType]) -> Scope:
    """The members of all types; the names come with each formula."""
    accounts = frozenset(one.name for one in types.values() if any(field.account for field in one.fields))
    return catalog_scope(types, names={}, type_of=type_of, accounts=accounts)


def type_of(field: Field) -> Type:
    """What formulas see of a field."""
    return kind_of(field).formula_type(field)


def _is_beyond_sql(node: Node) -> bool:
    if isinstance(node, Binary):
        return node.operator == "/" and node.type.name == "decimal"
    return isinstance(node, Call) and node.function in FUNCTIONS and not FUNCTIONS[node.function].in_sql
