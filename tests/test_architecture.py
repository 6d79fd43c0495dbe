"""The laws of the source tree: who may import whom, where SQL stands, and which words the engine does not know."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "platform"
PACKAGE = SOURCE / "kartotek"

_INTERFACE = frozenset({"engine", "model", "kinds", "formula", "errors"})
_COMPOSITION = _INTERFACE | {"declaration", "rules", "sheets", "storage", "migration", "api", "web", "jobs", "identity"}

# What the files of each part may import from the others. It is the design, not a record of what happens to be there.
MAY_IMPORT: Mapping[str, frozenset[str]] = {
    "model": frozenset(),
    "errors": frozenset({"model"}),
    "kinds": frozenset({"model", "errors"}),
    "formula": frozenset({"model", "errors"}),
    "declaration": frozenset({"model", "errors", "kinds", "formula"}),
    "rules": frozenset({"model", "errors", "kinds", "formula"}),
    "sheets": frozenset({"model", "errors", "kinds"}),
    "storage": frozenset({"model", "errors", "kinds", "formula"}),
    "migration": frozenset({"model", "errors", "kinds", "formula", "storage"}),
    "engine": frozenset({"model", "errors", "kinds", "formula", "declaration", "rules", "sheets", "storage", "migration"}),
    "api": _INTERFACE,
    "web": _INTERFACE | {"identity"},
    "jobs": _INTERFACE,
    "identity": _INTERFACE,
    "sample": frozenset({"engine", "model", "errors"}),
    "site": _COMPOSITION | {"sample"},
    "app": _COMPOSITION | {"site"},
    "server": _COMPOSITION | {"site", "app"},
    "commands": _COMPOSITION | {"site", "app", "server", "sample"},
    "cli": _COMPOSITION | {"commands"},
    "__main__": frozenset({"cli"}),
    "__init__": frozenset(),
}

# Libraries that a part must do without; the model and the errors have the standard library alone.
_FRAMEWORKS = frozenset({"flask", "flask_appbuilder", "flask_login", "flask_wtf", "werkzeug", "gunicorn", "sqlalchemy"})
_DATABASES = frozenset({"peewee", "playhouse", "psycopg", "sqlite3"})
FORBIDDEN_LIBRARIES: Mapping[str, frozenset[str]] = {
    "kinds": _FRAMEWORKS | _DATABASES,
    "formula": _FRAMEWORKS | _DATABASES,
    "declaration": _FRAMEWORKS | _DATABASES,
    "rules": _FRAMEWORKS | _DATABASES | {"datetime.now", "time", "random", "secrets"},
    "sheets": _FRAMEWORKS | _DATABASES,
    "storage": _FRAMEWORKS | {"marshmallow", "jsonschema"},
    "migration": _FRAMEWORKS | {"marshmallow", "jsonschema"},
    "engine": _FRAMEWORKS,
    "jobs": _FRAMEWORKS | _DATABASES,
    "api": frozenset({"flask_appbuilder", "flask_login", "gunicorn", "sqlalchemy"}) | _DATABASES,
}
STANDARD_LIBRARY_ONLY = frozenset({"model", "errors"})

# Who may open connections: one client for HTTP, one for mail, what both look names up with, and the server's listener.
OUTBOUND = frozenset({
    "socket", "ssl", "http", "urllib3", "requests", "httpx", "aiohttp", "smtplib", "imaplib", "poplib", "ftplib", "telnetlib",
    "xmlrpc", "asyncio", "pycurl",
})  # fmt: skip
MAY_CONNECT: Mapping[str, frozenset[str]] = {
    "jobs/http.py": frozenset({"http", "ssl", "urllib3"}),
    "jobs/smtp.py": frozenset({"smtplib", "socket", "ssl"}),
    "jobs/reaching.py": frozenset({"socket"}),
    "jobs/watchdog.py": frozenset({"socket"}),
    "server.py": frozenset({"socket", "ssl"}),
}

# Where a text may reach a page unescaped: each has been sanitised or built by us, for the reason given.
SAFE_ALLOWED: Mapping[str, str] = {
    "web/templates/kinds/markdown.html": "the markdown kind renders through nh3",
}

TRADE_WORDS = re.compile(
    r"\b(salons?|beauty|beautician|stylist|customers?|bookings?|treatments?|patients?|allerg\w*|spa)\b", re.IGNORECASE
)
VENDOR = re.compile(r"/(vendor|node_modules)/")
MAX_LINES = 300
MAX_ARGUMENTS = 4
SQL_STATEMENT = re.compile(
    r"^\s*(SELECT\s.+\sFROM\s|INSERT\s+INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s"
    r"|CREATE\s+(UNIQUE\s+)?(TABLE|INDEX)\s|ALTER\s+TABLE\s|PRAGMA\s)",
    re.DOTALL,
)


def _files(*endings: str) -> list[Path]:
    found = [path for ending in endings for path in PACKAGE.rglob(f"*{ending}")]
    return sorted(path for path in found if not VENDOR.search(str(path)))


PYTHON = _files(".py")
TREES = {path: ast.parse(path.read_text(encoding="utf-8"), str(path)) for path in PYTHON}


def _name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def _part(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def _imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Dotted names of all that is imported, each with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def _parts_imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for name, line in _imported(tree):
        first, *rest = name.split(".")
        if first == "kartotek" and rest:
            yield rest[0], line


def test_platform_is_not_a_package() -> None:
    assert not (SOURCE / "__init__.py").exists(), "platform/__init__.py would shadow the standard library's platform"


def test_every_part_stands_in_the_table() -> None:
    parts = {_part(path) for path in PYTHON}
    assert parts <= set(MAY_IMPORT)


def test_imports_point_down_only() -> None:
    wrong = [
        f"{_name(path)}:{line} imports {part}"
        for path, tree in TREES.items()
        for part, line in _parts_imported(tree)
        if part != _part(path) and part not in MAY_IMPORT[_part(path)] and not part.startswith("__version__")
    ]
    assert not wrong, "\n".join(wrong)


def test_no_relative_imports() -> None:
    wrong = [
        f"{_name(path)}:{node.lineno}"
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not wrong, wrong


def test_no_import_stands_inside_a_function() -> None:
    wrong = [
        f"{_name(path)}:{inner.lineno}"
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert not wrong, wrong


def test_modules_are_imported_by_name_for_commands_alone() -> None:
    """A command loads what it needs when it is called; nothing else hides from the table above what it imports."""
    place = PACKAGE / "commands" / "modules.py"
    using = [_name(path) for path, tree in TREES.items() for name, _ in _imported(tree) if name.split(".")[0] == "importlib"]
    assert using == ["commands/modules.py"]
    stood_for = set(re.findall(r'Module\("(\w+)"\)', place.read_text(encoding="utf-8")))
    assert stood_for <= {path.stem for path in place.parent.glob("*.py")}


def test_inner_layers_do_without_frameworks_and_databases() -> None:
    wrong = [
        f"{_name(path)}:{line} imports {name}"
        for path, tree in TREES.items()
        for name, line in _imported(tree)
        if name.split(".")[0] in FORBIDDEN_LIBRARIES.get(_part(path), frozenset())
    ]
    assert not wrong, "\n".join(wrong)


def test_one_client_calls_out_and_nobody_else() -> None:
    """What else could connect would pass by the judgement of addresses in jobs/reaching.py."""
    wrong = [
        f"{_name(path)}:{line} imports {name}"
        for path, tree in TREES.items()
        for name, line in _imported(tree)
        if (name.split(".")[0] in OUTBOUND or name.startswith("urllib.request"))
        and not name.startswith("http.HTTPStatus")
        and name.split(".")[0] not in MAY_CONNECT.get(_name(path), frozenset())
    ]
    assert not wrong, "\n".join(wrong)


def test_model_and_errors_use_the_standard_library_alone() -> None:
    allowed = {
        "__future__",
        "abc",
        "collections",
        "contextlib",
        "dataclasses",
        "datetime",
        "decimal",
        "enum",
        "functools",
        "graphlib",
        "hashlib",
        "itertools",
        "json",
        "re",
        "types",
        "typing",
        "zoneinfo",
        "kartotek",
    }
    wrong = [
        f"{_name(path)}:{line} imports {name}"
        for path, tree in TREES.items()
        if _part(path) in STANDARD_LIBRARY_ONLY
        for name, line in _imported(tree)
        if name.split(".")[0] not in allowed
    ]
    assert not wrong, wrong


def test_rules_read_no_clock() -> None:
    wrong = [
        f"{_name(path)}:{node.lineno}"
        for path, tree in TREES.items()
        if _part(path) in {"rules", "kinds", "formula", "model"}
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}
        if isinstance(node.value, ast.Name) and node.value.id in {"datetime", "date"}
    ]
    assert not wrong, wrong


def test_every_file_says_on_line_one_what_it_is_for() -> None:
    wrong = [
        _name(path)
        for path in PYTHON
        if not path.read_text(encoding="utf-8").startswith('"""') or len(ast.get_docstring(TREES[path]) or "") < 10
    ]
    assert not wrong, wrong


def test_no_file_is_too_long() -> None:
    files = [*PYTHON, *_files(".html"), *(path for path in _files(".js") if "vendor" not in path.parts)]
    wrong = [
        f"{_name(path)}: {count}"
        for path in files
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > MAX_LINES
    ]
    assert not wrong, wrong


def test_packages_hold_no_logic() -> None:
    wrong = [
        _name(path)
        for path, tree in TREES.items()
        if path.name == "__init__.py" and path.parent != PACKAGE
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.For | ast.While | ast.With)
    ]
    assert not wrong, wrong


def test_functions_take_at_most_four_positional_parameters() -> None:
    wrong = [
        f"{_name(path)}:{node.lineno} {node.name}"
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and len([one for one in (*node.args.posonlyargs, *node.args.args) if one.arg not in {"self", "cls"}])
        > MAX_ARGUMENTS
    ]
    assert not wrong, "\n".join(wrong)


def test_no_exception_is_swallowed_whole() -> None:
    """`except Exception` is for the outermost worker loops alone, and each of them logs."""
    allowed = {"jobs/background.py"}
    wrong = [
        f"{_name(path)}:{node.lineno}"
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
        and _name(path) not in allowed
    ]
    assert not wrong, wrong


def test_sql_stands_in_storage_and_migration_alone() -> None:
    wrong = [
        f"{_name(path)}:{node.lineno}"
        for path, tree in TREES.items()
        if _part(path) not in {"storage", "migration"}
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL_STATEMENT.match(node.value)
    ]
    assert not wrong, wrong


def test_no_word_of_a_trade_stands_in_the_engine() -> None:
    wrong = [
        f"{_name(path)}:{number}: {line.strip()[:100]}"
        for path in [*_files(".py", ".html", ".js", ".json", ".css", ".po", ".md", ".yaml")]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if TRADE_WORDS.search(line)
    ]
    assert not wrong, "\n".join(wrong)


def test_templates_escape_all_but_the_approved() -> None:
    unsafe = re.compile(r"\|\s*safe\b|\{%-?\s*autoescape\s+false")
    wrong = [
        f"{_name(path)}:{number}"
        for path in _files(".html")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if unsafe.search(line) and _name(path) not in SAFE_ALLOWED
    ]
    assert not wrong, wrong


def test_pages_hold_no_inline_script_or_style() -> None:
    """The content security policy refuses them, so they would silently do nothing."""
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>|\son[a-z]+\s*=\s*[\"']|javascript:|<style|\sstyle=",
        re.IGNORECASE,
    )
    wrong = [
        f"{_name(path)}:{number}: {line.strip()[:80]}"
        for path in _files(".html")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if inline.search(line)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "name", ["README.md", "platform/ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", "Makefile", ".ci/run", "setup.cfg"]
)
def test_the_house_is_complete(name: str) -> None:
    assert (ROOT / name).stat().st_size > 0


def test_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
