"""markdown: formatted text, kept as its source without raw HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kartotek.kinds.fragments import plain_type
from kartotek.kinds.kind import Convert, refuse_setting
from kartotek.kinds.markup import clean_html, excerpt, render, without_html
from kartotek.kinds.storable import is_storable
from kartotek.kinds.text import TextKind
from kartotek.kinds.textual import first
from kartotek.model.field import Field
from kartotek.model.settings import SiteSettings

MARKDOWN, HTML = "text/markdown", "text/html"
# A text of nothing but brackets takes its parser seconds beyond this.
LONGEST = 50_000
_EXCERPTED = 2_000


class MarkdownKind(TextKind):
    """text/markdown, and text/html, which is sanitised whole. Lengths and patterns are of what is kept."""

    name = "markdown"

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        return plain_type(fragment) == "string" and fragment.get("contentMediaType") in (MARKDOWN, HTML)

    def settings(self, fragment: Mapping[str, Any], site: SiteSettings) -> Mapping[str, Any]:
        found = {"max_length": LONGEST, **super().settings(fragment, site)}
        if found["max_length"] > LONGEST:
            refuse_setting("/maxLength", f"A formatted text can have at most {LONGEST} characters.")
        return {**found, "media_type": fragment["contentMediaType"]}

    def parse(self, field: Field) -> Convert:
        parse, clean = super().parse(field), clean_html if _is_html(field) else without_html

        def cleaned(wire: Any) -> Any:
            # Judged as sent, so that the answer is the one JSON Schema gives; cleaning can only make it shorter.
            text = parse(wire)
            return clean(text) if "<" in text or _is_html(field) else text

        return cleaned

    def operators(self, field: Field) -> tuple[str, ...]:
        return ("contains", "empty")

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        text = first(strings)
        return text.replace("\r\n", "\n") if text else text

    def text(self, field: Field, wire: Any, language: str) -> str:
        if not isinstance(wire, str) or not is_storable(wire):
            return str(wire)
        return excerpt(self.render(field, wire[:_EXCERPTED]))

    def render(self, field: Field, wire: str) -> str:
        """HTML that is safe to show."""
        return clean_html(wire) if _is_html(field) else render(wire)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {**super().json_schema(field), "contentMediaType": field.settings.get("media_type", MARKDOWN)}


def _is_html(field: Field) -> bool:
    return bool(field.settings.get("media_type") == HTML)
