"""Texts: gathers what the pages say, keeps the translations' files in step and compiles them. Run it as a module.

`python -m kartotek.web.texts` adds new texts to every .po, drops unused ones and writes the .mo files.
"""

from __future__ import annotations

import ast
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from kartotek.model.access_texts import REASONS, VERDICTS
from kartotek.model.audit_texts import AUDIT_TEXTS, MORE, OTHERWISE, SITE, SOMEBODY, UNKNOWN
from kartotek.model.conversion_texts import WAYS
from kartotek.model.finding_texts import FOUND
from kartotek.model.messages import MESSAGES
from kartotek.model.outcomes import OUTCOMES
from kartotek.model.plan_texts import QUESTIONS, STEPS, TOUCHES, UNTIL_NOW
from kartotek.model.sheet_texts import ORDERS, RULES, SKIPPED
from kartotek.web.languages import FOLDER

DOMAIN = "kartotek"
_WEB = Path(__file__).parent
_METHODS = [("**.py", "python"), ("**.html", "jinja2.ext.babel_extract")]
_OPTIONS = {"**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}
_AUDIT = (MORE, OTHERWISE, SITE, SOMEBODY, UNKNOWN)
_KINDS = _WEB.parent / "kinds"
_SAID_BY_PARAMETER = frozenset({"expected", "format"})  # of problems: "This must be {expected}."


@cache
def gathered() -> Catalog:
    """All texts of the pages, and the sentence of every problem, outcome and step but those that a declaration words itself."""
    catalog = Catalog(project="Kartotek", charset="utf-8")
    for found in extract_from_dir(str(_WEB), _METHODS, options_map=_OPTIONS):
        file, _, message = found[0], found[1], found[2]
        catalog.add(message, locations=[(file, 0)])
    tables = (MESSAGES, OUTCOMES, RULES, ORDERS, SKIPPED, STEPS, TOUCHES, QUESTIONS, WAYS, FOUND, REASONS, VERDICTS, AUDIT_TEXTS)
    for text in (*(text for table in tables for text in table.values()), UNTIL_NOW, *_AUDIT, *_parameters()):
        if text != "{sentence}":
            catalog.add(text)
    return catalog


def _parameters() -> list[str]:
    """The words that kinds put into the sentences of their problems."""
    return [
        keyword.value.value
        for path in sorted(_KINDS.glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg in _SAID_BY_PARAMETER and isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, str)
    ]


def updated(po: Path) -> Catalog:
    """The translations of a file, over the texts there are now."""
    with po.open("rb") as stream:
        kept = read_po(stream)
    wanted = gathered()
    catalog = Catalog(locale=kept.locale, project="Kartotek", charset="utf-8", header_comment=kept.header_comment)
    catalog.creation_date, catalog.revision_date = kept.creation_date, kept.revision_date
    for message in sorted((one for one in wanted if one.id), key=lambda one: str(one.id)):
        known = kept.get(message.id)
        catalog.add(message.id, known.string if known else None)
    return catalog


def compiled(catalog: Catalog) -> bytes:
    """The bytes of the .mo file."""
    stream = BytesIO()
    write_mo(stream, catalog)
    return stream.getvalue()


def files() -> list[Path]:
    """The .po file of every language."""
    return sorted(FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def main() -> None:
    """Brings all files up to date and says what is still to be translated."""
    for po in files():
        catalog = updated(po)
        with po.open("wb") as stream:
            write_po(stream, catalog, width=120, no_location=True, omit_header=False)
        po.with_suffix(".mo").write_bytes(compiled(catalog))
        open_texts = [one.id for one in catalog if one.id and not _is_translated(one.string)]
        print(f"{po}: {len(catalog)} texts, {len(open_texts)} to be translated")
        for text in open_texts:
            print(f"  {text}")


def _is_translated(string: object) -> bool:
    return all(string) if isinstance(string, tuple | list) else bool(string)


if __name__ == "__main__":
    main()
