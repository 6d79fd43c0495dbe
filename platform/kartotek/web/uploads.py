"""Uploads: the files of a form, kept as staged ones, so that a refused form does not ask for them again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from flask import request, send_file
from werkzeug.wrappers import Response

from kartotek.engine.files import Shape
from kartotek.errors import Invalid, NotFound, TooLarge
from kartotek.model.field import Field
from kartotek.model.problem import Problem, pointer
from kartotek.web.current import engine
from kartotek.web.languages import sentence
from kartotek.web.lists import sight_of
from kartotek.web.posted import written
from kartotek.web.visitor import actor

_SANDBOX = "sandbox; default-src 'none'"
_SHAPES: Mapping[str, Shape] = MappingProxyType({"small": "small", "large": "large"})


def take_files(fields: Iterable[Field], strings: dict[str, list[str]]) -> list[Problem]:
    """Stages what was uploaded and puts the files' ids into the form; what was refused is told beside its control."""
    kinds = _file_paths(fields)
    problems: list[Problem] = []
    for path in request.files:
        several = kinds.get(_without_rows(path))
        for upload in request.files.getlist(path):
            if several is None or not upload.filename:
                continue
            try:
                staged = engine().stage_file(actor(), upload.stream, name=upload.filename)
            except (Invalid, TooLarge) as refused:
                found = refused.problems or (Problem("", refused.code, refused.sentence),)
                problems += [Problem(f"/fields{path}", one.code, one.message, one.params) for one in found]
                continue
            strings[path] = [*strings.get(path, ()), staged["id"]] if several else [staged["id"]]
    return problems


def stage(type_name: str) -> tuple[dict[str, str], int]:
    """`POST /r/<type>/stage`: a file as soon as it is chosen, `{"id", "name"}`, or `{"problem"}` with 422."""
    visitor = actor()
    sight = sight_of(visitor, type_name)
    upload, path = request.files.get("file"), _without_rows(request.form.get("path", ""))
    may = sight.creatable | sight.writable
    if upload is None or path not in _file_paths(field for field in written(sight.readable) if field.name in may):
        raise NotFound("There is no such field.")
    try:
        staged = engine().stage_file(visitor, upload.stream, name=upload.filename or "")
    except (Invalid, TooLarge) as refused:
        found = refused.problems or (Problem("", refused.code, refused.sentence),)
        return {"problem": " ".join(sentence(one) for one in found)}, 422
    return {"id": staged["id"], "name": staged["name"]}, 201


def download(type_name: str, record_id: int, file_id: str) -> Response:
    """`/r/<type>/<id>/files/<uuid>`: as a download; a picture drawn anew, small or large, may be shown by itself."""
    visitor = actor()
    sight_of(visitor, type_name)
    shape = _SHAPES.get(request.args.get("picture", ""), "whole")
    content = engine().open_file(visitor, type_name, record_id, file_id, shape=shape)
    response = send_file(content.stream, mimetype=content.type, as_attachment=shape == "whole", download_name=content.name, etag=f"{file_id}.{shape}")
    response.content_length = content.size
    response.make_conditional(request.environ, accept_ranges=True, complete_length=content.size)
    response.headers["Content-Security-Policy"] = _SANDBOX
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _file_paths(fields: Iterable[Field], prefix: str = "") -> dict[str, bool]:
    """{path without row names: whether it takes several} of the file controls."""
    found: dict[str, bool] = {}
    for field in fields:
        path = prefix + pointer(field.name)
        if field.kind in {"file", "image", "files"}:
            found[path] = field.kind == "files"
        found |= _file_paths(field.fields, path + ("/*" if field.kind == "rows" else ""))
    return found


def _without_rows(path: str) -> str:
    """"/lines/3/photo" → "/lines/*/photo"."""
    parts = path.split("/")
    return "/".join([*parts[:2], "*", *parts[3:]]) if len(parts) == 4 else path
