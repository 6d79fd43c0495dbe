"""The meta-schemas that editors and our own check read alike; `kartotek new` copies them into a site's meta/ folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

FOLDER = "meta"
RECORD = "record.v1.json"
OVERLAY = "overlay.v1.json"
SITE = "site.v1.json"
MESSAGE = "message.v1.json"
WORKFLOW = "workflow.v1.json"
ACCESS = "access.v1.json"
RECORD_REFERENCE = f"../{FOLDER}/{RECORD}"  # the "$schema" of a file in schemas/
SITE_COMMENT = f"# yaml-language-server: $schema={FOLDER}/{SITE}"  # the first line of site.yaml
_HERE = Path(__file__).parent / FOLDER


def metafiles() -> Mapping[str, str]:
    """{path within a site: text}: the files that give completion and errors in editors."""
    return MappingProxyType({f"{FOLDER}/{name}": _text(name) for name in (RECORD, OVERLAY, SITE, MESSAGE, WORKFLOW, ACCESS)})


@cache
def metaschema(name: str) -> Mapping[str, Any]:
    """One of them, parsed."""
    return MappingProxyType(json.loads(_text(name)))


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
