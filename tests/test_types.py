"""The inner layers are checked by mypy --strict, as setup.cfg asks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STRICT = ("model", "kinds", "rules", "errors.py")


def test_inner_layers_pass_mypy_strict() -> None:
    paths = [f"platform/kartotek/{name}" for name in STRICT]
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--follow-imports=silent",
        "--cache-dir",
        ".mypy_cache",
        *paths,
    ]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
