"""What the guide for owners shows is true: its files load, its fragments fit in, its commands print what stands there."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from neutral_site import SITE

from kartotek.cli import main
from kartotek.declaration.load import Loaded, load
from kartotek.declaration.reading import read
from kartotek.migration.steps import steps

GUIDE = (Path(__file__).resolve().parent.parent / "platform" / "WORKFLOWS.md").read_text(encoding="utf-8")
FILES: Mapping[str, str] = dict(re.findall(r"^`([\w/]+\.\w+)`:\n\n```\w+\n(.*?)```", GUIDE, re.DOTALL | re.MULTILINE))
FRAGMENTS: list[tuple[str, str]] = re.findall(r"^In `([\w/]+\.\w+)`:\n\n```yaml\n(.*?)```", GUIDE, re.DOTALL | re.MULTILINE)
CONSOLES: list[tuple[str, str]] = re.findall(r"```console\n\$ kartotek (.*?)\n(.*?)```", GUIDE, re.DOTALL)
WORKFLOW = "workflows/repair.yaml"
EFFECTS: list[str] = re.findall(r"^\| .* \| `(- .*?)`", GUIDE, re.MULTILINE)


def plain(text: str) -> Any:
    """What a YAML text says, as a site's files are read."""
    document, problems = read("workflows/x.yaml", text)
    assert document is not None, problems
    return json.loads(json.dumps(document.value))


def merged(whole: Any, part: Any) -> Any:
    """`whole` with what `part` says, mappings within mappings."""
    if not isinstance(whole, dict) or not isinstance(part, dict):
        return part
    return whole | {key: merged(whole.get(key), value) for key, value in part.items()}


def _renamed(workflow: dict[str, Any]) -> dict[str, Any]:
    """The workflow without the state whose name has become an alias, which all else says by its new one."""
    former = {alias: name for name, one in workflow["states"].items() for alias in one.get("aliases", ())}
    workflow["states"] = {name: one for name, one in workflow["states"].items() if name not in former}
    for one in (*workflow["transitions"].values(), *workflow.get("clocks", {}).values()):
        for key in {"from", "to", "states"} & one.keys():
            several = isinstance(one[key], list)
            one[key] = [former.get(name, name) for name in one[key]] if several else former.get(one[key], one[key])
    return workflow


def documents(count: int = 2) -> dict[str, str]:
    """The guide's site, in UTC, with so many of its fragments put in."""
    workflow = plain(FILES[WORKFLOW])
    for path, fragment in FRAGMENTS[:count]:
        assert path == WORKFLOW
        workflow = _renamed(merged(workflow, plain(fragment)))
    site = SITE.replace("Asia/Shanghai", "UTC") + "endpoints: {accounting: {url: 'https://example.org/in', secret: accounting}}\n"
    return {**FILES, "site.yaml": site, WORKFLOW: json.dumps(workflow)}


def loaded(texts: Mapping[str, str]) -> Loaded:
    found = load(texts)
    assert found.catalog is not None, [f"{one.place}: {one.message}" for one in found.problems]
    return found


@pytest.mark.parametrize("count", range(len(FRAGMENTS) + 1))
def test_the_files_load_with_each_fragment(count: int) -> None:
    assert not [one for one in loaded(documents(count)).problems if one.severity != "note"]


@pytest.mark.parametrize("effect", EFFECTS)
def test_each_effect_of_the_table_is_one(effect: str) -> None:
    texts = documents()
    workflow = plain(texts[WORKFLOW])
    workflow["transitions"]["finish"]["do"] = plain(f"do:\n  {effect}")["do"]
    loaded(texts | {WORKFLOW: json.dumps(workflow)})


@pytest.mark.parametrize(("call", "output"), CONSOLES)
def test_each_command_prints_what_stands_there(
    call: str, output: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in documents().items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    status = main([*shlex.split(call), "--site", str(tmp_path)])
    assert capsys.readouterr().out == output
    assert status == int("refused" in output)


def test_the_last_fragment_renames_and_goes_live_by_itself() -> None:
    before, after = loaded(documents()).catalog, loaded(documents(3)).catalog
    assert before is not None and after is not None
    found = steps(before, after, {"repair": {"in_work": 2, "asked": 1}})
    assert {one.verdict for one in found} == {"safe"}
    assert "repair: 2 records go from in_work to working." in [one.words for one in found]


def test_the_guide_shows_every_sort_of_example() -> None:
    assert (len(FILES), len(FRAGMENTS), len(CONSOLES), len(EFFECTS)) == (5, 3, 2, 6)
