"""site.yaml of a site on that of its base: what a site takes over, what it adds to, and what is its own alone."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from kartotek.declaration.document import Document
from kartotek.declaration.problems import Problems
from kartotek.declaration.weaving import Weaving
from kartotek.model.problem import Problem

# Where this installation is reached, what it is called as a base and which disks it has are no business of those that extend it.
_OWN = frozenset({"$schema", "extends", "template", "hosts", "url", "backups"})
_BY_NAME = frozenset({"roles", "channels", "endpoints", "limits", "branding", "purposes", "security", "audit"})
_MENU, _MORE = "menu", "menu+"


@lru_cache(maxsize=64)
def settled(site: Document, base: Document) -> tuple[Document, tuple[Problem, ...]]:
    """Both in one: the site's word counts, of mappings entry by entry, and where it says nothing the base's."""
    own, below = (one.value if isinstance(one.value, dict) else {} for one in (site, base))
    weaving, problems = Weaving(site, base), Problems(site)
    found: dict[str, Any] = {key: value for key, value in below.items() if key not in _OWN}
    if _MENU in own:
        found.pop(_MORE, None)
    for key, value in own.items():
        inherited = found.get(key)
        if key == "requireVersion" and inherited is True and value is False:
            problems.error((key,), "loosens", "The base demands versions, and a site cannot take that back.")
        elif key in _BY_NAME and isinstance(value, dict) and isinstance(inherited, dict):
            found[key] = {**inherited, **value}
            weaving.origins |= {(key, name): ("upper", (key, name)) for name in value}
        elif key == _MORE and isinstance(value, list) and isinstance(inherited, list):
            found[key] = [*inherited, *value]
            weaving.origins |= {(key, len(inherited) + at): ("upper", (key, at)) for at in range(len(value))}
        else:
            found[key] = value
            weaving.origins[key,] = ("upper", (key,))
    return weaving.document(found), tuple(problems.found)
