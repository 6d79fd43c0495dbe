"""image: an uploaded picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kartotek.kinds.file import FileKind, is_image_fragment
from kartotek.kinds.media import RASTER
from kartotek.model.settings import SiteSettings


class ImageKind(FileKind):
    """A file of a type that pictures.thumbnail can draw: never SVG, which is a program."""

    name = "image"

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        return super().claims(fragment) and is_image_fragment(fragment)

    def settings(self, fragment: Mapping[str, Any], site: SiteSettings) -> Mapping[str, Any]:
        found = dict(super().settings(fragment, site))
        return found | {"accept": tuple(one for one in found["accept"] if one != "image/*") or tuple(sorted(RASTER))}
