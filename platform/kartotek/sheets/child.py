"""Has a spreadsheet read by a process of its own, whose memory and time are limited."""

from __future__ import annotations

import io
import json
import logging
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from kartotek.errors import Invalid
from kartotek.model.problem import Problem
from kartotek.sheets.limits import Limits, refuse_file
from kartotek.sheets.plan import Options, Summary
from kartotek.sheets.target import Target

_KEPT_VARIABLES = ("PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LANG", "LC_ALL", "TZDIR", "SYSTEMROOT", "TMPDIR")
_SOURCE = str(Path(__file__).resolve().parents[2])  # where the child finds the package, however this process did
_LOGGED = 4000
_log = logging.getLogger("kartotek.sheets")
REFUSED = 3
_TOO_LARGE_SIGNALS = frozenset({signal.SIGKILL, signal.SIGXCPU, signal.SIGABRT})


@dataclass(frozen=True, slots=True)
class Job:
    """What the child is told, on its standard input, by a parent it trusts; paths are absolute."""

    source: str
    name: str
    target: Target
    options: Options
    limits: Limits
    out: str


def prepare(
    source: Path, name: str, target: Target, out: Path, *, options: Options | None = None, limits: Limits | None = None
) -> Summary:
    """Reads the file `source`, which the user calls `name`, and writes one JSON line for each row to `out`.

    A good row is {"row", "sheet", "fields": {name: wire}, "links": {name: text or texts}, "cells": {path: "C12"}, "raw"},
    a bad one {"row", "sheet", "problems": [{"cell", "column", "field", "value", "code", "message", "params"}], "raw"};
    `raw` has the original cells, in the order of the summary's columns. `out` is there only when all went well.
    Raises Invalid with one problem at /file for a file that is broken, hostile or too large.
    """
    limits = limits or Limits()
    part = out.with_name(out.name + ".part")
    job = Job(
        str(source.resolve()), name, target, _with_today(options or Options(), target), limits, str(part.resolve())
    )
    try:
        summary = _summary_of(job)
        part.replace(out)
        return summary
    finally:
        part.unlink(missing_ok=True)


def _with_today(options: Options, target: Target) -> Options:
    if options.today:
        return options
    return replace(options, today=datetime.now(ZoneInfo(target.settings.timezone)).date().isoformat())


def _summary_of(job: Job) -> Summary:
    command = [sys.executable, "-P", "-X", "utf8", "-m", "kartotek.sheets.worker"]
    variables = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    variables["PYTHONPATH"] = os.pathsep.join(filter(None, [_SOURCE, variables.get("PYTHONPATH", "")]))
    try:
        done = subprocess.run(
            command, input=_packed(job), capture_output=True, env=variables, timeout=job.limits.wall, check=False
        )
    except subprocess.TimeoutExpired:
        raise refuse_file("too_large_file", reason="it takes too long to read") from None
    if done.returncode == 0:
        return Summary.of(json.loads(done.stdout))
    if done.returncode == REFUSED:
        raise Invalid(tuple(Problem(**one) for one in json.loads(done.stdout)), "The file was not accepted.")
    if -done.returncode in _TOO_LARGE_SIGNALS:
        raise refuse_file("too_large_file", reason="it needs more memory or time than is allowed")
    _log.error(
        "The reader of %s ended with %s: %s", job.name, done.returncode, done.stderr[-_LOGGED:].decode(errors="replace")
    )
    raise refuse_file("unreadable_file", reason="the reader failed on it")


class _Pickler(pickle.Pickler):
    """Declarations hold read-only mappings, which the library does not pack by itself."""

    def reducer_override(self, one: Any) -> Any:
        return (_read_only, (dict(one),)) if isinstance(one, MappingProxyType) else NotImplemented


def _read_only(mapping: dict[Any, Any]) -> Mapping[Any, Any]:
    return MappingProxyType(mapping)


def _packed(job: Job) -> bytes:
    stream = io.BytesIO()
    _Pickler(stream, protocol=pickle.HIGHEST_PROTOCOL).dump(job)
    return stream.getvalue()
