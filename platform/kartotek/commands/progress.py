"""How far a long piece of work is, told while it runs: where a person sits, and where a log is kept."""

from __future__ import annotations

import sys

from kartotek.model.plan import Progress

_BAR = 30  # characters
_LARGE = 5000  # records


class ProgressLine:
    """A line that is written over on a terminal; elsewhere a line for each tenth of what is large."""

    def __init__(self) -> None:
        self._told: tuple[str, int] = ("", 0)
        self._open = False

    def __call__(self, now: Progress) -> None:
        share = min(now.done / now.total, 1) if now.total else 0
        if sys.stderr.isatty():
            self._draw(now, share)
        elif now.total >= _LARGE and (now.step, int(share * 10)) > self._told:
            self._told = (now.step, int(share * 10))
            print(f"{now.step.rstrip('.')}: {now.done:,} of {now.total:,} records", file=sys.stderr, flush=True)

    def _draw(self, now: Progress, share: float) -> None:
        bar = "=" * round(share * _BAR)
        counts = f"{share:4.0%}  {now.done:,} of {now.total:,}" if now.total else ""
        print(f"\r\033[K[{bar:<{_BAR}}] {counts}  {now.step[:60]}", end="", file=sys.stderr, flush=True)
        self._open = True

    def end(self) -> None:
        """Leaves the line free for what comes next."""
        if self._open:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
        self._open = False
