"""rating: so many stars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kartotek.kinds.fragments import widget
from kartotek.kinds.integer import IntegerKind
from kartotek.kinds.kind import Convert, refuse_setting
from kartotek.model.field import Field
from kartotek.model.settings import SiteSettings

_USUAL = {"minimum": 1, "maximum": 5}
_MOST_STARS = 20


class RatingKind(IntegerKind):
    """An integer from `minimum` to `maximum`, 1 to 5 where the fragment does not say."""

    name = "rating"

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        return super().claims(fragment) and widget(fragment) == "rating"

    def settings(self, fragment: Mapping[str, Any], site: SiteSettings) -> Mapping[str, Any]:
        found = {**_USUAL, **super().settings(fragment, site)}
        if not 0 <= found["minimum"] <= found["maximum"] <= _MOST_STARS:
            refuse_setting("/maximum", f"A rating goes from 0 or 1 up to at most {_MOST_STARS}.")
        return found

    def to_column(self, field: Field) -> Convert | None:
        return None
