"""Import report: what an import's page tells of how a file was read, in the words and language of its reader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from flask_babel import gettext

from kartotek.engine.sight import Sight
from kartotek.model.field import Field
from kartotek.model.problem import Problem
from kartotek.model.sheet_texts import ORDERS, RULES, SKIPPED
from kartotek.web import languages
from kartotek.web.whole import whole

WORKING = frozenset({"received", "preparing", "committing", "undoing"})
_FILES = frozenset({"file", "image", "files"})
_MOST_HEADER_ROWS = 5
_IN_ORDERS = "order"  # the parameter whose text is one of ORDERS
Wire = Mapping[str, Any]


def keys_of(sight: Sight) -> list[Field]:
    """The fields by whose value a row can mean a record that is there; none where the visitor may change nothing."""
    return [one for one in sight.readable if one.unique and one.name in sight.creatable] if sight.write else []


def options_of(one: Wire, form: Any) -> dict[str, Any]:
    """The options of the dry run as the form has them; those it does not show stay."""
    options = {name: value for name, value in one["options"].items() if name not in ("sheet", "mapping", "date_order", "header_rows", "on")}
    sheet, header_rows = form.get("sheet", ""), whole(form.get("header_rows", ""))
    if header_rows is not None and header_rows <= _MOST_HEADER_ROWS:
        options["header_rows"] = header_rows
    for name in ("on", "date_order"):
        if form.get(name):
            options[name] = form[name]
    if sheet:
        options["sheet"] = sheet
    if sheet in ("", one["summary"].get("sheet", "")):  # the columns of another sheet are others
        options["mapping"] = {name.removeprefix("map."): form[name] for name in form if name.startswith("map.")}
    return options


class Report:
    """One import for its page."""

    def __init__(self, one: Wire, sight: Sight, language: str) -> None:
        self.one = one
        self._sight = sight
        self._language = language
        self._summary: Wire = one["summary"]
        self._counts: Wire = one["counts"]

    @property
    def is_working(self) -> bool:
        """Whether something is being done, so that it is worth looking again."""
        return self.one["status"] in WORKING

    def values(self) -> dict[str, Any]:
        """What the templates want."""
        one, counts = self.one, self._counts
        committed = counts.get("committed", {})
        return {
            "one": one, "type": self._sight.type, "summary": self._told_summary(), "options": {"date_order": "", "header_rows": None, **one["options"]},
            "is_working": self.is_working, "percent": self._percent(), "figures": self._figures(), "error": self._error(),
            "will_write": counts.get("created", 0) + counts.get("updated", 0), "left_out": counts.get("bad", 0),
            "can_undo": one["status"] in ("committed", "stopped", "committing") and bool(committed.get("created", 0) + committed.get("updated", 0)),
            "can_prepare": one["status"] in ("prepared", "refused") and bool(self._summary), "columns": self._columns(),
            "targets": list(self.targets.items()), "target_names": self.targets, "missing": self._missing(),
            "sheets": [one for one in (self._summary.get("sheet", ""), *self._summary.get("sheets", ())) if one],
            "keys": keys_of(self._sight), "chosen_on": one["options"].get("on", ""), "rules": list(self._rules()), "skipped": self._skipped(),
            "date_orders": [("", gettext("Found by itself")), ("ymd", gettext("Year, month, day")), ("dmy", gettext("Day, month, year")), ("mdy", gettext("Month, day, year"))],
        }  # fmt: skip

    @cached_property
    def targets(self) -> dict[str, str]:
        """{path of a field that a column can go to: its label}."""
        found: dict[str, str] = {}
        for field in self._sight.readable:
            if field.name not in self._sight.creatable | self._sight.writable or field.kind in _FILES:
                continue
            found[field.name] = field.label(self._language)
            if field.kind == "object":
                for inner in field.fields:
                    found[f"{field.name}.{inner.name}"] = f"{field.label(self._language)} / {inner.label(self._language)}"
        return found

    def problem(self, wire: Wire) -> dict[str, Any]:
        """A problem of a cell with its sentence."""
        return {**wire, "column": wire.get("column", ""), "sentence": _sentence(wire)}

    def _told_summary(self) -> dict[str, Any]:
        return {**self._summary, "problems": [_sentence(one) for one in self._summary.get("problems", ())]}

    def _percent(self) -> int | None:
        """How far it is, None where that is not known yet."""
        status, counts = self.one["status"], self._counts
        if status in ("received", "preparing"):
            done, total = counts.get("checked", 0), counts.get("total", 0)
        elif status == "undoing":
            committed, undone = counts.get("committed", {}), counts.get("undone", {})
            done, total = sum(undone.values()), committed.get("created", 0) + committed.get("updated", 0)
        else:
            done, total = counts.get("done", 0), counts.get("good", 0)
        return min(100 * done // total, 100) if total else None

    def _figures(self) -> list[tuple[int, str, str]]:
        """[(number, what it counts, class)] of what there is to count by now."""
        counts = self._counts
        committed, undone = counts.get("committed", {}), counts.get("undone", {})
        told = [
            (counts.get("seen", 0), gettext("rows in the file"), ""),
            (counts.get("created", 0) if not committed else committed.get("created", 0), gettext("new") if committed else gettext("would be new"), "k-figure-good"),
            (counts.get("updated", 0) if not committed else committed.get("updated", 0), gettext("changed") if committed else gettext("would be changed"), "k-figure-good"),
            (counts.get("unchanged", 0), gettext("the same already"), ""),
            (counts.get("bad", 0) + committed.get("refused", 0), gettext("left out"), "k-figure-bad"),
            (counts.get("skipped", 0), gettext("no records: titles, blanks, totals"), ""),
            (undone.get("undone", 0), gettext("taken back"), ""),
            (undone.get("left", 0), gettext("left as they are"), "k-figure-bad"),
        ]  # fmt: skip
        return [(number, label, css) for place, (number, label, css) in enumerate(told) if number or not place]

    def _error(self) -> str:
        error = self.one["error"]
        return _sentence({"params": {}, **error}) if error else ""

    def _columns(self) -> list[dict[str, Any]]:
        reasons = {
            "unknown": gettext("No field has this name."), "read_only": gettext("This field cannot be written."), "duplicate": gettext("Another column goes there already."),
            "file": gettext("Files cannot come from a spreadsheet."), "nested": gettext("Such a part cannot come from a column of its own."),
            "currency": gettext("The header names another currency."), "no_header": gettext("The column has no header."),
        }  # fmt: skip
        return [{**one, "why": reasons.get(one["reason"], "")} for one in self._summary.get("columns", ())]

    def _missing(self) -> list[str]:
        return [self.targets.get(name, name) for name in self._summary.get("missing", ())]

    def _rules(self) -> Iterator[tuple[str, str, int]]:
        """(sentence, column, how often) of every rule by which the file was read."""
        names = {one["letter"]: one["header"] or one["letter"] for one in self._summary.get("columns", ())}
        for one in (*self._summary.get("notes", ()), *self._summary.get("rules", ())):
            yield _worded(RULES, one), names.get(one["column"], ""), one["count"]

    def _skipped(self) -> list[tuple[str, int, Sequence[Any]]]:
        return [(gettext(SKIPPED[one["reason"]]), one["count"], one["rows"]) for one in self._summary.get("skipped", ())]


def _worded(texts: Mapping[str, str], one: Wire) -> str:
    """A rule's sentence in the language of the page."""
    orders = {text: gettext(text) for text in ORDERS.values()}
    params = {name: orders.get(value, value) if name == _IN_ORDERS else value for name, value in one["params"].items()}
    try:
        return str(gettext(texts[one["code"]])).format_map(params)
    except (KeyError, IndexError, ValueError):  # kept by another version
        return str(one["message"])


def _sentence(wire: Wire) -> str:
    return languages.sentence(Problem(wire.get("field", ""), wire["code"], wire["message"], wire.get("params", {})))
