"""The toy network after surgery, made once."""

from __future__ import annotations

import onnx
import pytest

from exporter.surgery import run as surgery
from tests.exporter import toy


@pytest.fixture(scope="session")
def model() -> onnx.ModelProto:
    """FP32, named, dynamic: what is quantised."""
    done, _ = surgery.run(toy.raw_model(), toy.CONTRACT, toy.pictures())
    return done
