"""What pip would install: a wheel with all that a site needs, and nothing that shadows the standard library."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that nothing is left in the tree."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copy(ROOT / "site.yaml", folder)
    for name in ("schemas", "workflows", "templates"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copytree(ROOT / "platform", folder / "platform", ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"))
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--disable-pip-version-check",
        "--wheel-dir",
        "dist",
        ".",
    ]
    subprocess.run(command, cwd=folder, check=True, timeout=240)
    (built,) = (folder / "dist").glob("*.whl")
    return built


def test_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    source = ROOT / "platform"
    wanted = {
        path.relative_to(source).as_posix()
        for path in (source / "kartotek").rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and path.suffix not in {".pyc", ".sh"}  # a script for developers
        and not path.name.startswith(".")
    }
    held = set(zipfile.ZipFile(wheel).namelist())
    assert not wanted - held
    assert "__init__.py" not in held


def test_a_site_made_by_the_wheel_checks(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    for arguments in (["new", "mine"], ["check", "--site", "mine"]):
        command = [sys.executable, "-m", "kartotek", *arguments]
        ended = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
    assert (tmp_path / "mine" / "meta" / "site.v1.json").is_file()


def test_the_wheel_brings_the_template_along(wheel: Path, tmp_path: Path) -> None:
    """Wherever pip puts it: here beside the package, as --target does."""
    target = tmp_path / "installed"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check",
               "--no-compile", "--target", target, wheel]
    subprocess.run(command, check=True, timeout=120)
    shipped = target / "share" / "kartotek" / "beauty-salon"
    declared = [path for name in ("schemas", "workflows", "templates/messages", "templates/sample") for path in (ROOT / name).iterdir()]
    wanted = {path.relative_to(ROOT).as_posix() for path in declared if path.suffix in {".json", ".yaml", ".jsonl"}} | {"site.yaml"}
    assert {path.relative_to(shipped).as_posix() for path in shipped.rglob("*") if path.is_file()} == wanted
    environment = {**os.environ, "PYTHONPATH": str(target)}
    ends = {}
    for arguments in (["new", "lily", "--extends", "beauty-salon"], ["check", "--site", "lily"], ["new", "rose", "--extends", "lily"]):
        command = [sys.executable, "-P", "-m", "kartotek", *arguments]
        ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False)
        ends[arguments[0] + arguments[1]] = (ended.returncode, ended.stdout + ended.stderr)
    assert [status for status, _ in ends.values()] == [0, 0, 1], ends
    assert "17 record types, no problems." in ends["check--site"][1]
    assert "There is 'beauty-salon'." in ends["newrose"][1]
