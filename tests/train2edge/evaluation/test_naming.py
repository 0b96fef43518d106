"""A file for each picture, however they are called."""

from __future__ import annotations

from pathlib import Path

from train2edge.evaluation.naming import stem, unique_names


def test_names_stay_where_they_can() -> None:
    assert unique_names([Path("x/a.jpg"), Path("x/b.jpg")]) == ("a.jpg", "b.jpg")


def test_equal_names_get_their_folder_and_equal_folders_a_number() -> None:
    paths = [Path(one) for one in ("x/a.jpg", "y/a.jpg", "1/z/b.jpg", "2/z/b.jpg", "x/a.png")]
    names = unique_names(paths)
    assert names[1] == "y__a.jpg"
    assert names[0] == "0__x__a.jpg"  # beside x/a.png, whose text file would be the same
    assert len({stem(name) for name in names}) == len(paths)


def test_stem_keeps_dots_inside() -> None:
    assert (stem("a.b.jpg"), stem("plain")) == ("a.b", "plain")
