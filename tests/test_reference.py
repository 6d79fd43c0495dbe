"""The reference names all that there is and nothing else, and what it shows loads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import pytest
from reference_facts import commands, keys, made_in, variables

from kartotek import errors
from kartotek.api import errors as api_errors
from kartotek.api.parameters import LIST
from kartotek.api.routes import ROUTES
from kartotek.cli import parser
from kartotek.commands.folder import STARTER
from kartotek.declaration.load import Loaded, load
from kartotek.declaration.metafiles import MESSAGE, RECORD, SITE, WORKFLOW, metaschema
from kartotek.declaration.unbuilt import UNBUILT
from kartotek.formula.error import Code
from kartotek.kinds.registry import KINDS
from kartotek.model.field import Field
from kartotek.model.messages import MESSAGES
from kartotek.model.outcomes import OUTCOMES
from kartotek.model.query import DEFAULT_LIMIT, MAX_LIMIT, Operator

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = (ROOT / "platform" / "REFERENCE.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
META: Mapping[str, Any] = metaschema(RECORD)
WORKFLOW_META: Mapping[str, Any] = metaschema(WORKFLOW)
SITE_META: Mapping[str, Any] = metaschema(SITE)

# Errors that end a command and never become an answer.
_OF_COMMANDS = frozenset({"error", "declaration_invalid", "setup_invalid"})


def _rows(head: str, nth: int = 0) -> list[list[str]]:
    """The cells of the table that has this head, the nth of several."""
    heads = re.finditer(rf"^\| {re.escape(head)} \|\n\|[-|]+\|\n", REFERENCE, re.MULTILINE)
    start = [match.end() for match in heads][nth]
    lines = REFERENCE[start:].split("\n\n", 1)[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("|")]


def _spans(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def _first(head: str, nth: int = 0) -> list[str]:
    """All code spans of a table's first column; `<type>.` and the like stands for any key and is left out."""
    return [re.sub(r"<\w+>\.", "", span) for row in _rows(head, nth) for span in _spans(row[0])]


def _same(told: Sequence[str], real: Iterable[str]) -> None:
    expected = set(real)
    missing, invented = sorted(expected - set(told)), sorted(set(told) - expected)
    assert (missing, invented) == ([], []), f"not in the reference: {missing}; in the reference alone: {invented}"
    assert len(told) == len(set(told)), "the reference names something twice"


# Declarations


def test_every_key_of_the_site_is_told() -> None:
    _same(_first("key | means | without it"), keys(SITE_META, SITE_META))


def test_every_key_of_the_file_is_told() -> None:
    _same(_first("key | means", 0), list(META["properties"]))


def test_every_key_of_a_field_is_told() -> None:
    _same(_first("key | means", 1), keys(META, META["$defs"]["field"]))


def test_every_key_of_x_i18n_is_told() -> None:
    _same(_first("key | means", 2), list(META["$defs"]["i18n"]["additionalProperties"]["properties"]))


def test_every_key_of_x_field_is_told() -> None:
    _same(_first("key | means", 3), keys(META, META["$defs"]["xfield"]))


def test_every_key_of_x_record_is_told() -> None:
    _same(_first("key | means", 4), keys(META, META["$defs"]["record"]))


def test_every_key_of_a_message_is_told() -> None:
    _same(_first("key of a message | means"), list(metaschema(MESSAGE)["properties"]))


@pytest.mark.parametrize(("key", "definition"), [("format", "field"), ("widget", "xfield"), ("onDelete", "xfield")])
def test_every_allowed_value_is_told(key: str, definition: str) -> None:
    (row,) = [row for nth in (1, 3) for row in _rows("key | means", nth) if row[0] == f"`{key}`"]
    assert set(META["$defs"][definition]["properties"][key]["enum"]) <= set(_spans(row[1]))


@pytest.mark.parametrize("definition", ["state", "transition", "effect", "schedule", "clock"])
def test_every_key_of_a_workflow_is_told(definition: str) -> None:
    _same(_first("key of a workflow | means"), list(WORKFLOW_META["properties"]))
    article = "an" if definition == "effect" else "a"
    found = keys(WORKFLOW_META, WORKFLOW_META["definitions"][definition])
    _same(_first(f"key of {article} {definition} | means"), [one for one in found if ".do." not in one and not one.startswith("do.")])


def test_every_kind_is_told_with_its_operators() -> None:
    groups = {row[0]: tuple(_spans(row[1])) for row in _rows("operators | are")}
    told = {_spans(row[0])[0]: groups[row[4]] for row in _rows("kind | declared by | wire | control | operators")}
    fields = {name: Field(name="f", kind=name, column="f", title="F") for name in KINDS}
    assert told == {name: kind.operators(fields[name]) for name, kind in KINDS.items()}


def test_what_is_not_supported_yet_is_told() -> None:
    places = ("Record type", "Field", "x-field", "x-record")
    told = {place: set(_spans(row[1])) - {"x-record"} for place, row in zip(places, _rows("in | keys"), strict=True)}
    assert told == {place: set(keys) for place, keys in UNBUILT.items()}


def test_every_problem_of_declarations_is_told() -> None:
    codes = {f"formula_{code}" for code in get_args(Code) if code != "not_in_sql"}  # a database's word, not a check's
    codes |= made_in("declaration") | {"setting", "waits_for_plan", "policy", "policy_value"}
    _same([code for row in _rows("code | means") for code in _spans(row[0])], sorted(codes))


# The API


def test_every_route_is_told() -> None:
    names = {"type_name": "type", "record": "id"}
    real = [
        f"{method} " + re.sub(r"<(\w+)>", lambda part: f"<{names.get(part[1], part[1])}>", route.path)
        for route in ROUTES for method in route.views
    ]  # fmt: skip
    _same([" ".join(_spans(row[0]) + _spans(row[1])) for row in _rows("method | path | does")], real)


def test_every_parameter_of_a_list_is_told() -> None:
    _same(_first("parameter | means"), LIST)
    assert f"1 to {MAX_LIMIT}, {DEFAULT_LIMIT} without it" in REFERENCE


def test_every_operator_is_told() -> None:
    _same(_first("operator | holds where the value"), get_args(Operator))


def test_every_error_is_told_with_its_status() -> None:
    told = {_spans(row[0])[0]: row[1] for row in _rows("code | status | means", 0)}
    real = {code: str(status) for status, code in api_errors._CODES.items()}
    real |= {"unexpected": "500", "http": "any other"}
    real |= {error.code: str(status) for error, status in api_errors.STATUS.items()}
    assert told == real


def test_every_code_of_an_error_is_told() -> None:
    known = [one for one in vars(errors).values() if isinstance(one, type)]
    classes = [one for one in known if issubclass(one, errors.KartotekError)]
    assert {one.code for one in classes} - set(_first("code | status | means", 0)) == _OF_COMMANDS
    assert all(f"`{code}`" in REFERENCE for code in _OF_COMMANDS)


def test_every_problem_of_values_is_told() -> None:
    made = made_in("api", "engine", "rules", "web", "kinds", "identity.py") - {"setting", "waits_for_plan", "policy", "policy_value"}
    _same(_first("code | status | means", 1), sorted(made | set(MESSAGES)))


def test_statuses_are_those_that_the_api_gives() -> None:
    known = {str(status) for status in api_errors.STATUS.values()}
    assert {one for row in _rows("code | status | means", 1) for one in row[1].split(", ")} <= known


def test_every_outcome_of_a_message_is_told() -> None:
    _same(_first("outcome | means"), OUTCOMES)


# Commands


def test_every_command_is_told_with_its_options() -> None:
    rows = [[_spans(cell) for cell in row] for row in _rows("command | options | does")]
    told = {re.sub(r"( [A-Z]+)+$", "", row[0][0]): set(row[1]) for row in rows}
    everywhere = {"-h", "--help", "--site"}
    real = {
        name: {option for action in one._actions for option in action.option_strings} - everywhere
        for name, one in commands(parser())
    }
    assert told == real


def test_every_variable_is_told() -> None:
    _same(_first("variable | means"), sorted(variables()))


# Examples


def _fences(text: str, language: str) -> list[tuple[str, str]]:
    """(the type named in the line before, or "", the content) of each fenced block."""
    found = re.findall(rf"(?:^|\n)([^\n]*)\n+```{language}\n(.*?)```", text, re.DOTALL)
    return [("".join(re.findall(r"`schemas/(\w+)\.json`", before)[:1]), block) for before, block in found]


def _loads(documents: Mapping[str, str]) -> None:
    loaded: Loaded = load(documents)
    assert ([one for one in loaded.problems if one.severity != "note"], loaded.catalog is not None) == ([], True)


def _types() -> dict[str, str]:
    return {f"schemas/{name}.json": block for name, block in _fences(REFERENCE, "json") if name}


def test_types_of_the_reference_load() -> None:
    site = _fences(REFERENCE, "yaml")[0][1]
    (workflow,) = [block for _, block in _fences(REFERENCE, "yaml") if "\ntransitions:" in block]
    assert len(_types()) == 2
    _loads({"site.yaml": site, **_types()})
    _loads({"site.yaml": site, **_types(), "workflows/order.yaml": workflow})


def _link(target: str) -> dict[str, Any]:
    return {"type": "integer", "title": "Link", "x-field": {"references": target}}


_MOMENT = {"type": "string", "format": "date-time", "title": "Moment"}
_TAKING = {"title": "Example", "type": "object", "properties": {
    "place": _link("place"), "helper": _link("user"), "starts_at": _MOMENT, "ends_at": _MOMENT}}  # fmt: skip
_BESIDE = {
    "schemas/place.json": json.dumps({"title": "Place", "type": "object", "x-record": {}, "properties": {
        "room": {"type": "integer", "title": "Room"}}}),
    "schemas/shift.json": json.dumps({"title": "Shift", "type": "object", "properties": {
        "who": _link("user"), "starts_at": _MOMENT, "ends_at": _MOMENT},
        "x-record": {"calendar": {"of": "who", "start": "starts_at", "end": "ends_at"}}}),
}  # fmt: skip


@pytest.mark.parametrize("block", [block for name, block in _fences(REFERENCE, "json") if not name])
def test_fields_of_the_reference_load(block: str) -> None:
    site = _fences(REFERENCE, "yaml")[0][1]
    shown = json.loads(block)
    if shown.keys() <= META["$defs"]["record"]["properties"].keys():  # not fields, but what stands under x-record
        declared, beside = {**_TAKING, "x-record": shown}, _BESIDE
    elif "$schema" in shown:
        declared, beside = shown, {}
    else:
        declared, beside = {"title": "Example", "type": "object", "properties": shown, "x-record": {}}, {}
    _loads({"site.yaml": site, **_types(), "schemas/example.json": json.dumps(declared), **beside})


def test_types_of_the_readme_load() -> None:
    person = json.loads((STARTER / "schemas" / "person.json").read_text(encoding="utf-8"))
    del person["properties"]["open_tasks"]  # the README's type has another inverse list
    person["x-record"]["list"].remove("open_tasks")
    shown = {f"schemas/{name or 'example'}.json": block for name, block in _fences(README, "json")}
    assert shown
    site = (STARTER / "site.yaml").read_text(encoding="utf-8")
    _loads({"site.yaml": site, "schemas/person.json": json.dumps(person), **shown})


def test_sites_of_the_readme_load() -> None:
    for _, site in _fences(README, "yaml"):
        if "\ntransitions:" not in site:  # a workflow is no site; tests/test_readme.py loads it
            _loads({"site.yaml": site})


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)]+)\)", REFERENCE))
def test_links_lead_somewhere(target: str) -> None:
    path, _, anchor = target.partition("#")
    assert not path or (ROOT / "platform" / path).is_file()
    titles = re.findall(r"^#+ (.+)$", REFERENCE, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
    assert not anchor or anchor in anchors
