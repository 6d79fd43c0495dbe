"""What an edit means: the value afterwards, and the small steps that lead there and leave most of a file alone."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from kartotek.errors import DeclarationInvalid
from kartotek.model.edit import Edit, Insert, Move, Put, Remove, Rename, Steps
from kartotek.model.problem import Place, Problem, pointer


def changed(file: str, value: Any, edit: Edit) -> Any:
    """The value of a file after the edit. Raises: DeclarationInvalid where the path leads nowhere."""
    value = copy.deepcopy(value)
    if isinstance(edit, Put) and not edit.path:
        return copy.deepcopy(edit.value)
    try:
        return _changed(value, edit)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        sentence = f"There is nothing at {pointer(*edit.path) or 'this place'} that this can be done to."
        raise DeclarationInvalid(sentence, problems=[Problem(pointer(*edit.path), "no_such_place", sentence, place=Place(file))]) from error


def same(one: Any, other: Any) -> bool:
    """Whether both say the same: order of keys included, and 1 is neither 1.0 nor true."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(same(*pair) for pair in zip(one, other, strict=True))
    return bool(one == other)


def _changed(value: Any, edit: Edit) -> Any:
    if isinstance(edit, Insert):
        elements = _list(_at(value, edit.path))
        elements.insert(len(elements) if edit.before is None else _index(elements, edit.before), copy.deepcopy(edit.value))
        return value
    holder = _made(value, edit.path[:-1]) if isinstance(edit, Put) else _at(value, edit.path[:-1])
    step = edit.path[-1]
    if isinstance(edit, Put):
        _put(holder, step, copy.deepcopy(edit.value), edit.before)
    elif isinstance(edit, Remove):
        del holder[_known(holder, step)]
    elif isinstance(edit, Rename):
        _rename(holder, step, edit.name)
    else:
        _move(holder, step, edit.before)
    return value


def _at(value: Any, path: Steps) -> Any:
    for step in path:
        value = value[_known(value, step)]
    return value


def _made(value: Any, path: Steps) -> Any:
    """What stands at the path; mappings that are missing are made."""
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.setdefault(step, {})
        else:
            value = value[_known(value, step)]
    return value


def _known(holder: Any, step: str | int) -> Any:
    if isinstance(holder, dict):
        if step not in holder or not isinstance(step, str):
            raise KeyError(step)
        return step
    return _index(_list(holder), step)


def _index(elements: list[Any], step: str | int) -> int:
    if isinstance(step, bool) or not isinstance(step, int) or not 0 <= step < len(elements):
        raise IndexError(step)
    return step


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(value)
    return value


def _put(holder: Any, step: str | int, value: Any, before: str | int | None) -> None:
    if isinstance(holder, dict) and isinstance(step, str):
        is_new = step not in holder
        holder[step] = value
        if is_new and before is not None:
            _move(holder, step, before)
    else:
        holder[_known(holder, step)] = value


def _rename(holder: Any, step: str | int, name: str) -> None:
    if not isinstance(holder, dict) or step not in holder or name in holder:
        raise KeyError(name)
    items = [(name if key == step else key, value) for key, value in holder.items()]
    holder.clear()
    holder.update(items)


def _move(holder: Any, step: str | int, before: str | int | None) -> None:
    if before == step:
        return
    if isinstance(holder, dict):
        keys = [key for key in holder if key != _known(holder, step)]
        keys.insert(len(keys) if before is None else keys.index(str(_known(holder, before))), str(step))
        items = [(key, holder[key]) for key in keys]
        holder.clear()
        holder.update(items)
        return
    elements = _list(holder)
    moved, to = _index(elements, step), len(elements) if before is None else _index(elements, before)
    one = elements.pop(moved)
    elements.insert(to - (to > moved), one)


def small_steps(before: Any, edit: Edit, wanted: Any) -> Iterator[Edit]:
    """Steps of which each touches as little of the text as it can; together they are the edit."""
    if isinstance(edit, Insert):
        path: Steps = edit.path
    else:
        path = edit.path if isinstance(edit, Put) else edit.path[:-1]
        path = _existing(before, path)
    old, new = _at(before, path), _at(wanted, path)
    if isinstance(edit, Put) or not old or not new:
        yield from _between(path, old, new)
    elif isinstance(edit, Move) and edit.before == edit.path[-1]:
        return
    else:
        yield edit


def _existing(value: Any, path: Steps) -> Steps:
    """So much of the path as is there already, less what is new in it."""
    for number, step in enumerate(path):
        try:
            value = value[_known(value, step)]
        except (KeyError, IndexError, TypeError):
            return path[:number]
    return path


def _between(path: Steps, old: Any, new: Any) -> Iterator[Edit]:
    if same(old, new):
        return
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() & new.keys():
        yield from _between_mappings(path, old, new)
    elif isinstance(old, list) and isinstance(new, list) and old and new:
        yield from _between_lists(path, old, new)
    else:
        yield Put(path, new)


def _between_mappings(path: Steps, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Edit]:
    for key in [one for one in old if one not in new]:
        yield Remove((*path, key))
    present = [one for one in old if one in new]
    for key in present:
        yield from _between((*path, key), old[key], new[key])
    following: str | None = None
    for key in reversed(new):
        expected = (present.index(following) if following is not None else len(present)) - 1
        if key not in present:
            yield Put((*path, key), new[key], following)
        elif present.index(key) != expected:
            yield Move((*path, key), following)
            present.remove(key)
        if key not in present:
            present.insert(present.index(following) if following is not None else len(present), key)
        following = key


def _between_lists(path: Steps, old: list[Any], new: list[Any]) -> Iterator[Edit]:
    front = 0
    while front < min(len(old), len(new)) and same(old[front], new[front]):
        front += 1
    back = 0
    while back < min(len(old), len(new)) - front and same(old[-1 - back], new[-1 - back]):
        back += 1
    there, wanted = old[front:len(old) - back], new[front:len(new) - back]
    both = min(len(there), len(wanted))
    for number in range(both):
        yield from _between((*path, front + number), there[number], wanted[number])
    for number in reversed(range(front + both, front + len(there))):
        yield Remove((*path, number))
    for number in range(front + both, front + len(wanted)):
        yield Insert(path, new[number], number if back else None)
