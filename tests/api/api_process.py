"""What a server process of the tests runs: the API over the database that the environment names."""

from __future__ import annotations

import os
from pathlib import Path

from api_served import application
from flask import Flask

from kartotek.engine.engine import Engine
from kartotek.storage.database import Database


def app() -> Flask:
    """The application of one process."""
    return application(
        Engine(Database.open(os.environ["TEST_URL"]), files=Path(os.environ["TEST_FILES"]), secret=b"s" * 32)
    )
