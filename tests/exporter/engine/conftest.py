"""TensorRT as a stand-in of each release, and a GPU that is a dictionary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from exporter.engine import library, memory
from tests.exporter.engine import bindings
from tests.exporter.engine.fake_tensorrt import fake

VERSIONS = tuple(bindings.PACKAGES)


def book(version: str) -> dict[str, Any]:
    try:
        return bindings.book(version)
    except bindings.Unavailable as why:
        pytest.skip(f"TensorRT {version}'s bindings: {why}")


@pytest.fixture
def tensorrt(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """``tensorrt(version, answers)`` makes the stand-in and lets the builder and runner find it."""

    def install(version: str, answers: dict[str, Any] | None = None) -> Any:
        module = fake(book(version), answers)
        monkeypatch.setattr(library, "load", lambda hint: module)
        return module

    return install


class DictionaryDevice:
    """Memory at invented addresses. ``compute`` may be called by a network that is run."""

    def __init__(self) -> None:
        self.gpu = memory.Gpu("Tesla T4", "7.5")
        self.stream = 7
        self.blocks: dict[int, NDArray[Any]] = {}

    def allocate(self, size: int) -> int:
        address = 4096 * (len(self.blocks) + 1)
        self.blocks[address] = np.zeros(size, np.uint8)
        return address

    def free(self, address: int) -> None:
        del self.blocks[address]

    def upload(self, address: int, array: NDArray[Any]) -> None:
        assert array.flags.c_contiguous
        self.blocks[address][: array.nbytes] = np.frombuffer(array.tobytes(), np.uint8)

    def download(self, array: NDArray[Any], address: int) -> None:
        found = self.blocks[address][: array.nbytes]
        array[:] = np.frombuffer(found.tobytes(), array.dtype).reshape(array.shape)

    def synchronize(self) -> None: ...

    def milliseconds(self, work: Callable[[], None]) -> float:
        work()
        return 1.5


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> DictionaryDevice:
    made = DictionaryDevice()
    monkeypatch.setattr(memory, "open_device", lambda: made)
    return made
