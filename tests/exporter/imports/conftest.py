from __future__ import annotations

import pytest

from tests.exporter.imports import toy


@pytest.fixture
def file(tmp_path):
    return toy.write(toy.yolox(), tmp_path / "toy.onnx")


@pytest.fixture
def names(tmp_path):
    return str(toy.labels(tmp_path / "names.txt"))
