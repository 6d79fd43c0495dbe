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
    if _WRITTEN.fullmatch(plain) is None:
        return None
    try:
        number = phonenumbers.parse(plain, region)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=4096)
def _international(e164: str) -> str:
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
