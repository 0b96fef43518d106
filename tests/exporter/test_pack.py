from __future__ import annotations

from dataclasses import replace

from exporter import pack
from tests.exporter import toy


def test_a_detectors_labels_are_one_a_line_with_lf(tmp_path):
    pack.write_labels(tmp_path / "labels.txt", toy.CONTRACT)
    assert (tmp_path / "labels.txt").read_bytes() == b"car\nbus\n"


def test_a_classifiers_labels_are_one_line_a_tensor(tmp_path):
    output = replace(toy.CONTRACT.output, parser="classifier")
    pack.write_labels(tmp_path / "labels.txt", replace(toy.CONTRACT, output=output))
    assert (tmp_path / "labels.txt").read_bytes() == b"car;bus\n"
