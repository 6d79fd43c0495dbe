"""Weaving: one document of two layers, in which every key and value knows the file it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from kartotek.declaration.document import Document, Path, line_starts
from kartotek.declaration.quick_json import Places

Layer = Literal["upper", "lower"]
Origin = tuple[Layer, Path]
_LOWER: Origin = ("lower", ())


@dataclass(slots=True)
class Weaving:
    """What stands where in the result comes from the lower layer, but for the paths in `origins` and all below them.

    `joined` are the texts put together of one of each: {path: (where the lower begins, where the upper begins)}.
    """

    upper: Document
    lower: Document
    origins: dict[Path, Origin] = field(default_factory=dict)
    joined: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def document(self, value: Any) -> Document:
        """The document with this value; its places are found when the first is asked for."""
        upper, lower = self.upper, self.lower
        text = f"{upper.text}\n{lower.text}"
        shift = len(upper.text) + 1
        below = lower.parts or ((0, lower.file),)
        return Document(
            upper.file, text, value,
            Places(lambda: self._places(value, keys=False)), Places(lambda: self._places(value, keys=True)),
            line_starts(text), ((0, upper.file), *((start + shift, file) for start, file in below)),
            self._joined(shift),
        )

    def _places(self, value: Any, *, keys: bool) -> dict[Path, int]:
        shift = len(self.upper.text) + 1
        found: dict[Path, int] = {}
        for path, (layer, source) in self._walk(value, (), _LOWER):
            document = self.upper if layer == "upper" else self.lower
            places = document.keys if keys else document.values
            if source in places:
                found[path] = places[source] + (shift if layer == "lower" else 0)
        return found

    def _walk(self, value: Any, path: Path, origin: Origin) -> Iterator[tuple[Path, Origin]]:
        yield path, origin
        inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, one in inner:
            here: Path = (*path, key)
            yield from self._walk(one, here, self.origins.get(here, (origin[0], (*origin[1], key))))

    def _joined(self, shift: int) -> dict[Path, tuple[tuple[int, int], ...]]:
        """Those of the lower layer may have been put together themselves."""
        kept = {
            path: tuple((begins, index + shift) for begins, index in origins)
            for path, origins in self.lower.joined.items() if path not in self.origins and path not in self.joined
        }
        return kept | {path: self._origins(path, *begins, shift=shift) for path, begins in self.joined.items()}

    def _origins(self, path: Path, lower: int, upper: int, *, shift: int) -> tuple[tuple[int, int], ...]:
        below = self.lower.joined.get(path) or ((0, self.lower.values[path]),)
        return (*((begins + lower, index + shift) for begins, index in below), (upper, self.upper.values[path]))
