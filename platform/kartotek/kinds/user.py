"""user: the id of one of the people who log in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kartotek.kinds.fragments import extension
from kartotek.kinds.reference import USER, ReferenceKind


class UserKind(ReferenceKind):
    """A reference to the built-in type of users."""

    name = "user"

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        return super().claims(fragment) and extension(fragment)["references"] == USER
