"""Analysis: the tokens under which a stored text is found. Each begins with a letter that says what it is.

    c 张     a character of a script without spaces       x zhangsan  a whole value, or how it is spelled
    b 张三   two of them that stand together              s zha       the first letters of a value
    q zhang  the first letters of a word or a spelling    p 1380      four digits of a number
    w zhangsan  a word or a spelling of more than five
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from kartotek.kinds.plain_text import plain
from kartotek.rules.pinyin import readings, spellings

VERSION = 1  # grows with every change of what is found under which token: all indexes are then built anew
NAME, PROSE, PHONE = "name", "prose", "phone"  # how the texts of a field are analysed

MOST_TEXT = 20_000  # characters of a value that are looked at
LONGEST = 40  # letters of a word that count
EXPLICIT = 5  # prefixes of up to so many letters have tokens of their own: common ones are then one look-up
FIRST = 3  # letters of a value by which one that begins like the question is known
GRAM = 4  # digits of a fragment
_SPELLED_RUN, _SPELLED = 12, 6  # a run of more characters is a sentence and not spelled; so many are spelled together
_JOINED = 6  # so many words may be one code
_NATIONAL = 3  # digits at the beginning of a national number that are found by themselves

_SCRIPT = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005\u3007\u3040-\u30ff\u3100-\u312f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
PIECES = re.compile(rf"([{_SCRIPT}]+)|([^\W_{_SCRIPT}]+)")
_BOUNDARY = re.compile(r"(?<=\d)(?=\D)|(?<=\D)(?=\d)")
_NEVER = re.compile("[\0\ud800-\udfff]")  # what no column holds


def terms(form: str, text: str) -> set[str]:
    """The tokens of one text of a field of that form."""
    if _NEVER.search(text):
        return set()
    if form == PHONE:
        return _number_terms(text)
    folded = plain(text[:MOST_TEXT])
    pieces: list[tuple[str, str]] = PIECES.findall(folded)
    found: set[str] = set()
    for script, word in pieces:
        if word:
            _add_word(found, word)
        else:
            found.update(["c" + one for one in script])
            found.update(["b" + script[at : at + 2] for at in range(len(script) - 1)])
    if form == NAME and pieces:
        _add_name(found, pieces)
    return found


def key_of(text: str) -> str:
    """A whole text as one word: what two texts share that differ by case, accents and signs alone. Cut a letter too late."""
    return "".join(["".join(one) for one in PIECES.findall(plain(text[:MOST_TEXT]))])[: LONGEST + 1]


def _add_word(found: set[str], word: str) -> None:
    _add(found, word)
    if word.isalpha():
        return
    if word[0] == "0":
        _add(found, word.lstrip("0"))
    for boundary in _BOUNDARY.finditer(word):
        _add(found, word[boundary.start() :])
        _add(found, word[boundary.start() :].lstrip("0"))


def _add(found: set[str], word: str) -> None:
    found.update(_beginnings(word[:EXPLICIT]))
    if len(word) > EXPLICIT:
        found.add("w" + word[:LONGEST])


@lru_cache(maxsize=2048)
def _beginnings(word: str) -> tuple[str, ...]:
    return tuple(["q" + word[:length] for length in range(1, len(word) + 1)])


def _add_name(found: set[str], pieces: list[tuple[str, str]]) -> None:
    """What texts have that name something: words written as one, spellings, and the value as a whole."""
    whole = "".join([script or word for script, word in pieces])
    wholes = [whole]
    words: list[str] = []
    for script, word in (*pieces, ("", "")):
        if word:
            words.append(word)
            continue
        if 1 < len(words) <= _JOINED:
            for at in range(len(words) - 1):
                _add(found, "".join(words[at:]))
        words = []
        if script and len(script) <= _SPELLED_RUN:
            spelled = _add_spellings(found, script)
            wholes += spelled if script == whole else ()
            _add_first(found, spelled if pieces[0][0] is script else ())
    _add_first(found, [whole])
    found.update(["x" + one for one in wholes if len(one) <= LONGEST])


def _add_spellings(found: set[str], script: str) -> list[str]:
    """Adds the spellings from every character on; answers those from the first on, whole ones alone."""
    whole = spellings([readings(one) for one in script[:_SPELLED]])
    for one in whole:
        _add(found, one)
    for at in range(1, len(script)):
        found.update(_spelled_after(script[at : at + _SPELLED]))
    return whole


@lru_cache(maxsize=1024)
def _spelled_after(script: str) -> tuple[str, ...]:
    """The tokens of the spellings of what follows a first character: of names there are few, and they come again."""
    found: set[str] = set()
    for one in spellings([readings(one) for one in script]):
        _add(found, one)
    return tuple(found)


def _add_first(found: set[str], wholes: Iterable[str]) -> None:
    for one in wholes:
        found.update(["s" + one[:length] for length in range(1, min(FIRST, len(one)) + 1)])


def _number_terms(text: str) -> set[str]:
    plus, digits = text[:1] == "+", text[1:]
    if not (plus and digits.isdecimal() and digits.isascii()):
        digits = "".join([one for one in plain(text) if one.isdecimal()])
    national = digits[_country(digits) :] if plus else digits
    found = {"p" + digits[at : at + GRAM] for at in range(len(digits) - GRAM + 1)}
    found.update(_beginnings(national[:_NATIONAL]))
    found.update(["x" + one for one in (digits, national) if one])
    return found


def _country(digits: str) -> int:
    """How many of the digits are the code of a country."""
    return next((width for width in (1, 2, 3) if int(digits[:width] or 0) in COUNTRY_CODE_TO_REGION_CODE), 0)
