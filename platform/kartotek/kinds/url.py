"""url: an absolute URI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from kartotek.kinds.formats import LONGEST_URI, is_uri
from kartotek.kinds.fragments import indexed_length, is_string
from kartotek.kinds.kind import Convert, refuse
from kartotek.kinds.languages import typed
from kartotek.kinds.textual import Textual, first
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.settings import SiteSettings

# Whoever opened one of these would run what a stranger wrote.
_RUNNING = frozenset({"javascript", "data", "vbscript", "blob"})
_LINKED = frozenset({"http", "https", "mailto", "tel", "sms"})
_ASCII = "".join(chr(code) for code in range(33, 127))


class UrlKind(Textual):
    """Any scheme but those that run code; only is_link ones should be made a link of."""

    name = "url"

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        return is_string(fragment, "uri")

    def settings(self, fragment: Mapping[str, Any], site: SiteSettings) -> Mapping[str, Any]:
        return {"max_length": indexed_length(fragment, None) or LONGEST_URI}

    def parse(self, field: Field) -> Convert:
        longest = field.settings.get("max_length", LONGEST_URI)

        def parse(wire: Any) -> str:
            if not isinstance(wire, str):
                refuse("type", expected="text")
            if len(wire) > longest:
                refuse("max_length", limit=longest)
            if not is_uri(wire) or _scheme(wire) in _RUNNING:
                refuse("format", format="web address")
            return wire

        return parse

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        text = first(strings)
        # Browsers show addresses decoded, so what people paste may hold any character.
        return MISSING if text is MISSING else quote(typed(text), safe=_ASCII, errors="replace") or MISSING

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "uri", "maxLength": field.settings.get("max_length", LONGEST_URI)}


def is_link(text: str) -> bool:
    """Whether a page may make a link of it."""
    return _scheme(text) in _LINKED


def _scheme(text: str) -> str:
    return text.partition(":")[0].lower()
