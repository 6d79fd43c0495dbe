"""Where a catalog may come from: a version of this site, a folder, an exported file, or another installation's address."""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kartotek.commands.changing import ACTOR, started
from kartotek.declaration.files import SETTINGS, read_folder
from kartotek.declaration.load import load
from kartotek.errors import SetupInvalid
from kartotek.jobs.http import Request, call
from kartotek.model.catalog import Catalog

TOKEN = "KARTOTEK_TOKEN"
EXPORT = "/api/v1/catalog"
_LARGEST = 32 * 1024 * 1024
_ANSWERS = {
    401: f"it does not know the token; {TOKEN} must hold one of an owner of that installation",
    403: "the token is not an owner's",
    404: "there is no such page; give the address of the installation itself",
}


def documents_from(source: str, options: argparse.Namespace) -> Mapping[str, str]:
    """The declarations that are meant. Raises SetupInvalid."""
    if source.startswith(("http://", "https://")):
        return _exported(_fetched(source), source)
    if source.isdecimal() and not Path(source).exists():
        with started(options) as site:
            return site.engine.plans.version(ACTOR, int(source)).documents
    path = Path(source)
    if path.is_dir():
        if not (path / SETTINGS).is_file():
            raise SetupInvalid(f"{path} is not a site: it has no {SETTINGS}.")
        return read_folder(path)
    try:
        return _exported(path.read_bytes(), source)
    except OSError as error:
        raise SetupInvalid(f"{source} is no version, folder, file or address: {error.strerror}.") from error


def catalog_from(documents: Mapping[str, str], source: str) -> Catalog:
    """What these documents declare. Raises SetupInvalid where they have mistakes, as seen from here."""
    loaded = load(documents, notes=False)
    if loaded.catalog is None:
        errors = [one for one in loaded.problems if one.severity == "error"]
        raise SetupInvalid(f"{source} has mistakes, so there is nothing to compare with.", problems=errors)
    return loaded.catalog


def _exported(text: bytes, source: str) -> Mapping[str, str]:
    try:
        wire: Any = json.loads(text)
        documents = wire["documents"]
        if not all(isinstance(one, str) for pair in documents.items() for one in pair):
            raise TypeError("a text is expected")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SetupInvalid(f"{source} is no exported catalog. Make one with: kartotek catalog --to FILE") from error
    return dict(documents)


def _fetched(address: str) -> bytes:
    """What the installation at the address exports. The token goes only where nobody can listen."""
    token = os.environ.get(TOKEN, "")
    parts = urlsplit(address)
    if parts.scheme == "http" and not _is_here(parts.hostname or ""):
        raise SetupInvalid(f"{address} would get the token unprotected. Use https.")
    if not token:
        raise SetupInvalid(f"{TOKEN} must hold a token of an owner of that installation: kartotek token add NAME")
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    url = address.split("?")[0].rstrip("/").removesuffix(EXPORT) + EXPORT
    found = call(Request(url=url, body=b"", headers=headers, method="GET", private=True, answer=_LARGEST))
    if found.code != "sent":
        status = found.params.get("status", 0)
        said = _ANSWERS.get(status, f"it answered with status {status}" if status else found.code.replace("_", " "))
        raise SetupInvalid(f"{url} gave no catalog: {said}.")
    return bytes(found.params["body"])


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
