"""Analysis: the tokens under which a stored text is found. Each begins with a letter that says what it is.

    c 张     a character of a script without spaces       x zhangsan  a whole value, or how it is spelled
    b 张三   two of them that stand together              s zha       the first letters of a value
    q zhang  the first letters of a word or a spelling    p 1380      four digits of a number
    w zhangsan  a word or a spelling of more than five
"""

from __future__ import annotations

import re
from functools import lru_cache

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from kartotek.kinds.plain_text import plain
from kartotek.rules.pinyin import readings

VERSION = 1  # grows with every change of what is found under which token: all indexes are then built anew
NAME, PROSE, PHONE = "name", "prose", "phone"  # how the texts of a field are analysed

MOST_TEXT = 20_000  # characters of a value that are looked at
LONGEST = 40  # letters of a word that count
EXPLICIT = 5  # prefixes of up to so many letters have tokens of their own: common ones are then one look-up
FIRST = 3  # letters of a value by which one that begins like the question is known
GRAM = 4  # digits of a fragment
_SPELLED_RUN, _SPELLED = 12, 6  # a run of more characters is a sentence and not spelled; so many are spelled together
_SHORT = 200  # tokens, of which so few are the same that it does not matter
_WAYS = 8  # in which a name is spelled
_JOINED = 6  # so many words may be one code
_NATIONAL = 3  # digits at the beginning of a national number that are found by themselves

_SCRIPT = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005\u3007\u3040-\u30ff\u3100-\u312f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
PIECES = re.compile(rf"([{_SCRIPT}]+)|([^\W_{_SCRIPT}]+)")
_BOUNDARY = re.compile(r"(?<=\d)(?=\D)|(?<=\D)(?=\d)")
_NEVER = re.compile("[\0\ud800-\udfff]")  # what no column holds


def terms(form: str, text: str) -> list[str]:
    """The tokens of one text of a field of that form; in a short one some may stand twice."""
    if _NEVER.search(text):
        return []
    if form == PHONE:
        return _number_terms(text)
    folded = plain(text[:MOST_TEXT])
    pieces: list[tuple[str, str]] = PIECES.findall(folded)
    found: list[str] = []
    for script, word in pieces:
        if word:
            _add_word(found, word)
        else:
            found += ["c" + one for one in script]
            found += ["b" + script[at : at + 2] for at in range(len(script) - 1)]
    if form == NAME and pieces:
        _add_name(found, pieces)
    return found if len(found) < _SHORT else list(dict.fromkeys(found))


def key_of(text: str) -> str:
    """A whole text as one word: what two texts share that differ by case, accents and signs alone. Cut a letter too late."""
    return "".join(["".join(one) for one in PIECES.findall(plain(text[:MOST_TEXT]))])[: LONGEST + 1]


def _add_word(found: list[str], word: str) -> None:
    _add(found, word)
    if word.isalpha():
        return
    if word[0] == "0":
        _add(found, word.lstrip("0"))
    for boundary in _BOUNDARY.finditer(word):
        _add(found, word[boundary.start() :])
        _add(found, word[boundary.start() :].lstrip("0"))


def _add(found: list[str], word: str) -> None:
    found += _beginnings(word[:EXPLICIT])
    if len(word) > EXPLICIT:
        found.append("w" + word[:LONGEST])


@lru_cache(maxsize=2048)
def _beginnings(word: str) -> tuple[str, ...]:
    return tuple(["q" + word[:length] for length in range(1, len(word) + 1)])


def _add_name(found: list[str], pieces: list[tuple[str, str]]) -> None:
    """What texts have that name something: words written as one, spellings, and the value as a whole."""
    first = pieces[0][0]
    if len(pieces) > 1:
        whole = "".join([script or word for script, word in pieces])
        wholes: tuple[str, ...] = (whole,)
        _add_joined(found, [word for _, word in pieces])
        for script, _ in pieces[1:]:
            _add_spellings(found, script)
    else:
        whole = first or pieces[0][1]
        wholes = (whole,)
    found += _firsts(whole[:FIRST])
    if first:
        spelled = _add_spellings(found, first)
        for one in spelled:
            found += _firsts(one[:FIRST])
        if len(pieces) == 1 and len(first) <= _SPELLED:
            wholes += spelled
    found += ["x" + one for one in wholes if len(one) <= LONGEST]


def _add_joined(found: list[str], words: list[str]) -> None:
    """Words that follow one another, "" between those that do not, as one word from each of them on, and their initials."""
    row: list[str] = []
    for word in (*words, ""):
        if word:
            row.append(word)
            continue
        if 1 < len(row) <= _JOINED:
            for at in range(len(row) - 1):
                _add(found, "".join(row[at:]))
            if all([one.isalpha() for one in row]):
                found += _beginnings("".join([one[0] for one in row])[:EXPLICIT])
        row = []


def _add_spellings(found: list[str], script: str) -> tuple[str, ...]:
    """Adds the spellings from every character on; answers those from the first on."""
    if not 0 < len(script) <= _SPELLED_RUN:
        return ()
    for at in range(len(script) - 1, 0, -1):
        found += _spelled(script[at : at + _SPELLED])[2]
    full, initials, tokens = _spell(script[:_SPELLED])
    found += tokens
    return full + initials


def _spell(script: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """(spelled in full, initials, their tokens) of characters read one after the other; at most eight ways of each."""
    full = readings(script[0])
    initials = tuple(dict.fromkeys([one[0] for one in full]))
    if len(script) > 1:
        after, letters, _ = _spelled(script[1:])
        full = tuple([one + rest for one in full for rest in after[: _WAYS // len(full)]])
        initials = tuple([one + rest for one in initials for rest in letters[: _WAYS // len(initials)]])
    tokens: list[str] = []
    for one in full + initials:
        tokens += _beginnings(one[:EXPLICIT])
        if len(one) > EXPLICIT:
            tokens.append("w" + one[:LONGEST])
    return full, initials, tuple(tokens)


# What follows a first character: of given names there are few, and they come again.
_spelled = lru_cache(maxsize=4096)(_spell)


@lru_cache(maxsize=2048)
def _firsts(text: str) -> tuple[str, ...]:
    return tuple(["s" + text[:length] for length in range(1, len(text) + 1)])


def _number_terms(text: str) -> list[str]:
    plus, digits = text[:1] == "+", text[1:]
    if not (plus and digits.isdecimal() and digits.isascii()):
        digits = "".join([one for one in plain(text) if one.isdecimal()])
    national = digits[_country(digits) :] if plus else digits
    found = ["p" + digits[at : at + GRAM] for at in range(len(digits) - GRAM + 1)]
    found += _beginnings(national[:_NATIONAL])
    found += ["x" + one for one in (digits, national) if one]
    return found


def _country(digits: str) -> int:
    """How many of the digits are the code of a country."""
    return next((width for width in (1, 2, 3) if int(digits[:width] or 0) in COUNTRY_CODE_TO_REGION_CODE), 0)
