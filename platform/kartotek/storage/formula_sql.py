"""Formulas as SQL: conditions for WHERE and values to sort by or to show, on SQLite and PostgreSQL.

The text is self-contained: hops and lists are correlated sub-selects, everything else is a parameter, which may be a
function of the environment of a run, with names as for compile_python.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kartotek.formula.error import FormulaError
from kartotek.model.catalog import Catalog
from kartotek.model.field import Field
from kartotek.model.formula import Formula, Node, Type
from kartotek.model.view import View
from kartotek.storage.formula_compiler import Compiler
from kartotek.storage.formula_pieces import Piece
from kartotek.storage.formula_places import record_place
from kartotek.storage.formula_postgresql import PostgresqlTerms
from kartotek.storage.formula_sqlite import SqliteTerms
from kartotek.storage.formula_stack import check_stack
from kartotek.storage.formula_terms import Terms
from kartotek.storage.sql_text import SqlText, bind

__all__ = ["Root", "SqlText", "bind", "compile_sql", "compile_value"]

TERMS: Mapping[str, Terms] = MappingProxyType({"sqlite": SqliteTerms(), "postgresql": PostgresqlTerms()})


@dataclass(frozen=True, slots=True)
class Root:
    """A name of the formula that stands for the rows of the query: the alias of their table, and their type."""

    alias: str
    type_name: str


def compile_sql(
    formula: Formula | Node, *, catalog: Catalog, dialect_name: str, roots: Mapping[str, Root],
    view: View | None = None, type_of: Callable[[Field], Type] | None = None,
) -> SqlText:
    """A condition for WHERE, NULL counting as false; of a formula that is no condition, its exact value.

    With a view every hop and list is under the row rules of its type, and a field is NULL where it may not be read. The
    rules of the root's own rows are the caller's. Raises FormulaError: not_in_sql, unknown_field.
    """
    node = formula.node if isinstance(formula, Formula) else formula
    compiler = _compiler(catalog, dialect_name, roots, view)
    compiler.admit(node)
    if node.type.name == "bool":
        return _finished(compiler.condition(node), compiler.terms, node)
    return _finished(compiler.terms.result(compiler.value(node)), compiler.terms, node)


def compile_value(
    formula: Formula | Node, *, catalog: Catalog, dialect_name: str, roots: Mapping[str, Root],
    view: View | None = None, type_of: Callable[[Field], Type] | None = None,
) -> SqlText:
    """The exact value as a column of its type would hold it, NULL where it is unknown: to sort by, or to show."""
    node = formula.node if isinstance(formula, Formula) else formula
    compiler = _compiler(catalog, dialect_name, roots, view)
    compiler.admit(node)
    return _finished(compiler.terms.result(compiler.value(node)), compiler.terms, node)


def _compiler(catalog: Catalog, dialect_name: str, roots: Mapping[str, Root], view: View | None) -> Compiler:
    places = {name: record_place(catalog, root.type_name, root.alias) for name, root in roots.items()}
    return Compiler(catalog, TERMS[dialect_name], places, view)


def _finished(piece: Piece, terms: Terms, node: Node) -> SqlText:
    if terms.name == "sqlite":
        try:
            check_stack(piece.text)
        except FormulaError as exc:
            raise FormulaError(exc.message, node.start, node.end, code=exc.code) from exc
    return SqlText(piece.text, piece.params)
