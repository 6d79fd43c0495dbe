"""How long the longest tests go on: as briefly as still finds what breaks, or thoroughly where KARTOTEK_TEST_LONG is set."""

from __future__ import annotations

import os


def rounds(usual: int, thorough: int) -> int:
    """How often to try: `thorough` is what a promise of the documentation was proven with."""
    return thorough if os.environ.get("KARTOTEK_TEST_LONG") else usual
