"""A message's text → pieces: {formula}, {formula | style}, {link.name}, {#if …}{#else}{/if}, {#each …}{/each}, {{ for a brace."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kartotek.formula.checker import check
from kartotek.formula.error import FormulaError
from kartotek.formula.scope import Scope
from kartotek.formula.types import BOOL
from kartotek.formula.types import words as type_words
from kartotek.model.formula import Formula, Type
from kartotek.model.process import Each, LinkTo, Piece, Placeholder, When

MAX_PIECES = 500
MAX_DEPTH = 5
_NUMBERS = frozenset({"int", "decimal", "number"})
STYLES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "money": frozenset({"decimal"}),
        "number": _NUMBERS,
        "date": frozenset({"date", "instant"}),
        "time": frozenset({"time", "instant"}),
        "datetime": frozenset({"instant"}),
    }
)
_PLAIN = _NUMBERS | {"string", "bool", "date", "time", "instant", "duration"}
_STYLED = re.compile(r"(?<!\|)\|[ \t]*([A-Za-z_]*)[ \t]*$")
_LINK = re.compile(r"link\.([a-z][a-z0-9_]{0,39})$")
Names = Mapping[str, Type]


class TextError(Exception):
    """What is wrong in a text, and at which of its characters."""

    def __init__(self, offset: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.offset, self.code, self.sentence = offset, code, sentence


@dataclass(frozen=True, slots=True)
class _Token:
    """`text` is literal, or what stands between the braces; `start` is where that begins."""

    text: str
    start: int
    is_literal: bool = False


Tell = Callable[[int, str, str], None]


def pieces_of(text: str, scope: Scope, tell: Tell) -> tuple[Piece, ...]:
    """The pieces; wrong formulas are told (offset, code, sentence) and left out, so that all are told at once.

    Raises: TextError where braces or blocks do not fit together, because then nothing after it can be understood.
    """
    tokens = _tokens(text)
    if len(tokens) > MAX_PIECES:
        raise TextError(tokens[MAX_PIECES].start, "text_limit", f"A text has at most {MAX_PIECES} parts.")
    reader = _Reader(tokens, scope, tell)
    pieces = reader.block(None, scope.names, depth=0)
    return pieces


class _Reader:
    """Goes through the tokens once; each block is read to its end."""

    def __init__(self, tokens: list[_Token], scope: Scope, tell: Tell) -> None:
        self._tokens = tokens
        self._scope = scope
        self._misread = tell
        self._next = 0

    def block(self, opener: _Token | None, names: Names, *, depth: int) -> tuple[Piece, ...]:
        """The pieces up to {/if}, {/each} or {#else}, which is left for the caller; at the top level up to the end."""
        if depth > MAX_DEPTH:
            assert opener is not None
            raise TextError(opener.start, "text_limit", f"Blocks stand at most {MAX_DEPTH} deep in one another.")
        found: list[Piece] = []
        while self._next < len(self._tokens):
            token = self._tokens[self._next]
            if not token.is_literal and token.text.startswith(("/", "#else")):
                if opener is None:
                    raise TextError(token.start, "text_block", f"There is nothing that '{{{token.text}}}' could end.")
                return tuple(found)
            self._next += 1
            found += self._piece(token, names, depth)
        if opener is not None:
            raise TextError(opener.start, "text_block", f"'{{{opener.text}}}' is never ended by '{{/{_word(opener)}}}'.")
        return tuple(found)

    def _piece(self, token: _Token, names: Names, depth: int) -> list[Piece]:
        if token.is_literal:
            return [token.text]
        if token.text.startswith("#"):
            return self._opened(token, names, depth)
        link = _LINK.match(token.text.strip())
        if link:
            return [LinkTo(link[1])]
        source, style = _styled(token)
        formula = self._formula(source, token.start, names)
        if formula is None or not self._shows(formula, style, token):
            return []
        return [Placeholder(formula, style)]

    def _opened(self, token: _Token, names: Names, depth: int) -> list[Piece]:
        word = _word(token)
        source = token.text[len(word) + 1 :]
        start = token.start + len(word) + 1
        if word == "if":
            return self._when(token, self._formula(source, start, names, BOOL), names, depth)
        if word == "each":
            formula = self._formula(source, start, names)
            item = self._item(formula, start)
            pieces = self.block(token, {**names, "item": item or Type("json")}, depth=depth + 1)
            self._close(token)
            return [Each(formula, pieces)] if formula and item else []
        raise TextError(token.start, "text_block", f"There is no '{{#{word}}}', only {{#if …}}, {{#else}} and {{#each …}}.")

    def _when(self, token: _Token, formula: Formula | None, names: Names, depth: int) -> list[Piece]:
        then = self.block(token, names, depth=depth + 1)
        otherwise: tuple[Piece, ...] = ()
        if self._tokens[self._next].text == "#else":
            self._next += 1
            otherwise = self.block(token, names, depth=depth + 1)
        self._close(token)
        return [When(formula, then, otherwise)] if formula else []

    def _close(self, opener: _Token) -> None:
        closer = self._tokens[self._next]
        if closer.text != f"/{_word(opener)}":
            sentence = f"Here '{{/{_word(opener)}}}' must stand, which ends the block, not '{{{closer.text}}}'."
            raise TextError(closer.start, "text_block", sentence)
        self._next += 1

    def _formula(self, source: str, start: int, names: Names, wanted: Type | None = None) -> Formula | None:
        lead = len(source) - len(source.lstrip())
        try:
            return check(source.strip(), Scope(names, self._scope.members), wanted=wanted)
        except FormulaError as error:
            hint = f" Did you mean '{error.suggestion}'?" if error.suggestion else ""
            sentence = error.message if error.message.endswith((".", "?")) else f"{error.message}."
            self._misread(start + lead + error.start, f"formula_{error.code}", sentence[0].upper() + sentence[1:] + hint)
        return None

    def _item(self, formula: Formula | None, start: int) -> Type | None:
        if formula is None:
            return None
        if formula.type.name != "list" or formula.type.of is None:
            self._misread(start, "text_value", f"'each' needs a list, this is {type_words(formula.type)}.")
        return formula.type.of

    def _shows(self, formula: Formula, style: str, token: _Token) -> bool:
        name, at = formula.type.name, token.start + len(token.text) - len(token.text.lstrip())
        if style and style not in STYLES:
            styles = ", ".join(STYLES)
            self._misread(token.start + token.text.rindex("|") + 1, "text_style", f"There is no style '{style}', only {styles}.")
        elif style and name not in STYLES[style]:
            self._misread(at, "text_style", f"'{style}' cannot show {type_words(formula.type)}.")
        elif name == "record":
            self._misread(at, "text_value", f"This is a record. Name one of its fields, like {{{formula.source}.name}}.")
        elif name == "list":
            self._misread(at, "text_value", f"This is a list. Write {{#each {formula.source}}}…{{item}}…{{/each}}.")
        elif name not in _PLAIN:
            self._misread(at, "text_value", f"{type_words(formula.type).capitalize()} cannot stand in a text.")
        else:
            return True
        return False


def _word(token: _Token) -> str:
    return re.split(r"[\s(]", token.text[1:], maxsplit=1)[0]


def _styled(token: _Token) -> tuple[str, str]:
    match = _STYLED.search(token.text)
    return (token.text[: match.start()], match[1]) if match else (token.text, "")


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    literal, start, index = "", 0, 0
    while index < len(text):
        pair, one = text[index : index + 2], text[index]
        if pair in ("{{", "}}"):
            literal, index = literal + one, index + 2
        elif one == "}":
            raise TextError(index, "text_brace", "This brace ends nothing. A brace itself is written twice.")
        elif one == "{":
            end = _end(text, index)
            found += [_Token(literal, start, is_literal=True)] if literal else []
            found.append(_Token(text[index + 1 : end].rstrip(), index + 1))
            literal, index = "", end + 1
            start = index
        else:
            literal, index = literal + one, index + 1
    return [*found, _Token(literal, start, is_literal=True)] if literal else found


def _end(text: str, opened: int) -> int:
    """Where the brace closes; one within a formula's text does not count."""
    quote, index = "", opened + 1
    while index < len(text):
        one = text[index]
        if quote and one == "\\":
            index += 1
        elif quote:
            quote = "" if one == quote else quote
        elif one in "\"'":
            quote = one
        elif one == "}" and text[opened + 1 : index].strip():
            return index
        elif one in "{}":
            raise TextError(opened, "text_brace", "A value stands in braces, like {record.name}; a brace itself is written twice.")
        index += 1
    raise TextError(opened, "text_brace", "This brace is never closed. A brace itself is written twice.")
