"""One door to the GPU's memory, streams and clocks: cuda-bindings or, where that is absent, pycuda.

TensorRT wants addresses and a stream's number; nothing else here knows which package gives them.
Has not run on hardware: names and arguments are checked against cuda-bindings itself; pycuda's
were read in the sources of 2026.1.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from train2edge.errors import MissingError, WorkError

HINT = "pip install cuda-python, which matches the device's CUDA; on a Jetson also pycuda"


@dataclass(frozen=True)
class Gpu:
    """The device that was opened; ``capability`` reads like ``7.5``."""

    name: str
    capability: str


class Device(Protocol):
    """The first GPU, with one stream. Addresses are integers, times milliseconds."""

    gpu: Gpu
    stream: int

    def allocate(self, size: int) -> int: ...

    def free(self, address: int) -> None: ...

    def upload(self, address: int, array: NDArray[Any]) -> None: ...

    def download(self, array: NDArray[Any], address: int) -> None: ...

    def synchronize(self) -> None: ...

    def milliseconds(self, work: Callable[[], None]) -> float:
        """Run ``work``, which only queues on the stream, and time it by the GPU's own clock."""
        ...


def open_device() -> Device:
    """Open the first GPU; ``MissingError`` (exit 3) without a package or without a GPU."""
    if _installed("cuda.bindings") or _installed("cuda.cudart"):
        return CudaBindings()
    if _installed("pycuda"):
        return PyCuda()
    raise MissingError("neither cuda-bindings nor pycuda is installed", hint=HINT)


def _installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:  # of the package above it
        return False


class CudaBindings:
    """NVIDIA's own bindings of the CUDA runtime: every call gives ``(error, values...)``."""

    def __init__(self) -> None:
        new = _installed("cuda.bindings")
        self._cuda = importlib.import_module("cuda.bindings.runtime" if new else "cuda.cudart")
        count = self._call("cudaGetDeviceCount", missing=True)
        if not count:
            raise MissingError("there is no NVIDIA GPU here")
        self._call("cudaSetDevice", 0)
        self.gpu = self._describe()
        self._stream = self._call("cudaStreamCreate")
        self.stream = int(self._stream)

    def _describe(self) -> Gpu:
        found = self._call("cudaGetDeviceProperties", 0)
        name = bytes(found.name).partition(b"\0")[0].decode()
        return Gpu(name, f"{found.major}.{found.minor}")

    def allocate(self, size: int) -> int:
        return int(self._call("cudaMalloc", size))

    def free(self, address: int) -> None:
        self._call("cudaFree", address)

    def upload(self, address: int, array: NDArray[Any]) -> None:
        kind = self._cuda.cudaMemcpyKind.cudaMemcpyHostToDevice
        source = array.ctypes.data
        self._call("cudaMemcpyAsync", address, source, array.nbytes, kind, self._stream)

    def download(self, array: NDArray[Any], address: int) -> None:
        kind = self._cuda.cudaMemcpyKind.cudaMemcpyDeviceToHost
        target = array.ctypes.data
        self._call("cudaMemcpyAsync", target, address, array.nbytes, kind, self._stream)

    def synchronize(self) -> None:
        self._call("cudaStreamSynchronize", self._stream)

    def milliseconds(self, work: Callable[[], None]) -> float:
        before, after = self._call("cudaEventCreate"), self._call("cudaEventCreate")
        try:
            self._call("cudaEventRecord", before, self._stream)
            work()
            self._call("cudaEventRecord", after, self._stream)
            self._call("cudaEventSynchronize", after)
            return float(self._call("cudaEventElapsedTime", before, after))
        finally:
            self._call("cudaEventDestroy", before)
            self._call("cudaEventDestroy", after)

    def _call(self, name: str, *arguments: Any, missing: bool = False) -> Any:
        """The value after the error code, ``None`` without one; ``missing``: no GPU is exit 3."""
        error, *values = getattr(self._cuda, name)(*arguments)
        if int(error) != 0:
            text = getattr(error, "name", str(error))
            if missing:
                raise MissingError(f"no NVIDIA GPU can be used here ({text})", hint="t2e doctor")
            raise WorkError(f"CUDA: {name} failed with {text}")
        return values[0] if values else None


class PyCuda:
    """The same through pycuda's driver interface, on the context that TensorRT uses as well."""

    def __init__(self) -> None:
        self._cuda = importlib.import_module("pycuda.driver")
        try:
            # pushes the primary context, and pops it at exit: without that pycuda aborts
            device = importlib.import_module("pycuda.autoprimaryctx").device
        except Exception as error:  # pycuda's errors are made at run time
            raise MissingError(f"no NVIDIA GPU can be used here ({error})") from None
        major, minor = device.compute_capability()
        self.gpu = Gpu(str(device.name()), f"{major}.{minor}")
        self._stream = self._cuda.Stream()
        self.stream = int(self._stream.handle)
        self._kept: dict[int, Any] = {}

    def allocate(self, size: int) -> int:
        block = self._cuda.mem_alloc(size)
        self._kept[int(block)] = block
        return int(block)

    def free(self, address: int) -> None:
        self._kept.pop(address).free()

    def upload(self, address: int, array: NDArray[Any]) -> None:
        self._cuda.memcpy_htod_async(address, array, self._stream)

    def download(self, array: NDArray[Any], address: int) -> None:
        self._cuda.memcpy_dtoh_async(array, address, self._stream)

    def synchronize(self) -> None:
        self._stream.synchronize()

    def milliseconds(self, work: Callable[[], None]) -> float:
        before, after = self._cuda.Event(), self._cuda.Event()
        before.record(self._stream)
        work()
        after.record(self._stream)
        after.synchronize()
        return float(before.time_till(after))
