"""Did you mean: the nearest of the known names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

_LONGEST = 80


def nearest(word: str, known: Iterable[str]) -> str:
    """The known name that is most like the word, upper and lower case and underscores aside, or ""."""
    plain = {_plain(name): name for name in known}
    found = get_close_matches(_plain(word), plain, n=1, cutoff=0.6) if len(word) <= _LONGEST else []
    return plain[found[0]] if found else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence to put after another, with its leading blank, or "".

    Where `known` is {name: type or field}, one of which this is a former name is told as what it is called now.
    """
    now = _renamed(word, known)
    if now:
        return f" It is called '{now}' now."
    name = nearest(word, known)
    return f" Did you mean '{name}'?" if name else ""


def listed(names: Iterable[str]) -> str:
    """'a', 'b' or 'c'."""
    quoted = [f"'{name}'" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}" if quoted else "nothing"


def _renamed(word: str, known: Iterable[str]) -> str:
    things = known.items() if isinstance(known, Mapping) else ()
    return next((name for name, one in things if word in getattr(one, "aliases", ())), "")


def _plain(word: str) -> str:
    return word.replace("_", "").replace("-", "").casefold()
