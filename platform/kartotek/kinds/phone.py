"""phone: a telephone number, kept as E.164."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import phonenumbers

from kartotek.kinds.fragments import extension, is_string
from kartotek.kinds.kind import Convert, refuse, refuse_setting
from kartotek.kinds.languages import typed
from kartotek.kinds.textual import Textual, first
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.settings import SiteSettings

# Digits and what people put between them. Letters would be an extension, or a word on the keys.
_WRITTEN = re.compile(r"\+?[\d\s().\-‐‑–/·]{3,39}")

_E164 = re.compile(r"\+([1-9][0-9]{6,14})", re.ASCII)


class PhoneKind(Textual):
    """A number without a country code is taken to be of the site's region."""

    name = "phone"

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        return is_string(fragment, "phone")

    def settings(self, fragment: Mapping[str, Any], site: SiteSettings) -> Mapping[str, Any]:
        region = extension(fragment).get("region", site.region)
        if region not in phonenumbers.SUPPORTED_REGIONS:
            refuse_setting("/x-field/region", "region must be a country's two letters, such as CN or US.")
        return {"region": region}

    def parse(self, field: Field) -> Convert:
        region = field.settings.get("region", "US")

        def parse(wire: Any) -> str:
            if not isinstance(wire, str):
                refuse("type", expected="text")
            return read_phone(wire, region) or refuse("format", format="phone number")

        return parse

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        text = first(strings)
        plain = "" if text is MISSING else text.strip()
        return read_phone(plain, field.settings.get("region", "US")) or plain or MISSING

    def to_form(self, field: Field, wire: Any, language: str) -> list[str]:
        return [_international(wire)] if isinstance(wire, str) else [str(wire)]

    def text(self, field: Field, wire: Any, language: str) -> str:
        return _international(wire) if isinstance(wire, str) else str(wire)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "phone", "maxLength": 40}


@lru_cache(maxsize=4096)
def read_phone(text: str, region: str) -> str | None:
    """The number as E.164, or None. Its length must be right; which are in service, no list can keep up with."""
    plain = typed(text)
    if _is_plain(plain):
        return plain
    if _WRITTEN.fullmatch(plain) is None:
        return None
    try:
        number = phonenumbers.parse(plain, region)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _is_plain(text: str) -> bool:
    """Whether it is E.164 as it stands, told without the library's careful reading, which takes thirty times as long."""
    found = _E164.fullmatch(text)
    if found is None:
        return False
    digits = found[1]
    for width in (1, 2, 3):
        national = _national(digits[:width])
        if national is not None:
            lengths, prefix = national
            rest = digits[width:]
            return len(rest) in lengths and rest[0] != "0" and (prefix is None or prefix.match(rest) is None)
    return False


@lru_cache(maxsize=512)
def _national(code: str) -> tuple[frozenset[int], re.Pattern[str] | None] | None:
    """(how many digits follow a country code, what would be read as a prefix within the country); None for no code."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code))
    if regions is None:
        return None
    found = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(int(code), regions[0])
    lengths = found.general_desc.possible_length if found is not None and found.general_desc is not None else ()
    prefix = found.national_prefix_for_parsing if found is not None else None
    return frozenset(lengths), re.compile(prefix) if prefix else None


@lru_cache(maxsize=4096)
def _international(e164: str) -> str:
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
