"""Declarations come into a new folder under their own names, and nowhere else whatever a backup calls them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kartotek.declaration.files import read_own
from kartotek.declaration.new_folder import write_new
from kartotek.errors import SetupInvalid

GOOD = {"site.yaml": "name: X\n", "schemas/person.json": "{}", "workflows/person.yaml": "a: 1\n", "templates/messages/hello.yaml": "b: \udcff\n"}


def test_what_was_read_is_written_to_the_last_byte(tmp_path: Path) -> None:
    write_new(tmp_path, {**GOOD, "@base/site.yaml": "name: Base\n", "@base": "is not there"})
    assert read_own(tmp_path) == GOOD
    assert (tmp_path / "templates/messages/hello.yaml").read_bytes() == b"b: \xff\n"
    assert not list(tmp_path.glob("@*"))


@pytest.mark.parametrize(
    "name",
    ["../site.yaml", "/etc/site.yaml", "schemas/../../x.json", "schemas/person.sh", "data/records.json", "secrets/secret.yaml", ".ssh/a.json",
     "schemas", "", "schemas/a\0.json", "schemas_evil/a.json"],
)
def test_another_name_is_refused_before_anything_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(SetupInvalid):
        write_new(tmp_path, {**GOOD, name: "{}"})
    assert not list(tmp_path.iterdir())
