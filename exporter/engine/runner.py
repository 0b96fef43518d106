"""A TensorRT engine as a predictor: ``t2e evaluate ENGINE`` and ``t2e engine --latency``.

The tensor-address API of TensorRT 8.5 and newer. Names and arguments are checked against NVIDIA's
published bindings in tests; it has not run on hardware.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exporter.engine import library, memory, metadata
from exporter.engine.plan import EnginePlan
from train2edge.bundle import ModelBundle
from train2edge.contract import Contract
from train2edge.errors import WorkError

_NUMPY = {
    "FLOAT": np.float32,
    "HALF": np.float16,
    "INT8": np.int8,
    "UINT8": np.uint8,
    "INT32": np.int32,
    "INT64": np.int64,
    "BOOL": np.bool_,
}
Tensors = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Port:
    """One input or output: ``shape`` without the batch, ``address`` of memory for the largest."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    address: int

    def array(self, batch: int) -> NDArray[Any]:
        return np.empty((batch, *self.shape), self.dtype)


class EnginePredictor:
    """A loaded engine; ``smallest`` and ``largest`` are the batches that it takes."""

    def __init__(self, trt: Any, device: memory.Device, engine: Any, contract: Contract) -> None:
        self.device, self.contract = device, contract
        self._engine, self._context = engine, engine.create_execution_context()
        if self._context is None:
            raise WorkError("TensorRT has no memory for this engine")
        names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
        inputs = [one for one in names if engine.get_tensor_mode(one) == trt.TensorIOMode.INPUT]
        if len(inputs) != 1:
            raise WorkError(f"the engine has the inputs {', '.join(inputs)}; nvinfer feeds one")
        self.smallest, self.largest = self._batches(inputs[0])
        self.input = self._port(inputs[0])
        self.outputs = tuple(self._port(one) for one in names if one != inputs[0])

    def __call__(self, batch: NDArray[np.float32]) -> Tensors:
        """Output tensors by name in float32, batch first, of any number of pictures."""
        parts = [self._run(part) for part in self._parts(batch)]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def prepare(self, batch: NDArray[np.float32]) -> None:
        """Copy a batch that the engine takes as it is, and say where everything lies."""
        shown = np.ascontiguousarray(batch, dtype=self.input.dtype)
        self.device.upload(self.input.address, shown)
        self._context.set_input_shape(self.input.name, tuple(batch.shape))
        for port in (self.input, *self.outputs):
            self._context.set_tensor_address(port.name, port.address)
        self.device.synchronize()

    def compute(self) -> None:
        """Queue the network on the device's stream."""
        if not self._context.execute_async_v3(self.device.stream):
            raise WorkError("TensorRT could not run the engine; its log above says why")

    def _run(self, batch: NDArray[np.float32]) -> Tensors:
        count = len(batch)
        if count < self.smallest:  # a fixed batch, or a DLA core's
            rest = np.zeros((self.smallest - count, *batch.shape[1:]), batch.dtype)
            batch = np.concatenate([batch, rest])
        self.prepare(batch)
        self.compute()
        arrays = {port.name: port.array(len(batch)) for port in self.outputs}
        for port in self.outputs:
            self.device.download(arrays[port.name], port.address)
        self.device.synchronize()
        return {name: _float(array[:count]) for name, array in arrays.items()}

    def _parts(self, batch: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
        for start in range(0, len(batch), self.largest):
            yield batch[start : start + self.largest]

    def _batches(self, name: str) -> tuple[int, int]:
        fixed, *_ = self._engine.get_tensor_shape(name)
        if fixed != -1:
            return fixed, fixed
        (low, *_), _optimum, (high, *_) = self._engine.get_tensor_profile_shape(name, 0)
        return low, high

    def _port(self, name: str) -> Port:
        shape = tuple(int(one) for one in tuple(self._engine.get_tensor_shape(name))[1:])
        kind = self._engine.get_tensor_dtype(name).name
        if kind not in _NUMPY:
            raise WorkError(f"tensor '{name}' is {kind}, which NumPy has not")
        dtype = np.dtype(_NUMPY[kind])
        size = self.largest * math.prod(shape) * dtype.itemsize
        return Port(name, shape, dtype, self.device.allocate(max(size, 1)))


def open_predictor(
    path: Path, wanted: tuple[EnginePlan, ModelBundle] | None = None
) -> EnginePredictor:
    """Load the engine ``path``, if everything is as its record says, and as ``wanted``.

    ``MissingError`` (exit 3) without TensorRT or a GPU, ``InputError`` on any mismatch.
    """
    record = metadata.read(path)
    trt = library.load(f"run t2e on the device that built it ({record.target})")
    device = memory.open_device()
    metadata.check(path, record, trt.__version__, device.gpu, wanted)
    runtime = trt.Runtime(library.logger(trt))
    if record.dla is not None:
        runtime.DLA_core = record.dla
    engine = runtime.deserialize_cuda_engine(path.read_bytes())
    if engine is None:
        raise WorkError(f"TensorRT {trt.__version__} cannot load {path}; its log above says why")
    return EnginePredictor(trt, device, engine, record.contract)


def _float(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(np.float32) if array.dtype == np.float16 else array
