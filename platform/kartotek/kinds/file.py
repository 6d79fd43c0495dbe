"""file: an uploaded file, by its id; the bytes lie outside the database."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from kartotek.kinds.fragments import extension, plain_type, widget
from kartotek.kinds.kind import Convert, refuse, refuse_setting
from kartotek.kinds.media import is_accept_pattern, size_of
from kartotek.kinds.textual import Textual, first
from kartotek.model.field import Field
from kartotek.model.frozen import EMPTY
from kartotek.model.missing import MISSING
from kartotek.model.settings import SiteSettings

# Ids are made here, in this writing; whether there is such a file is asked where there is a database.
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PATTERN = f"^{_ID.pattern}$(?!\\n)"


class FileKind(Textual):
    """`accept` are media types, image/* among them, or endings such as .pdf; `max_size` counts bytes."""

    name = "file"

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        return plain_type(fragment) == "string" and "file" in extension(fragment)

    def settings(self, fragment: Mapping[str, Any], site: SiteSettings) -> Mapping[str, Any]:
        return file_settings(fragment, site)

    def parse(self, field: Field) -> Convert:
        return as_file_id

    def operators(self, field: Field) -> tuple[str, ...]:
        return ("empty",)

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        text = first(strings)
        return MISSING if text is MISSING else text.strip().lower() or MISSING

    def json_schema(self, field: Field) -> dict[str, Any]:
        return file_schema()


def is_image_fragment(fragment: Mapping[str, Any]) -> bool:
    """Whether a file's fragment asks for pictures alone."""
    accept = extension(fragment).get("file", EMPTY).get("accept", ())
    return widget(fragment) == "image" or bool(accept) and all(str(one).startswith("image/") for one in accept)


def file_settings(fragment: Mapping[str, Any], site: SiteSettings) -> dict[str, Any]:
    """accept and max_size of x-field.file; the site's own limit holds in any case. Raises Refused."""
    declared = extension(fragment).get("file", EMPTY)
    accept = tuple(declared.get("accept", ()))
    for index, pattern in enumerate(accept):
        if not is_accept_pattern(pattern):
            refuse_setting(
                f"/x-field/file/accept/{index}",
                "This is neither a media type such as image/* nor an ending such as .pdf.",
            )
    size = size_of(declared["maxSize"]) if "maxSize" in declared else site.limits.file
    if size is None:
        refuse_setting("/x-field/file/maxSize", "maxSize must be a number of bytes, or a size such as 5MB.")
    return {"accept": accept, "max_size": min(size, site.limits.file)}


def file_schema() -> dict[str, Any]:
    """The JSON Schema of a file's id."""
    return {"type": "string", "format": "uuid", "pattern": _PATTERN}


def as_file_id(wire: Any) -> str:
    """The wire value as a file's id. Raises Refused."""
    if not isinstance(wire, str):
        refuse("type", expected="text")
    if _ID.fullmatch(wire) is None:
        refuse("no_file")
    return wire
