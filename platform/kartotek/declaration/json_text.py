"""Reads JSON strictly: the standard parser judges the syntax, a second walk over the tokens finds every place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from kartotek.declaration.tree import MAX_DEPTH, TreeBuilder

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_LONGEST_NUMBER = 400
_SENTENCES = {
    "Expecting property name enclosed in double quotes": (
        "Here a key in double quotes is expected. Is there a comma too many before it, or are the quotes missing?"
    ),
    "Illegal trailing comma before end of object": "There is a comma too many before this.",
    "Illegal trailing comma before end of array": "There is a comma too many before this.",
    "Expecting ':' delimiter": "Here ':' is expected between the key and its value.",
    "Expecting ',' delimiter": "Here ',' or the closing bracket is expected. Is a comma missing before this?",
    "Expecting value": "Here a value is expected: a text in double quotes, a number, true, false, null, { or [.",
    "Extra data": "The file should end before this.",
    "Unterminated string starting at": "The text that begins here has no closing double quote.",
    "Invalid control character at": "A line break or tab inside a text is written \\n or \\t.",
    "Invalid \\escape": 'After a backslash only " \\ / b f n r t or u and four hexadecimal digits may stand.',
    "Invalid \\uXXXX escape": "After \\u four hexadecimal digits are expected.",
}


def build_json(builder: TreeBuilder, text: str) -> None:
    """Tells the builder all that stands in the text. Raises DeclarationInvalid where it is not JSON."""
    _judge_syntax(builder, text)
    opened: list[bool] = []  # of each open container: is it a mapping
    expects_key = False
    for token, index in _tokens(text):
        if token in "{[":
            builder.begin({} if token == "{" else [], index)
            opened.append(token == "{")
        elif token in "}]":
            builder.end()
            opened.pop()
        elif expects_key:
            builder.key(_text(builder, token, index), index)
        elif token not in ",:":
            builder.scalar(_scalar(builder, token, index), index)
        expects_key = token == "{" or (token == "," and opened[-1])


def _judge_syntax(builder: TreeBuilder, text: str) -> None:
    try:
        json.loads(text, parse_int=_ignored, parse_float=_ignored, parse_constant=_ignored)
    except json.JSONDecodeError as error:
        message = error.msg.removesuffix(" at") if error.msg not in _SENTENCES else error.msg
        sentence = _comment(text, error.pos) or _SENTENCES.get(message, "This is not JSON.")
        raise builder.refusal(error.pos, "syntax", sentence) from error
    except RecursionError as error:
        raise builder.refusal(0, "too_deep", f"This is nested more than {MAX_DEPTH} levels deep.") from error


def _ignored(_: str) -> None:
    return None


def _comment(text: str, index: int) -> str:
    if text[index : index + 1] in ("/", "#"):
        return 'JSON has no comments. Use the key "$comment", or write the file as YAML.'
    return "Texts and keys stand in double quotes in JSON." if text[index : index + 1] == "'" else ""


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    for match in _TOKEN.finditer(text):
        yield match.group(), match.start()


def _text(builder: TreeBuilder, token: str, index: int) -> str:
    text: str = json.loads(token)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise builder.refusal(index, "encoding", "This text has half of a surrogate pair (\\ud800 to \\udfff) in it.")
    if "\0" in text:
        raise builder.refusal(index, "encoding", "The character U+0000 cannot be stored.")
    return text


def _scalar(builder: TreeBuilder, token: str, index: int) -> Any:
    if token.startswith('"'):
        return _text(builder, token, index)
    if token in ("NaN", "Infinity", "-Infinity"):
        raise builder.refusal(index, "syntax", f"{token} is not a JSON value.")
    if len(token) > _LONGEST_NUMBER:
        raise builder.refusal(index, "number", "This number is too long.")
    value = json.loads(token)
    if value in (float("inf"), float("-inf")):
        raise builder.refusal(index, "number", "This number is too large.")
    return value
