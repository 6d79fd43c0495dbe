"""Vocabulary: the functions and tests that templates use."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from flask import Flask
from jinja2 import StrictUndefined
from markupsafe import Markup

from kartotek.kinds.choice import form_string
from kartotek.kinds.markdown import MarkdownKind
from kartotek.kinds.options import match, option_key
from kartotek.kinds.registry import kind_of
from kartotek.kinds.typed_json import tidy_json
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field, Option, translated
from kartotek.web import assets, json_help, languages, layout, live, shown
from kartotek.web.devices import device
from kartotek.web.partly import partly
from kartotek.web.states import state_of

_WEB_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
# what a browser's own controls can hold; what else stood in them would be gone at the next sending
_BROWSER_DATE = re.compile(r"|[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BROWSER_TIME = re.compile(r"|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,3})?)?")
_FALLBACK_ICON = "folder"


def install(app: Flask) -> None:
    """Every template of the app knows them; a name that is not known is an error, not an empty text."""
    templates = app.jinja_env
    templates.undefined = StrictUndefined
    templates.trim_blocks = templates.lstrip_blocks = True
    templates.tests["browser_date"] = lambda text: _BROWSER_DATE.fullmatch(text) is not None
    templates.tests["browser_time"] = lambda text: _BROWSER_TIME.fullmatch(text) is not None
    templates.tests["web_address"] = lambda text: _WEB_ADDRESS.match(text) is not None
    templates.globals.update(
        asset=assets.asset, drawn_icon=drawn_icon, initials=initials, moment=languages.moment, own_name=languages.own_name,
        partly=partly, show=shown.show, show_value=shown.show, titles_of=shown.titles_of, edit=shown.edit, edit_value=shown.edit,
        text_of=shown.text_of, files_of=shown.files_of, width=layout.width, width_shown=layout.width_shown, description_of=description_of, rendered_markdown=rendered_markdown,
        option_of=option_of, option_string=form_string, formula_type=live.formula_type, color_class=assets.color_class, state_of=state_of,
        json_words=json_help.words_of, json_template=json_help.template_of, json_sayings=json_help.sayings, tidy_json=tidy_json, device=device,
    )  # fmt: skip


def description_of(record_type: RecordType, language: str) -> str:
    """What a type is for, in the language asked for."""
    return translated(record_type.labels, language, "description") or record_type.description


def option_of(field: Field, wire: Any) -> Option | None:
    """The declared option of a wire value."""
    return match({option_key(one.value): one for one in field.options}, wire)


def rendered_markdown(field: Field, wire: str) -> Markup:
    """The formatted text, which the kind has cleaned."""
    kind = kind_of(field)
    assert isinstance(kind, MarkdownKind)
    return Markup(kind.render(field, wire))  # noqa: S704 (cleaned through an allow-list)


@cache
def _icons() -> frozenset[str]:
    sprite = (assets.FOLDER / "vendor" / "icons" / "icons.svg").read_text(encoding="utf-8")
    return frozenset(re.findall(r'<symbol id="([a-z0-9-]+)"', sprite))


@lru_cache(maxsize=1024)
def drawn_icon(name: str, classes: str = "") -> Markup:
    """An icon of the sprite, a plain one where it has none of that name; drawn once, since a page has dozens of them."""
    href = f"{assets.asset('vendor/icons/icons.svg')}#{name if name in _icons() else _FALLBACK_ICON}"
    drawing = Markup('<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}"/></svg>')
    return drawing.format(classes, href)


def initials(name: str) -> str:
    """One or two letters that stand for a name: "Ada Lovelace" → AL, "王芳" → 王."""
    words = name.split()
    return "".join(one[0] for one in (words[0], *words[-1:][: len(words) - 1])).upper() if words else "?"
