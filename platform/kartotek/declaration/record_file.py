"""One schema file → a draft with its record type, as far as can be told without other types and formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from kartotek.declaration.document import Document, Path
from kartotek.declaration.draft import Draft, without_broken
from kartotek.declaration.expand import expand
from kartotek.declaration.fields import fields_of
from kartotek.declaration.fit import is_derived
from kartotek.declaration.levels import break_glass_of, state_access_of
from kartotek.declaration.metafiles import RECORD
from kartotek.declaration.problems import Problems
from kartotek.declaration.shape import check_shape
from kartotek.declaration.shown import find_field, form_of, names_in, unstored
from kartotek.declaration.state_field import put_state_field
from kartotek.declaration.texts import labels_of, plain_text
from kartotek.declaration.titles import split_template
from kartotek.declaration.workflow_file import Outline
from kartotek.errors import DeclarationInvalid
from kartotek.kinds.fragments import LONGEST_INDEXED
from kartotek.model.catalog import RecordType, Unique
from kartotek.model.field import Field
from kartotek.model.frozen import EMPTY
from kartotek.model.missing import MISSING
from kartotek.model.settings import SiteSettings

_OF_USER = frozenset({"id", "name", "roles", "language"})
_FILLING = frozenset({"autoNumber", "fetchFrom", "defaultExpr"})
_DEFAULT_TITLES = frozenset({"text", "autonumber", "choice", "email", "phone"})


def draft_of(
    document: Document, name: str, site: SiteSettings, *, outline: Outline | None = None, lost: frozenset[str] = frozenset()
) -> Draft:
    """The draft; its problems are what is wrong in this file alone. `outline` is of the type's workflow.

    `lost` are fields of workflows of which nobody knows whose they are: they may be of this type.
    """
    problems = Problems(document)
    check_shape(problems, RECORD)
    if not isinstance(document.value, dict) or not isinstance(document.value.get("properties"), dict):
        return hollow(problems, name, site)
    declared, broken = without_broken(document.value, problems)
    draft = Draft(name, site, problems, declared, broken)
    _expand(draft)
    if outline is not None:
        put_state_field(draft, outline)
    else:
        draft.doubtful |= lost - draft.declared["properties"].keys()
    draft.record_type = _record_type(draft)
    return draft


def hollow(problems: Problems, name: str, site: SiteSettings) -> Draft:
    """Of a file in which no fields can be told, so that links to the type are not called wrong."""
    record_type = RecordType(name=name, title=name, fields=(), file=problems.document.file)
    return Draft(name, site, problems, {}, {name}, record_type, is_hollow=True)


def _expand(draft: Draft) -> None:
    source = draft.problems.document
    problems = Problems(replace(source, value=draft.declared))
    expanded, broken = expand(problems)
    draft.problems.found += problems.found
    draft.problems.document = expanded
    draft.doubtful |= broken
    fields = {name: inner for name, inner in expanded.value["properties"].items() if name not in broken}
    draft.declared = {**expanded.value, "properties": fields}


def _record_type(draft: Draft) -> RecordType:
    declared, own, languages = draft.declared, draft.own, draft.site.languages
    fields = tuple(replace(one, is_state=True) if one.name == draft.state_field else one for one in fields_of(draft))
    by_name = {field.name: field for field in fields}
    _check_columns(draft, fields)
    _check_accounts(draft, fields)
    _check_settable(draft, fields)
    return RecordType(
        name=draft.name,
        title=plain_text(declared.get("title"), languages) or draft.name,
        plural=plain_text(own.get("plural"), languages),
        description=plain_text(declared.get("description"), languages),
        icon=own.get("icon", ""),
        labels=_labels(declared, own),
        fields=fields,
        title_template=_title_template(draft, fields),
        list=names_in(draft, "list", by_name),
        search=names_in(draft, "search", by_name),
        sort=names_in(draft, "sort", by_name),
        unique=_uniques(draft, by_name),
        indexes=_indexes(draft, by_name),
        form=form_of(draft, by_name),
        state_access=state_access_of(draft, by_name),
        break_glass=break_glass_of(draft),
        aliases=tuple(own.get("aliases", ())),
        file=draft.problems.document.file,
    )


def _labels(declared: Mapping[str, Any], own: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    labels = {language: dict(texts) for language, texts in labels_of(declared).items()}
    for language, texts in labels_of({"plural": own.get("plural")}).items():
        labels.setdefault(language, {}).update(texts)
    return MappingProxyType({language: MappingProxyType(texts) for language, texts in labels.items()})


def _title_template(draft: Draft, fields: Sequence[Field]) -> tuple[str, ...]:
    template = draft.own.get("titleTemplate")
    if template is None:
        first = next(
            (one.name for one in fields if one.kind in _DEFAULT_TITLES and not one.is_read_by_some and "." not in one.name), ""
        )
        return ("", first, "") if first else ()
    try:
        return split_template(template)
    except DeclarationInvalid as error:
        draft.problems.error_inside(("x-record", "titleTemplate"), error.params["offset"], "title", error.sentence)
        return ()


def _uniques(draft: Draft, fields: Mapping[str, Field]) -> tuple[Unique, ...]:
    """The declared keys; what they hold for is added with the formulas."""
    found = []
    for index, declared in enumerate(draft.own.get("unique", ())):
        path: Path = ("x-record", "unique", index)
        is_plain = isinstance(declared, list)
        names = _keys(
            draft, path if is_plain else (*path, "fields"), declared if is_plain else declared["fields"], fields
        )
        found.append(Unique(names))
    return tuple(found)


def _indexes(draft: Draft, fields: Mapping[str, Field]) -> tuple[tuple[str, ...], ...]:
    declared = enumerate(draft.own.get("indexes", ()))
    wanted = [_keys(draft, ("x-record", "indexes", index), names, fields) for index, names in declared]
    return (*wanted, *_sort_index(draft, wanted, fields))


def _sort_index(draft: Draft, wanted: Sequence[tuple[str, ...]], fields: Mapping[str, Field]) -> tuple[tuple[str, ...], ...]:
    """An index for the order in which lists stand, so that a page costs the same among few records and among many."""
    name = next((one.removeprefix("-") for one in draft.own.get("sort", ()) if isinstance(one, str)), "")
    field = fields.get(name)
    if field is None or field.index or field.unique or field.reference is not None or any(one[0] == name for one in wanted):
        return ()
    too_long = field.kind in _LONG_TEXTS and field.settings.get("max_length", LONGEST_INDEXED + 1) > LONGEST_INDEXED
    return () if too_long or unstored(field, "sorted by") else ((name,),)


# Kinds whose values can outgrow a row of PostgreSQL's indexes; the texts of all others are short.
_LONG_TEXTS = frozenset({"text", "longtext", "markdown", "url"})


def _keys(draft: Draft, path: Path, names: Sequence[str], fields: Mapping[str, Field]) -> tuple[str, ...]:
    for index, name in enumerate(names):
        field = find_field(draft, (*path, index), name, fields)
        reason = unstored(field, "told apart by") if field else ""
        if reason:
            draft.problems.error((*path, index), "unfit_field", reason)
    texts = [fields[name] for name in names if name in fields and fields[name].kind in _LONG_TEXTS]
    if sum(one.settings.get("max_length", LONGEST_INDEXED + 1) for one in texts) > LONGEST_INDEXED:
        sentence = f"The texts of one key may have at most {LONGEST_INDEXED} characters together: give them a 'maxLength'."
        draft.problems.error(path, "too_long_key", sentence)
    return tuple(names)


def _check_columns(draft: Draft, fields: Sequence[Field]) -> None:
    """A member of a small object may take the column of a field beside it; neither may ever move, so it is refused."""
    taken = {field.column: field.name for field in fields if field.kind != "object"}
    for field in fields:
        for member in field.fields if field.kind == "object" else ():
            other = taken.setdefault(member.column, f"{field.name}.{member.name}")
            if other != f"{field.name}.{member.name}":
                sentence = (
                    f"'{field.name}.{member.name}' and '{other}' would share one column. Give one of them another name."
                )
                draft.problems.error_at_key(("properties", field.name, "properties", member.name), "column", sentence)


def _check_accounts(draft: Draft, fields: Sequence[Field]) -> None:
    accounts = [field.name for field in fields if field.account]
    for name in accounts[1:]:
        sentence = f"'{accounts[0]}' already says whose record this is; a type has one such field."
        draft.problems.error_at_key(("properties", name, "x-field", "account"), "account", sentence)
    if accounts and draft.name in _OF_USER:
        sentence = f"'user.{draft.name}' means something else in formulas. Give the type another name."
        draft.problems.error_at_key(("properties", accounts[0], "x-field", "account"), "account", sentence)


def _check_settable(draft: Draft, fields: Sequence[Field]) -> None:
    """A required field that nobody can fill would keep every record from being made."""
    for field in fields:
        own = field.fragment.get("x-field", EMPTY)
        is_filled = field.default is not MISSING or is_derived(field.fragment) or _FILLING & own.keys()
        if field.required and field.read_only and not is_filled:
            sentence = f"'{field.name}' is required and read-only, and nothing fills it, so no record can be made."
            draft.problems.warning(("properties", field.name, "readOnly"), "unsettable", sentence)
