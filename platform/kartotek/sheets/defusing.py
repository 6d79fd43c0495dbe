"""Formula injection: what a spreadsheet program would take for a formula gets an apostrophe, which reading drops again.

Source: OWASP, CSV Injection. The mark is exact: undefuse(defuse(text)) is text, whatever the text.
"""

from __future__ import annotations

import re

_DANGEROUS = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_MARKED = re.compile("'+[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def defuse(text: str) -> str:
    """The text as it may stand in a CSV file that a spreadsheet program opens."""
    return f"'{text}" if _DANGEROUS.match(text) else text


def undefuse(text: str) -> str:
    """The text before it was defused; any other text as it is."""
    return text[1:] if _MARKED.match(text) else text
