"""Writes the table of Chinese characters and their syllables that search reads: python tools/pinyin_table.py"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from pypinyin.phrases_dict import phrases_dict
from pypinyin.pinyin_dict import pinyin_dict

TABLE = Path(__file__).parent.parent / "platform/kartotek/rules/pinyin.txt"
# The blocks of characters that names and texts are written with: the common one and its first extension.
BLOCKS = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000))
MOST = 3  # readings of one character, beside those it has as a surname
# Readings that a character has as a surname, where the dictionary gives them a low rank or none.
SURNAMES = {
    "曾": "zeng", "单": "shan", "仇": "qiu", "查": "zha", "解": "xie", "朴": "piao", "尉": "yu wei", "俟": "qi", "盖": "ge",
    "缪": "miao", "覃": "qin tan", "乐": "yue le", "任": "ren", "区": "ou", "折": "she", "员": "yun", "种": "chong", "翟": "zhai",
    "重": "chong", "藏": "zang", "朝": "chao", "那": "na", "繁": "po", "宓": "fu mi", "冼": "xian", "洗": "xian", "葛": "ge",
    "华": "hua", "召": "shao", "谌": "chen shen", "盛": "sheng", "石": "shi", "万": "wan mo", "黑": "he", "秘": "bi", "贾": "jia",
    "祭": "zhai", "车": "che", "牟": "mou mu", "郗": "xi chi", "逄": "pang", "隗": "wei kui", "郇": "xun huan", "燕": "yan",
    "芮": "rui", "佴": "nai", "令": "ling", "句": "gou", "阚": "kan", "适": "kuo", "褚": "chu", "会": "gui", "洪": "hong",
    "强": "jiang qiang", "行": "xing hang", "卜": "bu", "长": "chang zhang", "呙": "guo", "尹": "yin", "纪": "ji",
}  # fmt: skip


def main() -> None:
    """Writes the file."""
    TABLE.write_text(table(), encoding="utf-8")


def table() -> str:
    """Lines of readings and the characters that have them, the likeliest reading first: "zeng,ceng 曾"."""
    said = _said()
    lines: dict[str, list[str]] = {}
    for code in sorted(code for block in BLOCKS for code in block if code in pinyin_dict):
        lines.setdefault(",".join(_readings(chr(code), said)), []).append(chr(code))
    return "".join(f"{readings} {''.join(characters)}\n" for readings, characters in sorted(lines.items()))


def _readings(character: str, said: Mapping[str, Counter[str]]) -> list[str]:
    """The surname's readings, then the first of the dictionary and those that its words really use."""
    listed = list(dict.fromkeys(plain(one) for one in pinyin_dict[ord(character)].split(",")))
    counts = said.get(character, Counter())
    used = [one for one in listed[1:] if counts[one] >= max(2, counts.total() * 0.04)]
    surname = SURNAMES.get(character, "").split()
    return list(dict.fromkeys([*surname, *[listed[0], *used][:MOST]]))


def _said() -> dict[str, Counter[str]]:
    """{character: how often each of its syllables stands in the dictionary's words}."""
    found: dict[str, Counter[str]] = {}
    for character, syllable in _syllables():
        found.setdefault(character, Counter())[plain(syllable)] += 1
    return found


def _syllables() -> Iterator[tuple[str, str]]:
    for phrase, syllables in phrases_dict.items():
        if len(phrase) == len(syllables):
            yield from ((character, one[0]) for character, one in zip(phrase, syllables, strict=True))


def plain(syllable: str) -> str:
    """A syllable without tones, as it is typed: ü is v."""
    letters = unicodedata.normalize("NFD", syllable.replace("ê", "e"))
    letters = letters.replace("u\u0308", "v")
    return "".join(one for one in letters if one.isascii() and one.isalpha())


if __name__ == "__main__":
    main()
