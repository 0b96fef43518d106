from pathlib import Path

import pytest

from train2edge.datasets.new_folder import new_folder
from train2edge.errors import InputError


def test_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "deep/out"
    with pytest.raises(RuntimeError), new_folder(target) as folder:
        (folder / "half").touch()
        raise RuntimeError
    assert list((tmp_path / "deep").iterdir()) == []
    with new_folder(target) as folder:
        (folder / "whole").touch()
        assert not target.exists()
    assert [one.name for one in target.iterdir()] == ["whole"]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with new_folder(tmp_path / "empty") as folder:
        (folder / "a").touch()
    for taken in ("empty", "empty/a"):
        with pytest.raises(InputError, match="--out"), new_folder(tmp_path / taken):
            pass
