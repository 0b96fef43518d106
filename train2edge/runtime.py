"""One door to run an ONNX file on a CPU: OpenVINO, ONNX Runtime, or exactly as written.

``exact`` is ONNX Runtime with every graph optimisation off: Q/DQ pairs are executed in float, one
after the other, so the accuracy of an INT8 file is that of its arithmetic and not of a kernel that
saturates (CPUs without VNNI add products of 8-bit weights in 16 bits). A float16 graph it computes
in float32, whatever it is told: there are no such kernels on x86. Export therefore scores FP16
files in another form (``exporter.quantize.fp16_simulation``).
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from train2edge.errors import InputError, MissingError

Engine = Literal["auto", "openvino", "onnxruntime", "exact"]
Tensors = dict[str, NDArray[Any]]
Answer = Callable[[], Tensors]  # waits for the outputs of a batch that was begun


@dataclass(frozen=True)
class TensorInfo:
    """Name and shape of a graph input or output; ``None`` is a dynamic dimension."""

    name: str
    shape: tuple[int | None, ...]


@dataclass(frozen=True)
class Model:
    """An opened ONNX file: call it with an NCHW float32 batch, get every output by name.

    ``start`` begins a batch and gives at once what waits for its outputs; the batch stays as it is
    until then. ``ahead`` is how many batches are worth having begun at a time.
    """

    path: Path
    engine: str
    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]
    metadata: dict[str, str]
    start: Callable[[NDArray[np.float32]], Answer]
    ahead: Callable[[], int] = lambda: 1

    def __call__(self, batch: NDArray[np.float32]) -> Tensors:
        return self.start(np.ascontiguousarray(batch, np.float32))()


def open_model(
    path: Path, *, engine: Engine = "auto", threads: int | None = None, stream: bool = False
) -> Model:
    """Open ``path`` with ``engine``; ``auto`` is OpenVINO where installed, else ONNX Runtime.

    ``threads`` defaults to the number of cores this process may use. ``stream`` is for batch after
    batch: several are computed side by side, each by few threads, which gives more pictures a
    second and each of them later. Raises ``InputError`` for a file that is not a readable ONNX
    model of one input, ``MissingError`` (exit 3) when the engine is not installed.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError("no such ONNX file", where=str(path))
    chosen = _choose(engine)
    count = threads or len(os.sched_getaffinity(0))
    try:
        if chosen == "openvino":
            return _open_openvino(path, count, stream=stream)
        return _open_onnxruntime(path, count, exact=chosen == "exact")
    except (RuntimeError, ValueError) as error:
        raise InputError(
            f"{chosen} cannot read this file as ONNX: {_first_line(error)}", where=str(path)
        ) from None
    except Exception as error:
        if type(error).__module__.startswith("onnxruntime"):
            raise InputError(
                f"{chosen} cannot read this file as ONNX: {_first_line(error)}", where=str(path)
            ) from None
        raise


def _choose(engine: Engine) -> str:
    installed = {
        "openvino": importlib.util.find_spec("openvino") is not None,
        "onnxruntime": importlib.util.find_spec("onnxruntime") is not None,
    }
    if engine == "auto":
        engine = "openvino" if installed["openvino"] else "onnxruntime"
    package = "openvino" if engine == "openvino" else "onnxruntime"
    if not installed[package]:
        raise MissingError(f"{package} is not installed", hint="pip install 'train2edge[run]'")
    return engine


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__


def _open_onnxruntime(path: Path, threads: int, *, exact: bool) -> Model:
    import onnxruntime as ort

    ort.set_default_logger_severity(3)
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    if exact:
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    inputs = tuple(TensorInfo(one.name, _fixed(one.shape)) for one in session.get_inputs())
    outputs = tuple(TensorInfo(one.name, _fixed(one.shape)) for one in session.get_outputs())
    name = _single(inputs, path)
    names = [one.name for one in outputs]

    worker = ThreadPoolExecutor(1, thread_name_prefix="onnxruntime")

    def run(batch: NDArray[np.float32]) -> Tensors:
        return dict(zip(names, session.run(names, {name: batch}), strict=True))

    def start(batch: NDArray[np.float32]) -> Answer:
        return worker.submit(run, batch).result

    metadata = dict(session.get_modelmeta().custom_metadata_map)
    return Model(path, "exact" if exact else "onnxruntime", inputs, outputs, metadata, start)


def _fixed(shape: list[Any]) -> tuple[int | None, ...]:
    return tuple(one if isinstance(one, int) else None for one in shape)


def _open_openvino(path: Path, threads: int, *, stream: bool) -> Model:
    ov = _import_openvino()
    core = ov.Core()
    graph = core.read_model(str(path))
    inputs = tuple(TensorInfo(_ov_name(one), _ov_shape(one)) for one in graph.inputs)
    outputs = tuple(TensorInfo(_ov_name(one), _ov_shape(one)) for one in graph.outputs)
    _single(inputs, path)
    settings = {
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": "THROUGHPUT" if stream else "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",  # else CPUs with AMX or AVX512-BF16 compute in bf16
    }
    compiled: dict[tuple[int, ...], _Compiled] = {}

    def start(batch: NDArray[np.float32]) -> Answer:
        if batch.shape not in compiled:
            graph.reshape(list(batch.shape))
            names = [one.name for one in outputs]
            made = _elsewhere(lambda: core.compile_model(graph, "CPU", settings))
            compiled[batch.shape] = _Compiled(made, names)
        return compiled[batch.shape].start(batch)

    def ahead() -> int:
        return max((one.ahead for one in compiled.values()), default=1)

    return Model(path, "openvino", inputs, outputs, _ov_metadata(graph), start, ahead)


def _elsewhere(work: Callable[[], Any]) -> Any:
    """Do ``work`` in a thread that ends with it.

    OpenVINO's CPU plugin (2026.4) gives the thread that first compiles a stack for signals, and
    unmaps it where the last network is let go: in any other thread that leaves the first one with
    a stack that is gone, and the next signal ends the process.
    """
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


class _Compiled:
    """A network of one batch size; as many requests as were ever under way at a time."""

    def __init__(self, compiled: Any, names: list[str]) -> None:
        self.compiled, self.outputs = compiled, tuple(enumerate(names))
        self.idle: deque[Any] = deque()

    @property
    def ahead(self) -> int:
        return int(self.compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))

    def start(self, batch: NDArray[np.float32]) -> Answer:
        request = self.idle.pop() if self.idle else self.compiled.create_infer_request()
        request.start_async([batch], share_inputs=True)
        return partial(self._answer, request, batch)

    def _answer(self, request: Any, _batch: NDArray[np.float32]) -> Tensors:
        """``_batch`` is held until here: OpenVINO reads it in place."""
        request.wait()
        found = {name: np.array(request.get_output_tensor(i).data) for i, name in self.outputs}
        self.idle.append(request)
        return found


def _import_openvino() -> Any:
    """Import OpenVINO without its telemetry, which would report every import to its maker."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino


def _ov_metadata(graph: Any) -> dict[str, str]:
    """OpenVINO keeps an ONNX file's metadata under ``framework`` in the runtime information."""
    if not graph.has_rt_info(["framework"]):
        return {}
    entries = graph.get_rt_info(["framework"]).astype(dict)
    return {key: str(getattr(value, "value", value)) for key, value in entries.items()}


def _ov_name(port: Any) -> str:
    return str(min(port.get_names(), default=port.node.get_friendly_name()))


def _ov_shape(port: Any) -> tuple[int | None, ...]:
    return tuple(one.get_length() if one.is_static else None for one in port.partial_shape)


def _single(inputs: tuple[TensorInfo, ...], path: Path) -> str:
    if len(inputs) != 1:
        names = ", ".join(one.name for one in inputs)
        raise InputError(f"{len(inputs)} inputs ({names}), nvinfer feeds one", where=str(path))
    return inputs[0].name
