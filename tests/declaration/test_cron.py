"""A cron expression that cannot be used is told in words."""

from __future__ import annotations

import pytest

from kartotek.declaration.cron import cron_problem


@pytest.mark.parametrize(("expression", "good"), [
    ("0 9 * * 1-5", True), ("*/5 * * * *", True), ("0 9 * *", False), ("61 * * * *", False), ("0 0 31 2 *", False),
    ("@daily", False), ("0 0 0 * * *", False), ("x", False),
])
def test_cron_expressions_that_can_be_used(expression: str, good: bool) -> None:
    assert (cron_problem(expression) == "") is good
