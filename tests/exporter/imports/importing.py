"""``t2e models import`` as the tests type it."""

from __future__ import annotations

from tests.exporter.imports import toy
from train2edge.bundle import ModelBundle
from train2edge.cli import run


def imported(file, out, *words) -> int:
    return run(["models", "import", str(file), "-o", str(out), "--no-check", *map(str, words)])


def bundle_of(file, tmp_path, names, *words) -> ModelBundle:
    pictures = toy.pictures(tmp_path / "pictures")
    words = (*words, "--recipe", "yolox", "--labels", names)
    assert imported(file, tmp_path / "b", *words, "--calibrate", pictures, "--data", pictures) == 0
    return ModelBundle.open(tmp_path / "b")
