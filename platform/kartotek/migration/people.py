"""People: what it means for records that their type says otherwise whom they are about, and how long they are kept."""

from __future__ import annotations

from collections.abc import Iterator

from kartotek.migration.sameness import same
from kartotek.migration.step import Step, Subject
from kartotek.model.catalog import RecordType
from kartotek.model.people import Retention


def people_steps(old: RecordType, new: RecordType) -> Iterator[Step]:
    """The steps of `subject` and `retention`. What ends records waits for somebody who has read it."""
    subject = Subject(new.name)
    if old.subject != new.subject:
        first = old.subject is None
        yield subject.step("metadata", "safe" if first else "confirm", "subject" if first else "subject_other")
    if not same(old.retention, new.retention):
        if _ends_less(old.retention, new.retention):
            yield subject.step("metadata", "safe", "retention_less")
        else:
            yield subject.step("metadata", "confirm", "retention", fate=new.retention.fate if new.retention else "erase")


def _ends_less(old: Retention | None, new: Retention | None) -> bool:
    """Whether no record is gone, or without what is personal, that would not have been before."""
    if old is None:
        return new is not None and new.after is None and new.fate == "erase"
    if new is None:
        return old.after is None or not old.keep
    return same(old.keep, new.keep) and old.fate == new.fate and (new.after is None or (same(old.since, new.since) and new.after == old.after))
