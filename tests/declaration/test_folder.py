"""Writing a site's files: all or none, never over somebody else's change, and whole again after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest

from kartotek.declaration import folder as folder_module
from kartotek.declaration.differences import three_way
from kartotek.declaration.folder import Folder, own
from kartotek.declaration.journal import Journal
from kartotek.errors import Busy, Conflict, Invalid, SetupInvalid
from tests.declaration import folder_writer
from tests.lengths import rounds

A, B = "schemas/a.json", "workflows/b.yaml"


class Made:
    """A folder with two files; `standing` is what its catalog says."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.standing: dict[str, str] = {}
        (root / "data").mkdir()
        self.put("site.yaml", "name: X\n")
        self.put(A, "{}\n")
        self.put(B, "record: a\r\n")
        self.folder = Folder(root, root / "data", stands=self._stands)

    def _stands(self, files: Mapping[str, str | None]) -> bool:
        return all(self.standing.get(name) == text for name, text in files.items())

    def put(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())

    def files(self) -> dict[str, str]:
        """All that stands in the folder, hidden and unfinished files too."""
        found = {path.relative_to(self.root).as_posix(): path.read_bytes().decode() for path in self.root.rglob("*") if path.is_file()}
        return {name: text for name, text in found.items() if name != "data/folder.lock"}


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Made(tmp_path)


def test_several_files_are_written_and_what_is_read_then_is_all_of_them(made: Made) -> None:
    (made.root / A).chmod(0o640)
    new = {A: '{"a": 1}\n', B: None, "templates/messages/hi.yaml": "record: a\r\n"}
    with made.folder.written(new, {A: "{}\n", B: "record: a\r\n"}) as documents:
        assert documents == {"site.yaml": "name: X\n", A: '{"a": 1}\n', "templates/messages/hi.yaml": "record: a\r\n"}
    assert made.files() == documents == made.folder.read()
    assert (made.root / A).stat().st_mode & 0o777 == 0o640


def test_a_file_behind_a_link_is_written_and_the_link_stays(made: Made) -> None:
    (made.root / "data" / "real.json").write_text("{}\n")
    (made.root / A).unlink()
    (made.root / A).symlink_to(made.root / "data" / "real.json")
    with made.folder.written({A: "[]\n"}, {A: "{}\n"}):
        pass
    assert (made.root / A).is_symlink() and (made.root / "data" / "real.json").read_text() == "[]\n"


def test_a_file_that_was_changed_meanwhile_is_never_overwritten(made: Made) -> None:
    made.put(B, "record: a\n# theirs\n")
    before = made.files()
    with pytest.raises(Conflict) as caught, made.folder.written({A: "[]\n", B: "# mine\nrecord: a\n"}, {A: "{}\n", B: "record: a\n"}):
        pytest.fail("nothing was to be written")
    assert made.files() == before
    [problem] = caught.value.problems
    assert (problem.code, problem.path) == ("file_changed", "/files/workflows~1b.yaml")
    assert problem.params["base"] == "record: a\n"
    assert problem.params["theirs"] == "record: a\n# theirs\n"
    assert problem.params["mine"] == "# mine\nrecord: a\n"
    assert problem.params["merged"] == "# mine\nrecord: a\n# theirs\n"
    assert [one["change"] for one in problem.params["difference"]] == ["mine", "theirs"]


@pytest.mark.parametrize(
    ("name", "there", "seen", "mine"),
    [
        ("new for me, there already", "{}\n", None, "[]\n"),
        ("gone meanwhile", None, "{}\n", "[]\n"),
        ("changed, and I remove it", "[1]\n", "{}\n", None),
    ],
)
def test_a_file_that_came_or_went_is_a_conflict_too(made: Made, name: str, there: str | None, seen: str | None, mine: str | None) -> None:
    (made.root / A).unlink()
    if there is not None:
        made.put(A, there)
    with pytest.raises(Conflict) as caught, made.folder.written({A: mine}, {A: seen}):
        pytest.fail(name)
    assert caught.value.problems[0].params["theirs"] == there and caught.value.problems[0].params["merged"] is None


def test_whoever_wants_what_is_there_already_is_in_nobodys_way(made: Made) -> None:
    with made.folder.written({A: "{}\n", B: None}, {A: "[0]\n", B: "record: a\r\n"}):
        pass
    assert B not in made.files()


def test_a_file_saved_in_the_very_moment_of_writing_wins(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal has been kept and the first file written when somebody saves the second."""
    keep = Journal.keep

    def kept(self: Journal, path: Path) -> None:
        keep(self, path)
        made.put(B, "record: theirs\n")

    monkeypatch.setattr(Journal, "keep", kept)
    with pytest.raises(Conflict) as caught, made.folder.written({A: "[]\n", B: "record: mine\n"}, {A: "{}\n", B: "record: a\r\n"}):
        pytest.fail("it was changed")
    assert caught.value.problems[0].params["theirs"] == "record: theirs\n"
    assert made.files() == {"site.yaml": "name: X\n", A: "{}\n", B: "record: theirs\n"}


class Broken(Exception):
    """What goes wrong after the files were written."""


def test_files_are_put_back_when_what_they_were_written_for_fails(made: Made) -> None:
    before = made.files()
    with pytest.raises(Broken), made.folder.written({A: "[]\n", B: None, "schemas/n.json": "{}\n"}, {A: "{}\n", B: "record: a\r\n"}):
        raise Broken
    assert made.files() == before


def test_files_stay_when_what_they_say_went_into_service_in_spite_of_an_error(made: Made) -> None:
    made.standing = {A: "[]\n"}
    with pytest.raises(Broken), made.folder.written({A: "[]\n"}, {A: "{}\n"}):
        raise Broken
    assert made.files()[A] == "[]\n"


def test_putting_back_leaves_alone_what_was_saved_since(made: Made, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Broken), made.folder.written({A: "[]\n", B: None}, {A: "{}\n", B: "record: a\r\n"}):
        made.put(A, '["theirs"]\n')
        raise Broken
    assert made.files() == {"site.yaml": "name: X\n", A: '["theirs"]\n', B: "record: a\r\n"}
    assert f"{A} was changed" in caplog.text


def test_a_database_that_does_not_answer_puts_the_files_in_order_later(made: Made) -> None:
    def gone(files: Mapping[str, str | None]) -> bool:
        raise Busy("gone")

    blind = Folder(made.root, made.root / "data", stands=gone)
    with pytest.raises(Broken), blind.written({A: "[]\n"}, {A: "{}\n"}):
        raise Broken
    with pytest.raises(Busy):
        blind.read()
    assert made.folder.read()[A] == "{}\n"


NAMES = [
    "@base/schemas/a.json", "@base", "/etc/passwd", "../x/schemas/a.json", "schemas/../site.yaml", "schemas/.a.json", "schemas/a.txt",
    "schemas/deep/a.json", "secrets/secret.key", "data/records.db", "templates/sample/1_a.jsonl", "site.yaml/x.json", "", "schemas/a\0.json",
    "schemas/a.json\n", "templates/messages/", "schemas//a.json", "./site.yaml", "schemas\\a.json",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_only_declarations_of_the_sites_own_can_be_written(made: Made, name: str) -> None:
    before = made.files()
    with pytest.raises(Invalid) as caught, made.folder.written({name: "{}", A: "[]"}, {A: "{}\n"}):
        pytest.fail("it was refused")
    assert [one.code for one in caught.value.problems] == ["not_writable"]
    assert made.files() == before


def test_the_files_of_a_base_are_not_the_sites_own() -> None:
    assert own({"@chain/site.yaml": "", "site.yaml": "name: X", "@chain": ""}) == {"site.yaml": "name: X"}


def test_readers_wait_for_a_writer_and_see_all_or_nothing(made: Made) -> None:
    seen: list[tuple[str, str]] = []
    ended = threading.Event()

    def read() -> None:
        while not ended.is_set():
            found = made.folder.read()
            seen.append((found[A], found[B]))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for one in readers:
        one.start()
    for number in range(rounds(30, 500)):
        with made.folder.written({A: f"{number}", B: f"{number}"}, made.folder.read()):
            pass
    ended.set()
    for one in readers:
        one.join()
    assert len(seen) > 2 and {one for one in seen if one[0] != one[1]} <= {("{}\n", "record: a\r\n")}


def test_whoever_looks_without_waiting_is_told_that_somebody_writes(made: Made) -> None:
    with made.folder.still() as is_still:
        assert is_still
    with made.folder.written({A: "[]\n"}, {A: "{}\n"}), made.folder.still() as is_still:
        assert not is_still


def test_nobody_writes_while_others_look(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "_PATIENCE", 0.1)
    with made.folder.still(), pytest.raises(Busy), made.folder.written({A: "[]\n"}, {A: "{}\n"}):
        pytest.fail("somebody looks")
    assert made.files()[A] == "{}\n"


def test_a_full_disk_leaves_all_files_as_they_were(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    before = made.files()
    fsync, calls = os.fsync, iter(range(100))

    def full(descriptor: int) -> None:
        if next(calls) == 4:  # the journal and its folder, the first file and its folder, and then no more
            raise OSError(28, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SetupInvalid, match="No space left"), made.folder.written({A: "[]\n", B: "x: 1\n"}, {A: "{}\n", B: "record: a\r\n"}):
        pytest.fail("it could not be written")
    assert made.files() == before


@pytest.mark.durability("D16")
@pytest.mark.parametrize("seed", range(rounds(6, 60)))
def test_killed_at_any_moment_the_folder_is_in_one_state(tmp_path: Path, seed: int) -> None:
    """Of the number that was written last or before it, in all files; and the next writer goes on from there."""
    random = Random(seed)
    made = Made(tmp_path)
    for name, text in folder_writer.texts(0).items():
        made.put(name, str(text))
    (tmp_path / B).unlink()
    command = [sys.executable, str(Path(folder_writer.__file__)), str(tmp_path), "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(random.random() * 0.2)
        writer.send_signal(signal.SIGKILL)
        said = writer.stdout.read().split()
    last = max((int(one) for one in said if one.isdecimal()), default=1)
    found = made.folder.read()
    number = int(found["site.yaml"].removeprefix("number: "))
    assert number in (last - 1, last, last + 1)
    assert found == {name: text for name, text in folder_writer.texts(number).items() if text is not None}
    with made.folder.written(folder_writer.texts(number + 1), folder_writer.texts(number)):
        pass


def test_killed_before_the_journal_is_dropped_the_files_stay_if_they_went_into_service(made: Made) -> None:
    """As after a switch: the journal of a dead process names what is in service, half of it in the folder."""
    Journal({A: "{}\n", B: "record: a\r\n"}, {A: "[]\n", B: None}).keep(made.root / "data" / "folder-journal.json")
    made.put(A, "[]\n")
    made.put("workflows/.b.yaml.0123abcd", "reco")
    made.put("workflows/.b.yaml.swp", "an editor's")
    made.standing = {A: "[]\n"}
    assert made.folder.read() == {"site.yaml": "name: X\n", A: "[]\n"}
    assert set(made.files()) == {"site.yaml", A, "workflows/.b.yaml.swp"}


def test_a_broken_journal_is_told_with_its_place(made: Made) -> None:
    made.put("data/folder-journal.json", "{")
    with pytest.raises(SetupInvalid, match="folder-journal.json cannot be read"):
        made.folder.read()


MERGES = [
    ("nothing", "a\nb\n", "a\nb\n", "a\nb\n", "a\nb\n", []),
    ("mine alone", "a\nb\n", "a\nb\n", "a\nc\n", "a\nc\n", ["mine"]),
    ("theirs alone", "a\nb\n", "x\na\nb\n", "a\nb\n", "x\na\nb\n", ["theirs"]),
    ("the same on both sides", "a\nb\n", "a\nc\n", "a\nc\n", "a\nc\n", ["both"]),
    ("apart", "a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n", "A\nb\nC\n", ["theirs", "mine"]),
    ("one line in two ways", "a\nb\nc\n", "a\nx\nc\n", "a\ny\nc\n", None, ["conflict"]),
    ("without a last line break", "a\nb", "a\nb", "a\nb\n", "a\nb\n", ["mine"]),
    ("one removes what the other changes", "a\nb\nc\n", "a\nc\n", "a\nB\nc\n", None, ["conflict"]),
    ("all anew", "", "a\n", "b\n", None, ["conflict"]),
]


@pytest.mark.parametrize(("name", "base", "theirs", "mine", "merged", "changes"), MERGES, ids=[one[0] for one in MERGES])
def test_differences_of_three(name: str, base: str, theirs: str, mine: str, merged: str | None, changes: list[str]) -> None:
    found = three_way(base, theirs, mine)
    assert (found.merged, [one.change for one in found.hunks]) == (merged, changes), name


def test_a_merge_takes_each_side_whole_where_the_other_did_nothing() -> None:
    for seed in range(rounds(300, 5000)):
        random = Random(seed)
        base = [f"{random.randrange(6)}\n" for _ in range(random.randrange(12))]
        theirs, mine = ([one for one in base if random.random() > 0.2] + random.choice(([], ["x\n"])) for _ in range(2))
        texts = ["".join(one) for one in (base, theirs, mine)]
        assert three_way(texts[0], texts[1], texts[0]).merged == texts[1]
        assert three_way(texts[0], texts[0], texts[2]).merged == texts[2]
        assert three_way(texts[0], texts[1], texts[1]).merged == texts[1]
        assert all(one.base != one.mine or one.base != one.theirs for one in three_way(*texts).hunks)


def test_large_texts_are_compared_as_a_whole_rather_than_for_minutes() -> None:
    many = "x\n" * 20_000
    began = time.monotonic()
    assert three_way(many, many + "a\n", "b\n" + many).merged is None
    assert time.monotonic() - began < 2
