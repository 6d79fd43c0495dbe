"""What the README shows is true: its commands exist, its declaration loads, its variables are read."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kartotek.cli import parser
from kartotek.commands.folder import STARTER
from kartotek.declaration.load import load

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _commands(made: argparse.ArgumentParser, before: str = "") -> Iterator[str]:
    for action in made._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, one in action.choices.items():
                yield from _commands(one, f"{before} {name}")
            return
    yield before.strip()


def _verbs(line: str) -> list[str]:
    """The commands that a line of the table is about: those with something in common share one."""
    found = re.match(r"\| `kartotek ((?:[\w-]+\\\|)*[\w-]+)", line)
    return found[1].split("\\|") if found else []


@pytest.mark.parametrize("command", list(_commands(parser())))
def test_every_command_is_in_the_readme(command: str) -> None:
    verb, _, rest = command.partition(" ")
    (line,) = [line for line in README.splitlines() if verb in _verbs(line)]
    assert rest in line


def test_declaration_of_the_readme_loads() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    person = json.loads((STARTER / "schemas" / "person.json").read_text(encoding="utf-8"))
    del person["properties"]["open_tasks"]
    person["x-record"]["list"].remove("open_tasks")
    documents = {
        "site.yaml": (STARTER / "site.yaml").read_text(encoding="utf-8"),
        "schemas/person.json": json.dumps(person),
        "schemas/task.json": block,
    }
    loaded = load(documents)
    assert (loaded.problems, loaded.catalog is not None) == ((), True)
    assert len(block.splitlines()) <= 21
    (process,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    message = "record: task\nbody: {en: \"{record.title} was dropped.\", zh: \"{record.title} 已放弃。\"}\n"
    loaded = load(documents | {"workflows/task.yaml": process, "templates/messages/task_dropped.yaml": message})
    assert (loaded.problems, loaded.catalog is not None) == ((), True)


@pytest.mark.parametrize("variable", re.findall(r"^\| `(KARTOTEK_\w+)", README, re.MULTILINE))
def test_variables_of_the_readme_are_read(variable: str) -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "platform" / "kartotek").rglob("*.py")]
    assert any(f'"{variable}"' in source for source in sources)


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)#:]+)\)", README))
def test_links_of_the_readme_lead_somewhere(path: str) -> None:
    assert (ROOT / path).is_file()
