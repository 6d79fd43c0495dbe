"""What records say to a step, in sentences; `{name}` stands for a parameter. Pages translate them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kartotek.model.plan import Finding, PlannedStep

FOUND: Mapping[str, str] = MappingProxyType(
    {
        "lacking": "{failing} of {concerned} records lack it.",
        "lacking_one": "1 of {concerned} records lacks it.",
        "breaking": "{failing} of {concerned} records do not fit.",
        "breaking_one": "1 of {concerned} records does not fit.",
        "leaving": "{failing} of {concerned} values cannot go over; they are set aside.",
        "leaving_one": "1 of {concerned} values cannot go over; it is set aside.",
        "altering": "{altered} of {concerned} values will read otherwise.",
        "altering_one": "1 of {concerned} values will read otherwise.",
        "returning_all": "All {concerned} values come back as they were.",
        "returning_all_one": "The one value comes back as it was.",
        "returning": "{returning} of {concerned} values come back as they were; {others} are converted.",
        "returning_leaving": "{returning} of {concerned} values come back as they were; {others} are converted, of which {failing} cannot go over and are set aside.",
        "returning_altering": "{returning} of {concerned} values come back as they were; {others} are converted, of which {altered} will read otherwise.",
        "repeating": "{failing} records have a value that another has too.",
        "choosing": "{failing} of {concerned} records have what is gone, and nothing is said about them.",
        "choosing_one": "1 of {concerned} records has what is gone, and nothing is said about it.",
        "answered": "{concerned} records have what is gone, and become what you said.",
        "answered_one": "1 record has what is gone, and becomes what you said.",
        "holding": "{concerned} records have a value, which is set aside for 30 days.",
        "holding_one": "1 record has a value, which is set aside for 30 days.",
        "leading": "{failing} records of other types still refer to its records.",
        "leading_one": "1 record of another type still refers to its records.",
        "gathering": "{concerned} records are set aside for 30 days.",
        "gathering_one": "1 record is set aside for 30 days.",
        "fitting": "All {concerned} records fit.",
        "fitting_one": "The one record fits.",
        "going": "All {concerned} values go over.",
        "going_one": "The one value goes over.",
        "empty": "No record has a value.",
        "concerning": "{concerned} records are concerned.",
        "concerning_one": "1 record is concerned.",
    }
)
_FAILING: Mapping[str, str] = MappingProxyType({
    "require": "lacking", "narrow": "breaking", "retype": "leaving", "unique": "repeating", "options": "choosing",
    "remove_type": "leading",
})
_NONE_FAILING: Mapping[str, str] = MappingProxyType({
    "require": "fitting", "narrow": "fitting", "unique": "fitting", "retype": "going", "options": "answered",
    "remove_field": "holding", "remove_type": "gathering",
})


def found_code(step: PlannedStep) -> tuple[str, Mapping[str, str]] | None:
    """(code, parameters) of the sentence, None where the step is not about records."""
    found = step.finding
    if found is None:
        return None
    sort, count = _sort(step.action, found)
    return (f"{sort}_one" if count == 1 and f"{sort}_one" in FOUND else sort), {
        "concerned": f"{found.concerned:,}", "failing": f"{found.failing:,}", "altered": f"{found.altered:,}",
        "returning": f"{found.returning:,}", "others": f"{max(found.concerned - found.returning, 0):,}",
    }


def found_words(step: PlannedStep) -> str:
    """The sentence in English, "" where there is none."""
    told = found_code(step)
    return FOUND[told[0]].format_map(told[1]) if told is not None else ""


def _sort(action: str, found: Finding) -> tuple[str, int]:
    if found.returning:
        return _returning(found), found.concerned
    if found.failing:
        return _FAILING.get(action, "breaking"), found.failing
    if found.altered:
        return "altering", found.altered
    if not found.concerned and action in _NONE_FAILING:
        return "empty", 0
    sort = _NONE_FAILING.get(action, "concerning")
    return sort, found.concerned if f"{sort}_one" in FOUND else 0


def _returning(found: Finding) -> str:
    if found.failing:
        return "returning_leaving"
    if found.altered:
        return "returning_altering"
    return "returning_all" if found.returning == found.concerned else "returning"
