"""What titles and the usual order of a list show of fields that some readers of the type may not see."""

from __future__ import annotations

from collections.abc import Mapping

from kartotek.declaration.draft import Draft
from kartotek.declaration.taint import Readers
from kartotek.declaration.titles import fields_of_path
from kartotek.model.catalog import RecordType


def check_exposure(drafts: Mapping[str, Draft], types: Mapping[str, RecordType]) -> None:
    """A title goes to all who may read the record, so all in it must be theirs to read; an order hints at values."""
    for draft in drafts.values():
        readers = Readers(types, draft.site.role_names)
        _check_title(draft, types, readers)
        for index, name in enumerate(types[draft.name].sort):
            _check_sort(draft, index, name.removeprefix("-"), readers)


def _check_title(draft: Draft, types: Mapping[str, RecordType], readers: Readers) -> None:
    template = draft.own.get("titleTemplate")
    if not isinstance(template, str):
        return
    for path in types[draft.name].title_template[1::2]:
        for owner, field in fields_of_path(types, draft.name, path):
            blind = sorted(readers.of_type(draft.name) - readers.surely((owner, field.name)))
            if blind:
                sentence = (
                    f"{_people(blind)} may read {draft.name} records, and so their titles, "
                    f"but not '{owner}.{field.name}'. Take it out of the title, or let them read it."
                )
                draft.problems.error_inside(
                    ("x-record", "titleTemplate"), max(0, template.find(path)), "reveals", sentence
                )
                break


def _check_sort(draft: Draft, index: int, name: str, readers: Readers) -> None:
    blind = sorted(readers.of_type(draft.name) - readers.surely((draft.name, name)))
    if blind:
        sentence = f"{_people(blind)} may not read '{name}', so their list cannot be sorted by it."
        draft.problems.warning(("x-record", "sort", index), "reveals", sentence)


def _people(roles: list[str]) -> str:
    return ", ".join(f"'{role}'" for role in roles)
