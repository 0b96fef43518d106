from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.train2edge.nvinfer.reference import FailureError
from tests.train2edge.nvinfer.vector_runs import package, plain
from tests.train2edge.nvinfer.vectors import FOLDER, WANTED, cases, read
from train2edge.nvinfer.layers import ParseError, ParserAbort

ABORT = -6
# Boxes up to which the reference, which compares all with all, takes no second.
PLAIN_BOXES = 120


@pytest.mark.parametrize("path", cases(FOLDER, wanted=WANTED))
def test_gives_what_nvinfer_gives(path: Path) -> None:
    vector = read(path)
    if vector.status:
        with pytest.raises(ParserAbort if vector.status == ABORT else ParseError):
            package(vector)
        return
    vector.check(package(vector))


@pytest.mark.parametrize("path", cases(FOLDER, wanted=WANTED))
def test_the_reference_gives_the_same(path: Path) -> None:
    vector = read(path)
    if vector.status:
        with pytest.raises(FailureError):
            plain(vector)
    elif len(vector.arrays.get("in_box_left", ())) <= PLAIN_BOXES and _is_small(vector.arrays):
        vector.check(plain(vector))


def _is_small(arrays: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]]) -> bool:
    return all(one.size < 50_000 for one in arrays.values())


def made(path: Path, family: str) -> Path:
    np.savez(path, meta_json=json.dumps({"family": family}), exp_status=np.int32(0))
    return path


def test_an_unknown_family_fails(tmp_path: Path) -> None:
    vector = read(made(tmp_path / "00_new.npz", "parser_yolov13"))
    with pytest.raises(KeyError):  # the parsers are told by their function
        package(vector)
    with pytest.raises(pytest.fail.Exception, match="of the family 'segmentations'"):
        package(read(made(tmp_path / "01_new.npz", "segmentations")))


def test_a_folder_without_vectors_fails_where_they_are_wanted(tmp_path: Path) -> None:
    (case,) = cases(tmp_path, wanted=True)
    with pytest.raises(pytest.fail.Exception, match="no test vectors"):
        read(*case.values)
    (case,) = cases(tmp_path / "absent", wanted=False)
    assert case.marks[0].name == "skip"


def test_names_of_files_and_folders_mean_nothing(tmp_path: Path) -> None:
    paths = sorted(FOLDER.rglob("*.npz"))[::20]
    if not paths:
        pytest.skip(f"no test vectors at {FOLDER}")
    for index, path in enumerate(reversed(paths)):
        folder = tmp_path / f"shuffled{index % 3}"
        folder.mkdir(exist_ok=True)
        shutil.copy(path, folder / f"{index}.npz")
    found = cases(tmp_path, wanted=True)
    assert len(found) == len(paths)
    for case in found:
        test_gives_what_nvinfer_gives(*case.values)
