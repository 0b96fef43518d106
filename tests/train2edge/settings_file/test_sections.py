from __future__ import annotations

from pathlib import Path

import pytest

from train2edge.errors import InputError
from train2edge.settings_file import read


def test_the_last_of_two_equal_keys_wins_in_its_own_place(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("[a]\nx=1\ny=2\n[b]\nz=\\s3\n[a]\n x = 4 # no comment\n")
    file = read(path)
    assert file.values() == {"a": {"y": "2", "x": "4 # no comment"}, "b": {"z": " 3"}}
    assert list(file.sections["a"]) == ["y", "x"]
    assert file.where("a", "x") == f"{path}:7"
    assert file.where("b", "absent") == f"{path}:4"


def test_yaml_values_are_text(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text("%YAML:1.0\na:\n  x: 010\n  y: 1;2\nb:\n")
    assert read(path).values() == {"a": {"x": "010", "y": "1;2"}, "b": {}}


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a.txt", "[a]\nx\n", 2),
        ("a.txt", "x=1\n", 1),
        ("a.yml", "a:\n  x: [1, 2]\n", 2),
        ("a.yml", "- a\n", 1),
        ("a.yml", "a: {\n", 2),
    ],
)
def test_bad_files_are_told_with_their_line(
    tmp_path: Path, name: str, text: str, line: int
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read(path)
    assert caught.value.where == f"{path}:{line}"
