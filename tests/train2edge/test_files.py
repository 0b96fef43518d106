"""A file is there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from train2edge.files import digest_file, replacing, write_json, write_text, writing


def test_an_interrupted_writer_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old\n")
    with pytest.raises(ZeroDivisionError), writing(path) as out:
        out.write("new")
        raise ZeroDivisionError
    assert path.read_text() == "old\n"
    assert [one.name for one in tmp_path.iterdir()] == ["a.txt"]


def test_folders_are_made_and_modes_are_the_users(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "a.json"
    write_json(path, {"b": 1, "a": [1, 2]})
    assert path.read_text().startswith('{\n  "a"')
    plain = tmp_path / "plain"
    plain.touch()
    assert path.stat().st_mode == plain.stat().st_mode


def test_the_suffix_stays_so_that_libraries_know_the_format(tmp_path: Path) -> None:
    with replacing(tmp_path / "a.png") as beside:
        assert beside.suffix == ".png"
        beside.write_bytes(b"x")
    assert (tmp_path / "a.png").read_bytes() == b"x"


def test_digests_are_of_content(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("x")
    two.write_text("x")
    assert digest_file(one) == digest_file(two)
    # sha256 of "x"
    assert digest_file(one).startswith("2d711642b726b044")
