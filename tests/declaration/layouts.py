"""Texts of declarations as people write them, made at random: each line knows to which path it belongs."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from kartotek.model.edit import Edit, Insert, Move, Put, Remove, Rename

Path = tuple[str | int, ...]
Line = tuple[Path, str]  # of an empty line or a comment: the path of the container it stands in, and "#" behind it
_WORDS = ("name", "size", "Größe", "名称", "on", "12", "x y", "to: there", "# no", "", "-", "it's", 'a "b"', "null", "=record.x", "e\u0301", "😀")
_KEYS = ("name", "title", "zh", "first name", "on", "a.b", "#", "名", "x", "y", "z", "k1", "k2", "k3")


def value(random: Random, depth: int = 3) -> Any:
    """A value as files hold them."""
    sort = random.choice("tttnbom" + "ml" * 3 if depth else "ttttnbo")
    if sort == "m":
        keys = random.sample(_KEYS, random.randint(0, 4))
        return {key: value(random, depth - 1) for key in keys}
    if sort == "l":
        return [value(random, depth - 1) for _ in range(random.randint(0, 4))]
    if sort == "t":
        return random.choice((*_WORDS, "two\nlines", "two\n  lines\n", "ends \nso", "\n", "a long text " * 9))
    return random.choice((0, 7, -1, 1.5, 10**20)) if sort == "n" else random.choice((True, False)) if sort == "b" else None


def mapping(random: Random, depth: int = 3) -> dict[str, Any]:
    """What a whole file says: never empty."""
    return {key: value(random, depth) for key in random.sample(_KEYS, random.randint(1, 5))}


def json_lines(random: Random, said: Any) -> list[Line]:
    """The text of a JSON file, in one of its usual layouts."""
    unit = random.choice(("  ", "    ", "\t"))
    lines = _spread(said, (), unit, random.choice((0, 40, 200)))
    return [(path, text) for path, text in lines]


def _spread(said: Any, path: Path, unit: str, width: int) -> list[Line]:
    whole = json.dumps(said, ensure_ascii=False)
    if not isinstance(said, dict | list) or not said or (path and len(whole) <= width):
        return [(path, whole)]
    steps = list(said) if isinstance(said, dict) else list(range(len(said)))
    found: list[Line] = [(path, "{" if isinstance(said, dict) else "[")]
    for number, step in enumerate(steps):
        inner = _spread(said[step], (*path, step), unit, width)
        sign = f"{json.dumps(step, ensure_ascii=False)}: " if isinstance(step, str) else ""
        inner[0] = (inner[0][0], sign + inner[0][1])
        inner[-1] = (inner[-1][0], inner[-1][1] + ("," if number < len(steps) - 1 else ""))
        found += [(tag, unit + text) for tag, text in inner]
    return [*found, (path, "}" if isinstance(said, dict) else "]")]


def yaml_lines(random: Random, said: Any) -> list[Line]:
    """The text of a YAML file: blocks and brackets, quotes of both sorts, comments and empty lines."""
    head: list[Line] = [((), "# the head")] if random.random() < 0.5 else []
    return [*head, *_items(random, said, ())]


def _items(random: Random, said: Any, path: Path) -> list[Line]:
    steps: list[Any] = list(said) if isinstance(said, dict) else list(range(len(said)))
    apart = random.random() < 0.2
    dash = random.choice(("- ", "- ", "-   "))
    found: list[Line] = []
    for number, step in enumerate(steps):
        here = (*path, step)
        if number and apart:
            found.append((path, ""))
        if random.random() < 0.2:
            found.append(((*path, "#"), f"# note {random.randrange(999)}"))
        lines = _entry(random, said[step], here)
        sign = dash if isinstance(said, list) else _key(random, step) + ": "
        if lines[0][1] == "" and isinstance(said, list):  # a container begins beside its dash
            body = [(tag, " " * len(dash) + text if text else "") for tag, text in lines[1:]]
            plain = next((at for at, (tag, text) in enumerate(body) if text), 0)
            if plain == 0:
                body[0] = (body[0][0], dash + body[0][1][len(dash):])
                found += body
            else:
                found += [(here, "-"), *body]
            continue
        indent = "" if isinstance(said, list) or not isinstance(said[step], list) else random.choice(("", "  "))
        deeper = " " * len(dash) if isinstance(said, list) else indent if lines[0][1] == "" else "  "
        if isinstance(said[step], dict) and lines[0][1] == "":
            deeper = random.choice(("  ", "   "))
        comment = f" # c{random.randrange(999)}" if random.random() < 0.3 else ""
        found.append((here, (sign + lines[0][1]).rstrip() + comment))
        found += [(tag, deeper + text if text else "") for tag, text in lines[1:]]
    return found


def _entry(random: Random, said: Any, path: Path) -> list[Line]:
    if isinstance(said, dict | list) and said and random.random() < 0.7:
        return [(path, ""), *_items(random, said, path)]
    if isinstance(said, str) and "\n" in said and said.strip() and not said.startswith("\n") and " \n" not in said and random.random() < 0.8:
        end = "" if said.endswith("\n") else "-"
        return [(path, f"|{end}"), *((path, "  " + one if one else "") for one in said.removesuffix("\n").split("\n"))]
    if said is None and random.random() < 0.5 and path:
        return [(path, "")] if isinstance(path[-1], str) else [(path, "null")]
    if isinstance(said, dict | list) and said and random.random() < 0.3:
        return _bracketed(random, said, path)
    return [(path, _flow(random, said))]


def _bracketed(random: Random, said: Any, path: Path) -> list[Line]:
    """In brackets over several lines, with comments between."""
    opening, closing = "{}" if isinstance(said, dict) else "[]"
    parts = [f"{_key(random, key)}: {_flow(random, one)}" for key, one in said.items()] if isinstance(said, dict) else [_flow(random, one) for one in said]
    last_comma = random.choice(("", ","))
    lines = [f"  {part}{',' if number < len(parts) else last_comma}{random.choice(('', ' # why'))}" for number, part in enumerate(parts, 1)]
    return [(path, opening), *((path, one) for one in lines), (path, closing)]


def _flow(random: Random, said: Any) -> str:
    if isinstance(said, dict):
        return "{" + ", ".join(f"{_key(random, key)}: {_flow(random, one)}" for key, one in said.items()) + "}"
    if isinstance(said, list):
        return "[" + random.choice((", ", ","[:1] + " ")).join(_flow(random, one) for one in said) + "]"
    if isinstance(said, str) and said in ("name", "size", "名称", "x y") and random.random() < 0.7:
        return said
    if isinstance(said, str) and "\n" not in said and random.random() < 0.5:
        return "'" + said.replace("'", "''") + "'"
    return json.dumps(said, ensure_ascii=False)


def _key(random: Random, key: str) -> str:
    return key if key.isidentifier() and random.random() < 0.8 else json.dumps(key, ensure_ascii=False)


def edit(random: Random, said: dict[str, Any]) -> Edit:
    """Any edit that can be made."""
    path = random.choice([one for one in paths(said) if one])
    holder = at(said, path[:-1])
    keys: list[Any] = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    sort = random.choice(("put", "put", "insert", "insert", "remove", "move", "rename"))
    if sort == "put":
        return Put(path, value(random, 2))
    if sort == "remove":
        return Remove(path)
    if sort == "move":
        return Move(path, random.choice([None, *keys]))
    if sort == "rename" and isinstance(holder, dict):
        return Rename(path, random.choice(("new name", "new", "on: 1")))
    into = random.choice([one for one in paths(said) if isinstance(at(said, one), dict | list)])
    inner = at(said, into)
    if isinstance(inner, dict):
        return Put((*into, "new"), value(random, 2), random.choice([None, *inner]))
    return Insert(into, value(random, 2), random.choice([None, *range(len(inner))]))


def untouched(lines: list[Line], said: Any, edit: Edit) -> list[str]:
    """The lines that have nothing to do with what the edit names, nor hold it among other things."""
    path = edit.path
    if isinstance(edit, Move):
        return [text for tag, text in lines if tag[: len(path) - 1] != path[:-1] and tag != path[: len(tag)]]
    beside = _beside_a_dash(said, edit)
    return [text for tag, text in lines if tag[: len(path)] != path and tag != path[: len(tag)] and tag[: len(beside)] != beside]


def _beside_a_dash(said: Any, edit: Edit) -> Path:
    """The entry that comes to stand beside a dash, or no longer does."""
    if isinstance(edit, Remove):
        holder = at(said, edit.path[:-1])
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        return (*edit.path[:-1], keys[1]) if len(keys) > 1 and keys[0] == edit.path[-1] else ("nowhere",)
    if isinstance(edit, Put | Insert) and edit.before is not None:
        into = edit.path if isinstance(edit, Insert) else edit.path[:-1]
        return (*into, edit.before)
    return ("nowhere",)


def paths(said: Any, path: Path = ()) -> list[Path]:
    """Of all that is said, the whole first."""
    steps: list[Any] = list(said) if isinstance(said, dict) else list(range(len(said))) if isinstance(said, list) else []
    return [path, *(inner for step in steps for inner in paths(said[step], (*path, step)))]


def scalars(said: Any) -> list[Path]:
    """Of all that has nothing in it."""
    return [one for one in paths(said) if not isinstance(at(said, one), dict | list)]


def at(said: Any, path: Path) -> Any:
    """What is said there."""
    for step in path:
        said = said[step]
    return said
