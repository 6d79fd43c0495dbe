"""The command check: every problem of a site's declarations."""

from __future__ import annotations

import argparse

from kartotek.commands.modules import replaying
from kartotek.commands.terminal import OK, PROBLEMS, say
from kartotek.declaration import report
from kartotek.declaration.files import SETTINGS, read_folder
from kartotek.engine.policies import judged
from kartotek.errors import SetupInvalid


def check(options: argparse.Namespace) -> int:
    """All problems of the declarations at once. Touches no database but to replay its histories, and that only reads."""
    if not options.site.is_dir():
        raise SetupInvalid(f"There is no folder {options.site}.")
    if not (options.site / SETTINGS).is_file():
        raise SetupInvalid(f"{options.site} is not a site: it has no {SETTINGS}.")
    loaded = judged(read_folder(options.site), notes=True)
    if options.format == "json":
        # Whoever asked for a replay gets its outcome, and the problems only where they keep it from being made.
        if not options.replay or loaded.catalog is None:
            say(report.as_json(loaded.problems))
    elif loaded.problems:
        say(report.text(loaded.problems))
    errors = sum(1 for one in loaded.problems if one.severity == "error")
    if options.replay and loaded.catalog is not None and not errors:
        return int(replaying.replay_all(options, loaded.catalog))
    if options.format == "text":
        types = [one for one in loaded.catalog.types.values() if not one.builtin] if loaded.catalog is not None else []
        say(f"{errors} problem{'' if errors == 1 else 's'}." if errors else f"{len(types)} record types, no problems.")
    return PROBLEMS if errors or loaded.catalog is None else OK
