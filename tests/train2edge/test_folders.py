from pathlib import Path

import pytest

from train2edge.errors import InputError
from train2edge.folders import building, check_free, filling


def test_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "deep/out"
    with pytest.raises(RuntimeError), building(target) as folder:
        (folder / "half").touch()
        raise RuntimeError
    assert list((tmp_path / "deep").iterdir()) == []
    with building(target) as folder:
        (folder / "whole").touch()
        assert not target.exists()
    assert [one.name for one in target.iterdir()] == ["whole"]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with building(tmp_path / "empty") as folder:
        (folder / "a").touch()
    for taken in ("empty", "empty/a"):
        with pytest.raises(InputError, match="--out"), building(tmp_path / taken):
            pass


def test_a_place_that_cannot_be_written_is_told_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="file' is a file"):
        check_free(tmp_path / "file" / "deep" / "out")
    monkeypatch.setattr("train2edge.folders.os.access", lambda *_: False)
    with pytest.raises(InputError, match="no right to write in"):
        check_free(tmp_path / "deep" / "out")


def test_a_folder_of_the_same_kind_is_replaced_when_the_new_one_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "bundle"
    for text in ("old", "new"):
        with building(out, "manifest.json") as folder:
            (folder / "manifest.json").write_text(text)
    assert (out / "manifest.json").read_text() == "new"
    with pytest.raises(RuntimeError), building(out, "manifest.json") as folder:
        (folder / "manifest.json").write_text("half")
        raise RuntimeError
    assert (out / "manifest.json").read_text() == "new"
    assert [one.name for one in tmp_path.iterdir()] == ["bundle"]


def test_what_is_not_of_that_kind_stays(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(InputError, match="is not empty"), building(tmp_path, "app.json"):
        pass
    assert (tmp_path / "precious.txt").read_text() == "mine"


def test_results_take_the_place_of_their_like_when_they_are_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "kitti").mkdir(parents=True)
    for name in ("kitti/old.txt", "film.mp4", "notes"):
        (out / name).touch()
    with pytest.raises(RuntimeError), filling(out) as folder:
        (folder / "kitti").mkdir()
        raise RuntimeError
    assert (out / "kitti/old.txt").is_file()
    with filling(out) as folder:
        (folder / "kitti").mkdir()
        (folder / "kitti/new.txt").touch()
        (folder / "film.mp4").write_text("new")
    assert [one.name for one in (out / "kitti").iterdir()] == ["new.txt"]
    assert ((out / "film.mp4").read_text(), (out / "notes").is_file()) == ("new", True)
    assert [one.name for one in tmp_path.iterdir()] == ["out"]
