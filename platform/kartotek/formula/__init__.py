"""The formula language: parse, check, and its Python and JSON meanings."""

from kartotek.formula.checker import check
from kartotek.formula.error import FormulaError
from kartotek.formula.functions import FUNCTIONS
from kartotek.formula.json_tree import to_json
from kartotek.formula.parser import parse
from kartotek.formula.python import compile_python
from kartotek.formula.quoting import quote
from kartotek.formula.related import UNRELATED, Related
from kartotek.formula.scope import FieldType, Scope, catalog_scope

__all__ = [
    "FUNCTIONS", "UNRELATED", "FieldType", "FormulaError", "Related", "Scope", "catalog_scope", "check",
    "compile_python", "parse", "quote", "to_json",
]
