"""The process that reads one spreadsheet within its limits: `python -m kartotek.sheets.worker`, started by child.py."""

from __future__ import annotations

import contextlib
import json
import pickle
import sys
from pathlib import Path
from typing import Any

from kartotek.errors import Invalid
from kartotek.sheets.child import REFUSED, Job
from kartotek.sheets.limits import bind, refuse_file
from kartotek.sheets.prepare import prepare


def main() -> int:
    """Does the job on standard input; 0 with the summary, or 3 with the problems, on standard output."""
    job: Job = pickle.loads(sys.stdin.buffer.read())  # from the parent alone, see child.py
    bind(job.limits)
    try:
        summary = prepare(Path(job.source), job.name, job.target, Path(job.out), options=job.options, limits=job.limits)
    except Invalid as exc:
        return _answer([one.wire() for one in exc.problems], REFUSED)
    except MemoryError:
        refused = refuse_file("too_large_file", reason="it needs more memory than is allowed")
        return _answer([one.wire() for one in refused.problems], REFUSED)
    return _answer(summary.wire(), 0)


def _answer(wire: Any, code: int) -> int:
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(json.dumps(wire))
        sys.stdout.flush()
    return code


if __name__ == "__main__":
    sys.exit(main())
