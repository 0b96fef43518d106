from __future__ import annotations

from exporter import pack


def test_labels_are_one_a_line_with_lf(tmp_path):
    pack.write_labels(tmp_path / "labels.txt", ("car", "bus"))
    assert (tmp_path / "labels.txt").read_bytes() == b"car\nbus\n"
