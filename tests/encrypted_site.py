"""A small site with encrypted fields: people, notes about them, and things that are nobody's."""

from __future__ import annotations

import base64
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kartotek.model.actor import Actor

OWNER = Actor(id=1, name="Olga", roles=frozenset({"owner"}))
CLERK = Actor(id=2, name="Carl", roles=frozenset({"clerk"}))
SITE = 'name: Test\ntimezone: Europe/Paris\nroles:\n  clerk: {title: Clerk}\n  reader: {title: Reader}\n'
SCHEMA = "https://json-schema.org/draft/2020-12/schema"
SECRET = {"encrypt": True}
FOUND = {"encrypt": {"index": True}}


def text(**own: Any) -> dict[str, Any]:
    """A text field with these keys of x-field."""
    return {"type": "string", "x-field": own} if own else {"type": "string"}


def schema(properties: Mapping[str, Any], **own: Any) -> dict[str, Any]:
    """A type with these properties and keys of x-record."""
    rights = {"clerk": {"read": True, "create": True, "write": True, "delete": True}}
    return {"$schema": SCHEMA, "title": "T", "type": "object", "properties": dict(properties), "x-record": {"permissions": rights, **own}}


PERSON = schema(
    {
        "name": text(), "note": {"type": "string", "maxLength": 5000, "x-field": dict(SECRET)},
        "born": {"type": "string", "format": "date", "x-field": dict(SECRET)},
        "weight": {"type": "string", "format": "decimal", "x-field": {"scale": 2, **SECRET}}, "big": {"type": "integer", "x-field": dict(SECRET)},
        "traits": {"type": "array", "items": {"type": "string", "enum": ["calm", "loud"]}, "uniqueItems": True, "x-field": dict(SECRET)},
        "email": {"type": "string", "format": "email", "x-field": {**FOUND, "unique": True}},
        "place": {"type": "object", "properties": {"door": text(**SECRET), "street": text()}},
        "loud": {"type": "boolean", "x-field": {"compute": "record.note == 'loud'", "stored": True, "declassify": True}},
    },
    subject=True, titleTemplate="{name}",
)
VISIT = schema(
    {"person": {"type": "integer", "x-field": {"references": "person", "inverse": "visits"}}, "said": text(**SECRET)},
    subject="person", titleTemplate="{person.name}",
)
LINE = schema(
    {"visit": {"type": "integer", "x-field": {"references": "visit", "inverse": "lines"}}, "detail": text(**SECRET)},
    subject="visit", titleTemplate="{visit.person.name}",
)
THING = schema({"label": text(), "code": text(**SECRET)}, titleTemplate="{label}")


def documents(**types: Mapping[str, Any]) -> dict[str, str]:
    """The site's documents, with these types in place of its own."""
    found = {"person": PERSON, "visit": VISIT, "line": LINE, "thing": THING, **types}
    return {"site.yaml": SITE} | {f"schemas/{name}.json": json.dumps(one) for name, one in found.items()}


def changed(schema: Mapping[str, Any], name: str, **own: Any) -> dict[str, Any]:
    """The type with other keys of x-field for one field."""
    field = {**schema["properties"][name], "x-field": own}
    return {**schema, "properties": {**schema["properties"], name: field}}


def spellings(canary: str) -> Iterator[bytes]:
    """How a text may stand in a file."""
    for coded in (canary.encode(), canary.encode("utf-16-le"), canary.encode("utf-16-be"), canary.encode().hex().encode()):
        yield coded
    for shift in range(3):  # in base64 it looks otherwise, depending on what stands before it
        whole = base64.b64encode(b"\0" * shift + canary.encode())
        yield whole[4 if shift else 0 : -4]


def traces(folder: Path, canaries: list[str]) -> list[str]:
    """Every file below the folder in which one of the texts stands, also inside of archives and packed streams."""
    found: list[str] = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            pieces = [path.read_bytes(), *_unpacked(path)]
            found += [f"{path.name}: {one}" for one in canaries if any(each in piece for piece in pieces for each in spellings(one))]
    return found


def _unpacked(path: Path) -> Iterator[bytes]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    try:
        yield zlib.decompress(path.read_bytes(), 31)
    except zlib.error:
        pass
