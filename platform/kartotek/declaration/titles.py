"""Title templates: "{number} {person.name}" → ("", "number", " ", "person.name", "")."""

from __future__ import annotations

import re

from kartotek.errors import DeclarationInvalid

MAX_HOPS = 3
_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def split_template(template: str) -> tuple[str, ...]:
    """Literal text and dotted paths in turn, beginning and ending with a text; `{{` and `}}` stand for braces.

    Raises: DeclarationInvalid with the offset of a brace that has no partner, or of a path that is empty, in `params`.
    """
    found, literal, end = [], "", 0
    for match in _PART.finditer(template):
        literal += template[end : match.start()]
        end = match.end()
        if match.group() in ("{{", "}}"):
            literal += match.group()[0]
        elif match.group(1):
            found += [literal, match.group(1).strip()]
            literal = ""
        else:
            raise DeclarationInvalid("A field stands in braces, like {name}; a brace itself is written twice.", offset=match.start())
    return (*found, literal + template[end:])
