"""Files: sent ahead of the record that will name them, and read through a record that does."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import SEEK_END
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast
from urllib.parse import quote

from flask import Response, request, send_file

from kartotek.api import answers, bodies, parameters
from kartotek.api.addresses import file_id, record_id
from kartotek.api.repeats import once
from kartotek.engine.engine import Engine
from kartotek.engine.files import Shape
from kartotek.errors import Malformed, UnsupportedMedia
from kartotek.model.actor import Actor
from kartotek.model.problem import problem

_ENVELOPE = 65_536  # bytes that the wrapping of a multipart body may add
_IN_MEMORY = 1_000_000
_CHUNK = 65_536
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def send(engine: Engine, actor: Actor) -> Response:
    """A file is taken and waits a day for a record to name it."""
    texts = parameters.given(("name",))
    limit = engine.catalog().settings.limits.file
    with received(texts.get("name"), limit) as (stream, name):
        staged = engine.stage_file(actor, stream, name=name, once=once(_digest(stream)))
    return answers.answer(staged, status=201)


def fetch(engine: Engine, actor: Actor, *, type_name: str, record: str, file: str) -> Response:
    """The bytes of a file that a record names, never shown as a page of this site."""
    texts = parameters.given(("thumbnail",))
    shape: Shape = "small" if parameters.truth(texts, "thumbnail") else "whole"
    content = engine.open_file(actor, type_name, record_id(record), file_id(file), shape=shape)
    response = send_file(content.stream, mimetype=content.type, etag=f"{file}.{shape}")
    response.content_length = content.size
    response.make_conditional(request.environ, accept_ranges=True, complete_length=content.size)
    response.headers.update(_HEADERS)
    response.headers["Content-Disposition"] = attachment(content.name)
    return response


def attachment(name: str) -> str:
    """A Content-Disposition (RFC 6266) that saves under the name, with an ASCII form for those that know no other."""
    visible = "".join(mark if mark.isprintable() else "_" for mark in name)
    plain = "".join(mark if mark.isascii() and mark not in '"\\%/' else "_" for mark in visible)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(visible, safe='', errors='replace')}"


@contextmanager
def received(name: str | None, limit: int) -> Iterator[tuple[BinaryIO, str]]:
    """The file's bytes and name, from a form with one part "file" or from a plain body beside ?name=."""
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedMedia("Send the file without a Content-Encoding.")
    if request.mimetype == "multipart/form-data":
        yield _part(limit)
    else:
        known = _named(name)
        with _plain_body(limit) as stream:
            yield stream, known


def _part(limit: int) -> tuple[BinaryIO, str]:
    bodies.refuse_announced(limit + _ENVELOPE)
    request.max_content_length = limit + _ENVELOPE
    request.max_form_parts = 8
    others = [name for name in (*request.form, *request.files) if name != "file"]
    if others:
        raise _malformed("unknown_key", others[0])
    parts = request.files.getlist("file")
    if len(parts) != 1 or not parts[0].filename:
        raise _malformed("missing_key", "file")
    if parts[0].stream.seek(0, SEEK_END) > limit:
        raise bodies.too_large(limit)
    parts[0].stream.seek(0)
    return cast(BinaryIO, parts[0].stream), parts[0].filename


@contextmanager
def _plain_body(limit: int) -> Iterator[BinaryIO]:
    bodies.refuse_announced(limit)
    request.max_content_length = limit + 1
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as kept:
        while kept.tell() <= limit and (chunk := request.stream.read(_CHUNK)):
            kept.write(chunk)
        if kept.tell() > limit:
            raise bodies.too_large(limit)
        kept.seek(0)
        yield cast(BinaryIO, kept)


def _named(name: str | None) -> str:
    if not name:
        raise _malformed("missing_parameter", "name")
    return name


def _digest(stream: BinaryIO) -> bytes:
    """A hash of the content, which stands for it in the fingerprint; the stream is read and set back."""
    if "Idempotency-Key" not in request.headers:
        return b""
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    stream.seek(0)
    return digest.digest()


def _malformed(code: str, name: str) -> Malformed:
    return Malformed("The file cannot be read.", problems=[problem("", code, name=name)])
