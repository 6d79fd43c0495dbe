"""An overlay on its base: one schema document of both, and all that the overlay may not do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from kartotek.declaration.comparing import Comparing
from kartotek.declaration.document import Document, Path
from kartotek.declaration.expand import expand
from kartotek.declaration.metafiles import OVERLAY
from kartotek.declaration.overlay_grants import granted
from kartotek.declaration.overlay_rules import FIELD, FIXED, FREE, OPTION, PREFIX, PUBLIC_FORM, TYPE, Rule
from kartotek.declaration.problems import Problems
from kartotek.declaration.shape import check_shape
from kartotek.declaration.suggest import listed
from kartotek.model.frozen import EMPTY
from kartotek.model.missing import MISSING
from kartotek.model.problem import Problem

EXTENDS = "x-extends"
Keys = Mapping[str, Rule]


@lru_cache(maxsize=256)
def overlaid(overlay: Document, base: Document) -> tuple[Document, tuple[Problem, ...]]:
    """Both in one, with every place in the file it comes from; where the overlay is refused, the base's word stands.

    Kept, because most files of a site are looked at again as they were.
    """
    merging = _Merging(overlay, _whole(base))
    check_shape(merging.problems, OVERLAY)
    merging.leave_nulls()
    declared = {key: value for key, value in overlay.value.items() if key != EXTENDS}
    value = merging.keys((), merging.weaving.lower.value, declared, TYPE)
    return merging.weaving.document(value), tuple(merging.problems.found)


def _whole(base: Document) -> Document:
    """The base without `$ref`, so that what a field takes from a definition is what the overlay is compared with."""
    whole, broken = expand(Problems(base))
    return base if broken else whole


class _Merging(Comparing):
    """Goes down both at once. Paths are the overlay's, and the result's but for the keys with + and for options."""

    def keys(self, path: Path, old: Mapping[str, Any], new: Mapping[str, Any], rules: Keys, *, others: Rule = FIXED) -> dict[str, Any]:
        """Of two mappings; keys that end in + come last, so that they add to what the overlay says itself."""
        found = dict(old)
        for key in sorted(new, key=lambda one: one.endswith("+")):
            here: Path = (*path, key)
            if here in self.broken:
                continue
            name = key.removesuffix("+")
            if name != key and name in rules:
                self.append(path, key, new[key], (found, rules[name]))
                continue
            value = self._value(here, old.get(key, MISSING), new[key], rules.get(key, others))
            if value is not MISSING:
                found[key] = value
        return found

    def _value(self, path: Path, old: Any, new: Any, rule: Rule) -> Any:
        """What stands there; MISSING where nothing does."""
        if self.removes(path, old, new):
            return old
        refused = rule.refuses(old, new)
        if refused:
            self.problems.error(path, *refused)
            return old
        ways: dict[str, Callable[[Path, Any, Any, Rule], Any]] = {
            "keys": self._inner, "field": self._field, "fields": self._fields, "definitions": self._definitions,
            "options": self._options, "permissions": self._permissions, "contact": self._contact, "forms": self._forms,
            "asked": self._asked, "and": self.joined, "or": self.joined, "replace": self._replaced,
        }
        return ways[rule.way](path, old, new, rule)

    def _replaced(self, path: Path, old: Any, new: Any, rule: Rule) -> Any:
        """Texts in several languages are merged language by language, all else is taken as it is."""
        if isinstance(old, dict) and isinstance(new, dict):
            return self.keys(path, old, new, EMPTY, others=FREE)
        self.take(path)
        return new

    def _inner(self, path: Path, old: Any, new: Any, rule: Rule) -> Any:
        if old is MISSING:
            self.take(path)
        return self.keys(path, old or {}, new, rule.keys) if isinstance(new, dict) else old

    def _field(self, path: Path, old: Any, new: Any, rule: Rule) -> Any:
        if isinstance(old, dict) and isinstance(new, dict):
            return self.keys(path, old, new, FIELD)
        return self.refuse_change(path, old, new)

    def _fields(self, path: Path, old: Any, new: Any, rule: Rule) -> Any:
        if not isinstance(old, dict) or not isinstance(new, dict):
            return self.refuse_change(path, old, new)
        found = dict(old)
        for name, declared in new.items():
            here: Path = (*path, name)
            if here in self.broken:
                continue
            found[name] = self._value(here, old[name], declared, Rule("field")) if name in old else self._added(here, declared)
        return found

    def _added(self, path: Path, declared: Any) -> Any:
        name = str(path[-1])
        if not name.startswith(PREFIX):
            sentence = f"What an overlay adds begins with {PREFIX}, so that no later version of the base has it too: '{PREFIX}{name}'."
            self.problems.error_at_key(path, "overlay_name", sentence)
        own = declared.get("x-field") if isinstance(declared, dict) else None
        if isinstance(own, dict) and own.get("declassify") is True:
            sentence = "An overlay cannot open to more people what the base keeps from them."
            self.problems.error((*path, "x-field", "declassify"), "loosens", sentence)
        self.take(path)
        return declared

    def _definitions(self, path: Path, old: Any, new: Any, rule: Rule) -> Any:
        if old is MISSING:
            self.take(path)
        found = dict(old or {})
        for name, declared in new.items() if isinstance(new, dict) else ():
            here: Path = (*path, name)
            if here not in self.broken:
                found[name] = self.refuse_change(here, found[name], declared) if name in found else self._added(here, declared)
        return found

    def _options(self, path: Path, old: Any, new: Any, rule: Rule) -> Any:
        """Options are the same by their const. Those that are not named stay; the order is the overlay's where it names all."""
        if not isinstance(old, list) or not isinstance(new, list):
            return self.refuse_change(path, old, new)
        at = {one["const"]: index for index, one in enumerate(old) if isinstance(one, dict) and "const" in one}
        named: dict[Any, int] = {}
        for index, one in enumerate(new):
            if not isinstance(one, dict) or (*path, index) in self.broken:
                continue
            if one.get("const") not in at:
                known = listed(map(str, at))
                sentence = f"The base does not accept {one.get('const')!r}, so an overlay cannot. Its options are {known}."
                self.problems.error((*path, index, "const"), "loosens", sentence)
            else:
                named.setdefault(one["const"], index)
        order = list(named) if len(named) == len(at) else list(at)
        return [self._option(path, place, (at[one], old[at[one]]), (named.get(one), new)) for place, one in enumerate(order)]

    def _option(self, path: Path, place: int, known: tuple[int, Any], given: tuple[int | None, Any]) -> Any:
        (source, old), (index, new) = known, given
        self.weaving.origins[(*path, place)] = ("lower", (*path, source))
        if index is None:
            return old
        inner = _Merging(self.problems.document, self.weaving.lower)
        inner.broken = self.broken
        merged = inner.keys((*path, index), old, new[index], OPTION)
        for taken in inner.weaving.origins:
            self.take((*path, place, *taken[len(path) + 1 :]), taken)
        self.tell(inner.problems)
        return merged

    def _permissions(self, path: Path, old: Any, new: Any, rule: Rule) -> Any:
        found = dict(old or {})
        if old is MISSING:
            self.take(path)
        for role, grants in new.items() if isinstance(new, dict) else ():
            here: Path = (*path, role)
            if here in self.broken or self.removes(here, found.get(role, MISSING), grants) or not isinstance(grants, dict):
                continue
            if role not in found:
                self.take(here)
            found[role] = dict(found.get(role, EMPTY))
            for action, grant in grants.items():
                if (*here, action) not in self.broken:
                    self._grant((*here, action), found[role], grant)
        return found

    def _grant(self, path: Path, grants: dict[str, Any], new: Any) -> None:
        role, action = str(path[-2]), str(path[-1])
        if self.removes(path, grants.get(action, MISSING), new):
            return
        old = grants.get(action, action == "transition")  # of transitions a role may run all that the workflow gives it
        refused = granted(role, action, old, new)
        if refused:
            self.problems.error(path, *refused)
        elif isinstance(old, str) and isinstance(new, str):
            grants[action] = self.joined(path, old, new, Rule("and"))
        elif new is not True or action in grants:
            self.take(path)
            grants[action] = new

    def _contact(self, path: Path, old: Any, new: Any, rule: Rule) -> Any:
        if not isinstance(new, dict) or old is MISSING:
            return self._replaced(path, old, new, rule)
        added = {key: FREE for key in new.keys() - old.keys()}
        return self.keys(path, old, new, {**added, "consent": Rule("and")})

    def _forms(self, path: Path, old: Any, new: Any, rule: Rule) -> Any:
        found = dict(old or {})
        for name, form in new.items() if isinstance(new, dict) else ():
            if self.removes((*path, name), found.get(name, MISSING), form):
                continue
            if name in found and isinstance(form, dict):
                found[name] = self.keys((*path, name), found[name], form, PUBLIC_FORM)
            elif (*path, name) not in self.broken:
                sentence = "An overlay cannot open a type of its base to people without an account."
                self.problems.error_at_key((*path, name), "loosens", sentence)
        return found

    def _asked(self, path: Path, old: Any, new: Any, rule: Rule) -> Any:
        """Of the fields of a public form: those of the base, in any order, and fields of the overlay's own."""
        more = [one for one in new if one not in (old or ()) and not str(one).startswith(PREFIX)] if isinstance(new, list) else []
        lacking = [one for one in old or () if one not in new] if isinstance(new, list) else []
        if more or lacking:
            sentence = f"This form asks for {listed(map(str, old or ()))}; an overlay can add only fields of its own to these."
            self.problems.error(path, "loosens" if more else "removes", sentence)
            return old
        return self._replaced(path, old, new, rule)
