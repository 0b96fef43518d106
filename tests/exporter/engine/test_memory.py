"""The CUDA door: cuda-bindings' own functions check the arguments, a dictionary is the memory."""

from __future__ import annotations

import importlib
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from exporter.engine import memory
from train2edge.errors import MissingError, WorkError


class Checked:
    """cuda-bindings as it is: a call reaches the real function, its failure is read as success.

    Without a driver every real call gives an error code, but a wrong name or argument raises.
    """

    def __init__(self, answers: dict[str, tuple[Any, ...]]) -> None:
        self.real = importlib.import_module("cuda.bindings.runtime")
        self.answers, self.called = answers, []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.real, name)
        if not callable(found) or isinstance(found, type):
            return found

        def call(*arguments: Any) -> tuple[Any, ...]:
            found(*arguments)
            self.called.append((name, arguments))
            return (self.real.cudaError_t.cudaSuccess, *self.answers.get(name, ()))

        return call


@pytest.fixture
def cuda(monkeypatch):
    runtime = pytest.importorskip("cuda.bindings.runtime")
    properties = runtime.cudaDeviceProp()
    properties.name = b"Tesla T4".ljust(256, b"\0")
    properties.major, properties.minor = 7, 5
    answers = {
        "cudaGetDeviceCount": (1,),
        "cudaGetDeviceProperties": (properties,),
        "cudaStreamCreate": (runtime.cudaStream_t(),),
        "cudaMalloc": (4096,),
        "cudaEventCreate": (runtime.cudaEvent_t(),),
        "cudaEventElapsedTime": (2.5,),
    }
    checked = Checked(answers)
    monkeypatch.setattr(memory.importlib, "import_module", lambda name: checked)
    return checked


def test_every_call_is_one_that_cuda_bindings_takes(cuda):
    device = memory.CudaBindings()
    assert device.gpu == memory.Gpu("Tesla T4", "7.5")
    address = device.allocate(64)
    shown, found = np.zeros(16, np.float32), np.zeros(16, np.float32)
    device.upload(address, shown)
    device.download(found, address)
    device.synchronize()
    assert device.milliseconds(lambda: None) == 2.5
    device.free(address)
    names = [name for name, _ in cuda.called]
    assert names.count("cudaMemcpyAsync") == 2 and names.count("cudaEventDestroy") == 2
    (up, down) = [arguments for name, arguments in cuda.called if name == "cudaMemcpyAsync"]
    assert up[:3] == (4096, shown.ctypes.data, 64)
    assert down[:3] == (found.ctypes.data, 4096, 64)
    assert str(up[3].name).endswith("HostToDevice") and str(down[3].name).endswith("DeviceToHost")


def test_no_gpu_is_exit_3_and_a_failure_names_the_call(cuda, monkeypatch):
    error = cuda.real.cudaError_t
    monkeypatch.setattr(
        cuda, "cudaGetDeviceCount", lambda: (error.cudaErrorNoDevice, 0), raising=False
    )
    with pytest.raises(MissingError, match="cudaErrorNoDevice"):
        memory.CudaBindings()
    monkeypatch.undo()
    monkeypatch.setattr(memory.importlib, "import_module", lambda name: cuda)
    device = memory.CudaBindings()
    cuda.cudaMalloc = lambda size: (error.cudaErrorMemoryAllocation, None)
    with pytest.raises(WorkError, match="cudaMalloc failed with cudaErrorMemoryAllocation"):
        device.allocate(64)


def test_without_either_package_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(memory, "_installed", lambda package: False)
    with pytest.raises(MissingError, match="neither cuda-bindings nor pycuda"):
        memory.open_device()


def test_pycuda_is_taken_where_cuda_bindings_is_not(monkeypatch):
    """Names as in pycuda's sources: it cannot be built without a GPU's toolkit."""
    log: list[tuple[Any, ...]] = []

    def note(*what: Any) -> Any:
        return lambda *arguments: log.append((*what, *arguments))

    class Block(int):
        free = note("free")

    stream = SimpleNamespace(handle=7, synchronize=note("synchronize"))
    event = SimpleNamespace(
        record=note("record"), synchronize=note("wait"), time_till=lambda other: 2.5
    )
    found = SimpleNamespace(compute_capability=lambda: (8, 7), name=lambda: "Orin")
    driver = SimpleNamespace(
        Stream=lambda: stream,
        Event=lambda: event,
        mem_alloc=lambda size: Block(4096),
        memcpy_htod_async=note("up"),
        memcpy_dtoh_async=note("down"),
    )
    monkeypatch.setattr(memory, "_installed", lambda package: package == "pycuda")
    modules = {"pycuda.driver": driver, "pycuda.autoprimaryctx": SimpleNamespace(device=found)}
    monkeypatch.setattr(memory.importlib, "import_module", modules.__getitem__)
    device = memory.open_device()
    assert (device.gpu, device.stream) == (memory.Gpu("Orin", "8.7"), 7)
    array = np.zeros(4, np.float32)
    address = device.allocate(16)
    device.upload(address, array)
    device.download(array, address)
    device.free(address)
    assert device.milliseconds(lambda: None) == 2.5
    assert [one[0] for one in log[:3]] == ["up", "down", "free"]
    assert (log[0][1], log[1][2]) == (4096, 4096)
