"""What a dry run and an import say at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_MOST_COLUMNS = 60


def report_lines(found: Mapping[str, Any], problems: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What was read, by which rules, and what is wrong."""
    summary, counts = found["summary"], found["counts"]
    for one in summary.get("problems", ()):
        yield f"{one['path'].lstrip('/') or 'file'}: {one['message']}"
    if found["status"] in ("prepared", "refused"):
        yield from _columns(summary.get("columns", ()))
        for one in (*summary.get("rules", ()), *summary.get("notes", ())):
            yield f"  {one['column'] or '*':>3}  {one['message']}" + (f" ({one['count']} ×)" if one["count"] else "")
        for one in summary.get("skipped", ()):
            yield f"Skipped {one['count']}: {one['message']}"
    for row in problems:
        for one in row["problems"]:
            value = f" {one['value']!r}" if one["value"] else ""
            yield f"  {one['cell'] or 'row ' + str(row['row'])}{value}: {one['message']}"
    bad = counts.get("bad", 0) + counts.get("committed", {}).get("refused", 0)
    if bad > len(problems):
        yield f"  … and {bad - len(problems)} more rows: see them all with --errors FILE."


def status_line(found: Mapping[str, Any]) -> str:
    """How it stands, in one line."""
    counts, id = found["counts"], found["id"]
    if found["status"] == "refused":
        return "Nothing can be imported like this."
    if found["status"] == "prepared":
        return (
            f"{counts['seen']} rows: {counts['good']} good ({counts['created']} new, {counts['updated']} changed, "
            f"{counts['unchanged']} as they are), {counts['bad']} bad, {counts['skipped']} skipped. Nothing was written. "
            f"Take them in with --commit, or this dry run with: kartotek import --resume {id}"
        )
    if found["status"] == "stopped":
        return f"Import {id} has stopped: {found['error']['message']} Go on with: kartotek import --resume {id}"
    if found["status"] == "undone":
        done = counts.get("undone", {})
        return f"Import {id} is undone: {done.get('undone', 0)} taken back, {done.get('left', 0)} left."
    done = counts.get("committed", {})
    return (
        f"Import {id} is {found['status']}: {done.get('created', 0)} new, {done.get('updated', 0)} changed, "
        f"{done.get('unchanged', 0)} as they were, {counts.get('bad', 0) + done.get('refused', 0)} not taken in. "
        f"Take it back with: kartotek import --undo {id}"
    )


def _columns(columns: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for one in columns[:_MOST_COLUMNS]:
        goes = f"→ {one['field']} (by {one['how']})" if one["field"] else f"is left out ({one['reason'] or 'unknown'})"
        yield f"  {one['letter']:>3}  {one['header'] or '(no header)'} {goes}"
