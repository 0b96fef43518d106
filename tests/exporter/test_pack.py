from __future__ import annotations

import pytest

from exporter import pack
from train2edge.errors import InputError


def fill(out, text="new"):
    with pack.building(out) as folder:
        (folder / "manifest.json").write_text("{}")
        (folder / "model.onnx").write_text(text)


def test_the_folder_appears_when_it_is_whole_and_replaces_an_older_bundle(tmp_path):
    out = tmp_path / "deep" / "bundle"
    fill(out, "old")
    fill(out)
    assert (out / "model.onnx").read_text() == "new"
    assert [one.name for one in out.parent.iterdir()] == ["bundle"]


def test_a_failure_leaves_the_old_bundle_and_nothing_beside(tmp_path):
    out = tmp_path / "bundle"
    fill(out, "old")
    with pytest.raises(RuntimeError), pack.building(out) as folder:
        (folder / "model.onnx").write_text("half")
        raise RuntimeError
    assert (out / "model.onnx").read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["bundle"]


def test_a_folder_that_is_no_bundle_is_not_overwritten(tmp_path):
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(InputError, match="not overwritten"):
        fill(tmp_path)
    assert (tmp_path / "precious.txt").read_text() == "mine"


def test_labels_are_one_a_line_with_lf(tmp_path):
    pack.write_labels(tmp_path / "labels.txt", ("car", "bus"))
    assert (tmp_path / "labels.txt").read_bytes() == b"car\nbus\n"
