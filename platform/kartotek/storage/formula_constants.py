"""Constants: what only the environment knows, as a parameter worked out by the Python meaning when the query runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kartotek.formula.arithmetic import EXACT
from kartotek.formula.limits import INT_MAX
from kartotek.formula.python import Meaning, as_type, meaning
from kartotek.formula.related import UNRELATED
from kartotek.formula.types import STRING
from kartotek.model.formula import Literal_, Member, Node, Type
from kartotek.storage.formula_pieces import UNBOUNDED, Piece, parameter
from kartotek.storage.formula_terms import Terms, digits_bound
from kartotek.storage.sealing import Mark


def constant(terms: Terms, node: Node, wanted: Type) -> Piece:
    """The parameter, as a value of the wanted type."""
    if node.type.name == "null" or (isinstance(node, Literal_) and node.value is None):
        return Piece(terms.null(wanted), wanted, constant=True)
    made = as_type(meaning(node), node.type, wanted)
    bound = _constant_bound(node, wanted, made)
    encode = terms.encode(wanted)
    param: Any = parameter(from_environment(made), encode)
    if isinstance(node, Literal_):
        param = param({})
    shape: Any = "wide" if bound > INT_MAX + 1 or (wanted.name == "decimal" and terms.name == "postgresql") else "plain"
    text = terms.placeholder(wanted, bound)
    return Piece(text, wanted, (param,), nullable=node.nullable, shape=shape, bound=bound, constant=True)


def marked(terms: Terms, node: Node, label: str) -> Piece:
    """The parameter by which an encrypted value of this label is found, worked out with its key when the query runs."""
    made = from_environment(as_type(meaning(node), node.type, STRING))

    def param(env: Mapping[str, Any]) -> Mark | None:
        found = made(env)
        return None if found is None else Mark(label, found)

    return Piece(terms.placeholder(STRING, UNBOUNDED), STRING, (param,), nullable=node.nullable, constant=True)


def from_environment(made: Meaning) -> Callable[[Mapping[str, Any]], Any]:
    """A closure as a function of the environment alone: what walks to other records is left to the database."""
    return lambda env: made(env, UNRELATED)


def _constant_bound(node: Node, wanted: Type, made: Meaning) -> int:
    """The greatest magnitude of a parameter, for a decimal that of the scaled integer."""
    if wanted.name not in ("int", "decimal"):
        return INT_MAX
    if isinstance(node, Literal_):
        value: Any = made({}, UNRELATED)
        scaled: int = abs(int(value.scaleb(wanted.scale, EXACT) if wanted.name == "decimal" else value))
        return scaled
    if isinstance(node, Member):
        steps: int = 10 ** max(0, wanted.scale - node.type.scale)
        return digits_bound(node.type) * steps
    return UNBOUNDED

