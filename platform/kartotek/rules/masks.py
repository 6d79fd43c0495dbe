"""Masks: what could stand in the place of a value, of the same sort and looking like one, and saying nothing of it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from kartotek.model.field import Field

TRIES = 200
_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"
_HAN = "安宁和明清文思远嘉欣怡然子涵宇轩晨曦雨桐若云海天佳慧静雅志强国华建平永乐春秋"
_DAYS = 1000
_UNTOUCHED = frozenset({"reference", "references", "user", "file", "files", "image"})  # what they lead to is masked itself


class Draw:
    """Numbers that follow from a key and a value, and from which neither can be found again."""

    def __init__(self, key: bytes, *about: str) -> None:
        self._key, self._about = key, "\0".join(about).encode("utf-8", "surrogatepass")
        self._block, self._left = 0, b""

    def below(self, limit: int) -> int:
        """A number from 0 up to, and without, the limit, which is at most 2^40."""
        if len(self._left) < 8:
            self._block += 1
            self._left += hmac.digest(self._key, self._block.to_bytes(4, "big") + self._about, hashlib.sha256)
        taken, self._left = self._left[:8], self._left[8:]
        return int.from_bytes(taken, "big") % limit

    def of(self, letters: str) -> str:
        """One of some letters."""
        return letters[self.below(len(letters))]


Candidates = Callable[[Field, Any, Draw], Any]


def is_masked(field: Field) -> bool:
    """Whether a personal field's own value is replaced; a link stays, and what it leads to is masked."""
    return field.kind not in _UNTOUCHED


def identifies(field: Field) -> bool:
    """Whether values of this kind tell people apart, so that the same one has the same mask wherever it stands."""
    return field.kind not in _FEW


def is_text(field: Field) -> bool:
    """Whether any text can be kept where values of this kind are."""
    return field.kind in ("text", "longtext", "markdown", "phone", "email", "url", "autonumber")


def candidates(field: Field, wire: Any, draw_of: Callable[[int], Draw]) -> Iterator[Any]:
    """Wires to put in the place of one, best first, none of which is that one; `draw_of` gives the draw of the nth try."""
    make = _MAKERS.get(field.kind, _any)
    for number in range(TRIES):
        found = make(field, wire, draw_of(number))
        if found != wire:
            yield found


def words(draw: Draw, like: str, longest: int | None = None, shortest: int = 0) -> str:
    """Invented words, Chinese ones where the original had such."""
    if any("\u4e00" <= one <= "\u9fff" for one in like):
        text = "".join(draw.of(_HAN) for _ in range(max(3, shortest)))
    else:
        text = f"{_word(draw)} {_word(draw)}"
        while len(text) < shortest:
            text += f" {_word(draw)}"
    return text if longest is None else text[:longest].strip() or draw.of(_CONSONANTS)


def shape(text: str, draw: Draw) -> str:
    """A text with other digits and letters at the same places, for what has to fit a pattern."""
    return "".join(_other(one, draw) for one in text)


def anything(wire: Any, draw: Draw, keep: frozenset[str] = frozenset()) -> Any:
    """JSON of the same form with other texts, names of members among them, and numbers; a schema's own texts are kept."""
    if isinstance(wire, str):
        return wire if wire in keep else _dated(wire, draw) or words(draw, wire)
    if isinstance(wire, Mapping):
        return {name if name in keep else words(draw, name): anything(one, draw, keep) for name, one in wire.items()}
    if isinstance(wire, list | tuple):
        return [anything(one, draw, keep) for one in wire]
    if isinstance(wire, bool) or wire is None:
        return wire
    return _number(wire, draw)


def texts_of(schema: Any) -> frozenset[str]:
    """All texts that a schema holds: names of members, and options that values must be of."""
    if isinstance(schema, str):
        return frozenset({schema})
    if isinstance(schema, Mapping):
        return frozenset(schema).union(*map(texts_of, schema.values()))
    return frozenset().union(*map(texts_of, schema)) if isinstance(schema, list | tuple) else frozenset()


def _text(field: Field, wire: Any, draw: Draw) -> Any:
    settings = field.settings
    if not isinstance(wire, str):
        return anything(wire, draw)
    if "pattern" in settings or "format" in settings:
        return shape(wire, draw)
    return words(draw, wire, settings.get("max_length"), settings.get("min_length", 0))


def _phone(field: Field, wire: Any, draw: Draw) -> Any:
    """The country stays, by which numbers are judged."""
    return str(wire)[:4] + shape(str(wire)[4:], draw)


def _email(field: Field, wire: Any, draw: Draw) -> Any:
    return f"{_word(draw).lower()}.{_word(draw).lower()}@example.com"


def _url(field: Field, wire: Any, draw: Draw) -> Any:
    return f"https://example.com/{_word(draw).lower()}/{_hex(draw, 8)}"


def _uuid(field: Field, wire: Any, draw: Draw) -> Any:
    return f"{_hex(draw, 8)}-{_hex(draw, 4)}-4{_hex(draw, 3)}-8{_hex(draw, 3)}-{_hex(draw, 12)}"


def _color(field: Field, wire: Any, draw: Draw) -> Any:
    return f"#{_hex(draw, 6)}"


def _boolean(field: Field, wire: Any, draw: Draw) -> Any:
    return draw.below(2) == 1


def _choice(field: Field, wire: Any, draw: Draw) -> Any:
    return field.options[draw.below(len(field.options))].value if field.options else wire


def _choices(field: Field, wire: Any, draw: Draw) -> Any:
    found = [one.value for one in field.options if draw.below(2)]
    return found[: max(1, len(wire))] if isinstance(wire, list) else found


def _rating(field: Field, wire: Any, draw: Draw) -> Any:
    return draw.below(10) + 1


def _digits(field: Field, wire: Any, draw: Draw) -> Any:
    """Other digits; the letters between them say what they count."""
    return "".join(_other(one, draw) if one.isdigit() else one for one in wire) if isinstance(wire, str) else _any(field, wire, draw)


def _shaped(field: Field, wire: Any, draw: Draw) -> Any:
    return shape(wire, draw) if isinstance(wire, str) else _any(field, wire, draw)


def _time(field: Field, wire: Any, draw: Draw) -> Any:
    return f"{draw.below(24):02}:{draw.below(60):02}:{draw.below(60):02}"


def _monthday(field: Field, wire: Any, draw: Draw) -> Any:
    return f"{draw.below(12) + 1:02}-{draw.below(28) + 1:02}"


def _date(field: Field, wire: Any, draw: Draw) -> Any:
    return _dated(wire, draw) if isinstance(wire, str) else _any(field, wire, draw)


def _any(field: Field, wire: Any, draw: Draw) -> Any:
    return anything(wire, draw, texts_of(field.fragment))


def _dated(wire: str, draw: Draw) -> str | None:
    """A day or a moment some days earlier, so that what has been stays in the past; None for what is neither."""
    off = timedelta(days=-draw.below(_DAYS) - 1, seconds=-draw.below(86_400))
    try:
        if len(wire) == 10:
            return (date.fromisoformat(wire) + off).isoformat()
        moment = datetime.fromisoformat(wire) + off
        return moment.isoformat().replace("+00:00", "Z") if "T" in wire else None
    except (ValueError, OverflowError):
        return None


def _number(wire: int | float, draw: Draw) -> int | float:
    text = repr(wire)
    try:
        return type(wire)(shape(text, draw)) if "e" not in text and "n" not in text else type(wire)(draw.below(1000))
    except (ValueError, OverflowError):
        return draw.below(1000)


def _other(one: str, draw: Draw) -> str:
    if "0" <= one <= "9":
        return draw.of("123456789")
    if "a" <= one <= "z":
        return draw.of(_CONSONANTS + _VOWELS)
    if "A" <= one <= "Z":
        return draw.of(_CONSONANTS + _VOWELS).upper()
    return draw.of(_HAN) if one.isalpha() else one


def _word(draw: Draw) -> str:
    return "".join(draw.of(_CONSONANTS) + draw.of(_VOWELS) for _ in range(3)).capitalize()


def _hex(draw: Draw, length: int) -> str:
    return "".join(draw.of("0123456789abcdef") for _ in range(length))


_MAKERS: Mapping[str, Candidates] = MappingProxyType({
    "text": _text, "longtext": _text, "markdown": _text, "phone": _phone, "email": _email, "url": _url, "uuid": _uuid, "color": _color,
    "boolean": _boolean, "choice": _choice, "choices": _choices, "rating": _rating, "decimal": _shaped, "duration": _digits,
    "autonumber": _shaped, "time": _time, "monthday": _monthday, "date": _date, "instant": _date,
})  # fmt: skip
_FEW = frozenset({"boolean", "choice", "choices", "rating"})
