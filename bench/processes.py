"""The processes of a server: the time they have used, the memory they hold, and their end."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

_TICK = os.sysconf("SC_CLK_TCK")
_LINUX = sys.platform == "linux"


def cpu_seconds(root: int) -> float:
    """What the process and all below it have used, in user and system mode. A child that ended does not count any more."""
    if not _LINUX:
        return sum(_ps_seconds(pid) for pid in family(root))
    used = 0
    for pid in family(root):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        used += int(fields[11]) + int(fields[12])
    return used / _TICK


def family(root: int) -> list[int]:
    """The process and all below it."""
    children: dict[int, list[int]] = {}
    for pid, parent in _parents():
        children.setdefault(parent, []).append(pid)
    found = [root]
    for pid in found:
        found += children.get(pid, ())
    return found


def memory_mib(root: int) -> float | None:
    """The proportional set size of the process and all below it: shared pages count once. None where nobody tells it."""
    if not _LINUX:
        return None
    kib = 0
    for pid in family(root):
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except (FileNotFoundError, PermissionError):
            return None
        kib += int(re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)[1])  # type: ignore[index]
    return kib / 1024


def pace() -> float:
    """Milliseconds of CPU that a plain loop takes now: half the clock's speed, or a core that is shared, doubles it."""
    found = []
    for _ in range(40):
        began = time.thread_time()
        sum(one * one for one in range(10_000))
        found.append((time.thread_time() - began) * 1000)
    return median(found)


def machine() -> str:
    """Cores and memory, and no more of whose machine it is."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB memory, {sys.platform}"


def _parents() -> Iterator[tuple[int, int]]:
    if not _LINUX:
        listed = subprocess.run(["ps", "-axo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        yield from ((int(one), int(two)) for one, two in (line.split() for line in listed.splitlines()))
        return
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            yield int(folder.name), int(fields[1])


def _ps_seconds(pid: int) -> float:
    """`ps` writes [days-][hours:]minutes:seconds.hundredths."""
    text = subprocess.run(["ps", "-o", "time=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout.strip()
    days, _, rest = text.rpartition("-")
    seconds = 0.0
    for part in (rest or "0").split(":"):
        seconds = seconds * 60 + float(part)
    return seconds + int(days or 0) * 86400
