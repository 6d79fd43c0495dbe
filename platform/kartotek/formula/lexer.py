"""Lexer: the source of a formula cut into tokens with their places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from kartotek.formula.error import FormulaError

TokenKind = Literal["number", "text", "name", "sign", "end"]

_TOKEN = re.compile(
    r"""(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
      | (?P<text>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()\[\]=&|])""",
    re.VERBOSE,
)
_SPACE = re.compile(r"[ \t\r\n]*")
_FORBIDDEN = re.compile("[\0\ud800-\udfff]")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"'}


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is what stands in the source, for a text with its quotes."""

    kind: TokenKind
    text: str
    start: int
    end: int


def tokens(source: str) -> list[Token]:
    """All tokens and one of kind "end". Raises FormulaError."""
    forbidden = _FORBIDDEN.search(source)
    if forbidden:
        raise FormulaError("this character cannot be stored", forbidden.start(), forbidden.end(), code="syntax")
    found: list[Token] = []
    at = _after_space(source, 0)
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            raise _unexpected(source, at)
        found.append(Token(match.lastgroup, match.group(), at, match.end()))  # type: ignore[arg-type]
        at = _after_space(source, match.end())
    found.append(Token("end", "", len(source), len(source)))
    return found


def text_of(token: Token) -> str:
    """The text between the quotes with its escapes resolved. Raises FormulaError."""

    def resolved(match: re.Match[str]) -> str:
        escape = match.group(1)
        start = token.start + 1 + match.start()
        if len(escape) == 1 and escape in _ESCAPED:
            return _ESCAPED[escape]
        code = int(escape[1:], 16) if len(escape) > 1 else -1
        if code < 1 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise FormulaError(f"\\{escape} is not an escape", start, start + 1 + len(escape), code="syntax")
        return chr(code)

    return _ESCAPE.sub(resolved, token.text[1:-1])


def _after_space(source: str, at: int) -> int:
    match = _SPACE.match(source, at)
    return match.end() if match else at


def _unexpected(source: str, at: int) -> FormulaError:
    character = source[at]
    if character in "'\"":
        return FormulaError("this text has no closing quote", at, len(source), code="syntax")
    message = f"unexpected character {character!r}"
    if character.isalpha():
        message += '; a field with such a name is written record["…"]'
    return FormulaError(message, at, at + 1, code="syntax")
