"""Modules: those of the commands, each loaded when something of it is asked for, so that no command waits for the others' libraries."""

from __future__ import annotations

import importlib
from typing import Any


class Module:
    """Stands for a module of this package. The one place that imports by name: tests/test_architecture.py holds the names."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __getattr__(self, member: str) -> Any:
        return getattr(importlib.import_module(f"kartotek.commands.{self.name}"), member)


access = Module("access")
accounts = Module("accounts")
applying = Module("applying")
audit = Module("audit")
changing = Module("changing")
backups = Module("backups")
checking = Module("checking")
comparing = Module("comparing")
copying = Module("copying")
doors = Module("doors")
folder = Module("folder")
importing = Module("importing")
keys = Module("keys")
people = Module("people")
processes = Module("processes")
replaying = Module("replaying")
restoring = Module("restoring")
running = Module("running")
searching = Module("searching")
simulating = Module("simulating")
verifying = Module("verifying")
versions = Module("versions")
