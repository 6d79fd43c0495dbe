"""What a search finds: the tokens of texts and questions against a plain reading of the same rules, and the table of syllables."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator, Mapping
from itertools import groupby, product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kartotek.kinds.plain_text import plain
from kartotek.model.matching import Every, Inside, Match, Token
from kartotek.rules import pinyin
from kartotek.rules.analysis import NAME, PHONE, PROSE
from kartotek.rules.search_terms import Searched, wanted
from kartotek.rules.searched import record_terms

ROOT = Path(__file__).parent.parent.parent
FIELDS = (Searched("name", "a", NAME), Searched("note", "b", PROSE), Searched("phone", "c", PHONE))


@pytest.mark.parametrize(
    ("texts", "same"),
    [
        (("Müller", "MULLER", "Ｍｕ̈ller"), "muller"), (("Straße", "STRASSE"), "strasse"), (("İstanbul", "ıstanbul", "ISTANBUL"), "istanbul"),
        (("Łódź", "lodz"), "lodz"), (("Øre", "ORE"), "ore"), (("１２３", "①②③"), "123"), (("がぎ", "か\u3099き\u3099", "ｶﾞｷﾞ"), None),
        (("한국", "\u1112\u1161\u11ab국"), "한국"), (("ﬁn", "FIN"), "fin"), (("ΣΊΣΥΦΟΣ", "σισυφος"), "σισυφοσ"), (("Ёлка", "ЕЛКА"), "елка"),
    ],
)  # fmt: skip
def test_letters_that_differ_by_case_accent_or_width_are_alike(texts: tuple[str, ...], same: str | None) -> None:
    folded = {plain(one) for one in texts[: None if same else 2]}
    assert len(folded) == 1 and (same is None or folded == {same})


def matches(match: Match, tokens: set[str], values: Mapping[str, str]) -> bool:
    """Whether a record with these tokens and values is asked for, as a database would say."""
    if isinstance(match, Token):
        return any(one.startswith(match.text) for one in tokens) if match.prefix else match.text in tokens
    if isinstance(match, Inside):
        text = values.get(match.field, "")
        return matches(match.tokens, tokens, values) and match.text in (plain(text) if match.folded else text)
    found = (matches(one, tokens, values) for one in match.parts)
    return all(found) if isinstance(match, Every) else any(found)


def finds(question: str, values: Mapping[str, str], fields: tuple[Searched, ...] = FIELDS) -> bool:
    """Whether the question finds a record with these values."""
    asked = wanted(question, fields)
    return asked is not None and matches(Every(asked.every), set(record_terms(FIELDS, values)), values)


# --- the same, read plainly


def is_han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


def runs(text: str) -> list[str]:
    """Runs of characters and of letters with digits, in order."""
    sort = [(one, "han" if is_han(one) else "word" if one.isalnum() else "") for one in plain(text)]
    return ["".join(one for one, _ in each) for kind, each in groupby(sort, lambda pair: pair[1]) if kind]


def beginnings(text: str, named: bool) -> Iterator[str]:
    """Texts of which every beginning is found."""
    words: list[str] = []
    for run in [*runs(text), "一"]:
        if not is_han(run[0]):
            words.append(run)
            yield run
            tails = [run[at:] for at in range(1, len(run)) if run[at].isdigit() != run[at - 1].isdigit()]
            yield from tails
            yield from (tail.lstrip("0") for tail in (run, *tails) if tail[0] == "0")
            continue
        if named and 1 < len(words) <= 6:
            yield from ("".join(words[at:]) for at in range(len(words)))
            if all(one.isalpha() for one in words):
                yield "".join(one[0] for one in words)[:5]
        words = []
        if named and len(run) <= 12:
            for at in range(len(run)):
                each = [pinyin.readings(one) for one in run[at : at + 6]]
                yield from ("".join(one) for one in product(*each))
                yield from ("".join(one) for one in product(*[[syllable[0] for syllable in one] for one in each]))


def in_number(digits: str, phone: str) -> bool:
    national = phone.removeprefix("+86").removeprefix("+49")
    zeros = len(digits) - len(digits.lstrip("0"))
    ways = [digits, *([digits.lstrip("0")] if zeros == 1 or (zeros == 2 and len(digits) >= 6) else [])]
    return any(one in phone if len(one) >= 4 else national.startswith(one) for one in ways if one)


def word_found(word: str, values: Mapping[str, str]) -> bool:
    texts = [(values.get("name", ""), True), (values.get("note", ""), False)]
    if any(one.startswith(word) for text, named in texts for one in beginnings(text, named)):
        return True
    return word.isdecimal() and "phone" in values and in_number(word, values["phone"])


def found(question: str, values: Mapping[str, str]) -> bool:
    """Every run of the question stands in the record; digits with signs between them may also be one number."""
    folded = plain(question)
    spaced = re.findall(r"(?<![^\W_])\d+(?:[ +./()-]+\d+)+(?![^\W_])", folded)
    for one in spaced:
        folded = folded.replace(one, " ", 1)
    parts = runs(folded)
    if not parts and not spaced:
        return False
    texts = [plain(values.get(name, "")) for name in ("name", "note")]
    for run in parts:
        if not (any(run in text for text in texts) if is_han(run[0]) else word_found(run, values)):
            return False
    for one in spaced:
        apart = all(word_found(group, values) for group in re.findall(r"\d+", one))
        if not apart and not ("phone" in values and in_number("".join(re.findall(r"\d+", one)), values["phone"])):
            return False
    return True


PIECES = ["张", "三", "丰", "曾", "吕", "张三", "三丰", "zhang", "zh", "san", "zs", "zeng", "lv", "a", "Anna", "ann", "ä", "ß", "BK", "-", " ", "-", " ",
          "00", "42", "2026", "138", "1380", "0013", "8000", "1", "0", "+86", ".", "x1"]  # fmt: skip
some_text = st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join)
numbers = st.sampled_from(["+8613800138000", "+8613912345678", "+4915112345678", "+49301234"])
records = st.fixed_dictionaries({}, optional={"name": some_text, "note": some_text, "phone": numbers})


@settings(max_examples=400)
@given(records, some_text)
def test_a_record_is_found_if_and_only_if_it_holds_what_is_asked(values: dict[str, str], question: str) -> None:
    if sum(map(is_han, plain(values.get("name", "")))) <= 6 and len(runs(question)) <= 8:
        assert finds(question, values) == found(question, values)


@given(records, st.data())
def test_every_piece_of_what_is_stored_finds_it(values: dict[str, str], data: st.DataObject) -> None:
    for name, text in values.items():
        at = data.draw(st.integers(0, len(text)))
        piece = text[at : at + 5]
        starts_a_run = at == 0 or not (text[at - 1].isalnum() and text[at].isalnum()) if at < len(text) else False
        if name != "phone" and runs(piece) and (starts_a_run or all(map(is_han, piece))):
            assert finds(piece, values)
        if name == "phone" and len(piece.lstrip("+")) >= 4:
            assert finds(piece, values)


@given(records, some_text)
def test_a_question_looks_at_no_field_that_is_not_given(values: dict[str, str], question: str) -> None:
    shown = {name: text for name, text in values.items() if name != "phone"}
    assert finds(question, values, FIELDS[:2]) == finds(question, shown, FIELDS[:2])


@pytest.mark.parametrize(
    ("text", "ranks"),
    [("张三", ("exact", "starts", "starts", "rest")), ("zs", ("exact", "starts", "starts", "rest")), ("zhangsan", ("exact", "starts", "starts", "rest"))],
)
def test_a_whole_value_comes_before_one_that_begins_alike(text: str, ranks: tuple[str, ...]) -> None:
    asked = wanted(text, FIELDS)
    assert asked is not None
    told = []
    for name in ("张三", "张三丰", "张三 (neu)", "小张三"):
        tokens = set(record_terms(FIELDS, {"name": name}))
        rank = "exact" if matches(asked.exact, tokens, {}) else "starts" if matches(asked.starts, tokens, {}) else "rest"
        told.append(rank)
    assert tuple(told) == ranks


@pytest.mark.parametrize("text", ["", "  ", "_", "-", "\0", "张\0", "\ud800", "!?"])
def test_a_question_without_letters_and_digits_finds_nothing(text: str) -> None:
    assert wanted(text, FIELDS) is None and wanted("a", ()) is None


def test_characters_have_the_readings_of_surnames_first() -> None:
    said = {one: pinyin.readings(one)[0] for one in "曾单仇查解朴区盖缪翟尉吕"}
    assert said == dict(zip("曾单仇查解朴区盖缪翟尉吕", "zeng shan qiu zha xie piao ou ge miao zhai yu lv".split(), strict=True))
    assert pinyin.readings("a") == pinyin.readings("か") == pinyin.readings("𠀀") == ()


def test_the_table_of_syllables_is_what_its_script_makes() -> None:
    pytest.importorskip("pypinyin")
    spec = importlib.util.spec_from_file_location("pinyin_table", ROOT / "tools/pinyin_table.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.table() == script.TABLE.read_text(encoding="utf-8")
