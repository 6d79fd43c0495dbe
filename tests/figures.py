"""Figures: what the tests of a promise about data measured, told together at the end of `make test-durability`.

A test says with `@pytest.mark.durability("D1")` which promise it is about, and with the fixture `figure` what it measured.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pytest

Figure = Callable[[str], None]
_PROMISE, _FIGURE = "promise", "figure"
_NUMBER = re.compile(r"\d+")


@pytest.fixture
def figure(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Figure:
    """A function that is told what was measured."""

    def tell(measured: str) -> None:
        print(f"\n{measured}")
        record_property(_FIGURE, f"{measured}{_way(request.node.name)}")

    return tell


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Lets reports say which promise their test is about."""
    for item in items:
        if (marker := item.get_closest_marker("durability")) is not None:
            item.user_properties.append((_PROMISE, marker.args[0]))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Shows the figures where the run is about them."""
    if "durability" not in config.getoption("markexpr"):
        return
    terminalreporter.section("figures")
    for line in sorted(_lines(terminalreporter.stats), key=lambda one: int(_NUMBER.findall(one)[0])):
        terminalreporter.write_line(line)


def _lines(stats: dict[str, Iterable[Any]]) -> Iterator[str]:
    """What was measured, and how often what tells no figure has passed."""
    silent: Counter[tuple[str, str]] = Counter()
    for outcome, word in (("passed", ""), ("failed", "FAILED: "), ("error", "FAILED: "), ("skipped", "NOT PROVEN HERE: ")):
        for report in stats.get(outcome, ()):
            promise = dict(report.user_properties).get(_PROMISE, "")
            figures = [value for name, value in report.user_properties if name == _FIGURE]
            if figures:
                yield from (f"{promise:<4}{word}{one}" for one in figures)
            elif promise:
                silent[promise, f"{word}{_claim(report.nodeid)}"] += 1
    yield from (f"{promise:<4}{claim}: {f'{count} times' if count > 1 else 'once'}" for (promise, claim), count in silent.items())


def _claim(nodeid: str) -> str:
    """The name of a test in words."""
    return nodeid.rpartition("::")[2].partition("[")[0].removeprefix("test_").replace("_", " ")


def _way(name: str) -> str:
    """On what it was measured, where there are several."""
    return f" [{name.partition('[')[2]}" if "[" in name else ""
