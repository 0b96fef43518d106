"""Running an ONNX model in memory exactly as it is written, one picture after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper

from train2edge.errors import WorkError

ort.set_default_logger_severity(4)  # what fails is told by us, in a line


def session(
    model: onnx.ModelProto, *, optimise: bool = False, threads: int = 0
) -> ort.InferenceSession:
    """ONNX Runtime on the CPU; without ``optimise`` every node is executed as it stands.

    ``threads`` work on one run, 0: as many as there are cores.
    """
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = threads
    options.enable_mem_pattern = False  # it holds a whole run's memory beside the outputs' own
    if not optimise:
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        return ort.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime's exceptions have no common public base
        raise WorkError(f"ONNX Runtime refuses the model: {last_line(error)}") from None


def with_outputs(model: onnx.ModelProto, names: Sequence[str]) -> onnx.ModelProto:
    """A copy of ``model`` that gives the float tensors ``names`` too, after its own outputs."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    present = {one.name for one in copy.graph.output}
    copy.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
        for name in names
        if name not in present
    )
    return copy


def outputs_of(model: onnx.ModelProto, batch: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Every output for ``batch`` ``[N, C, H, W]``, in the graph's order, without optimisation.

    ``WorkError`` for a graph that does not run on pictures of this size.
    """
    running = session(model)
    name = running.get_inputs()[0].name
    try:
        rows: list[Sequence[Any]] = [running.run(None, {name: one[None]}) for one in batch]
    except Exception as error:  # as above
        raise WorkError(f"ONNX Runtime cannot run the model: {last_line(error)}") from None
    return [np.concatenate([row[i] for row in rows]) for i in range(len(rows[0]))]


def channel_peaks(
    model: onnx.ModelProto, tensors: Sequence[str], pictures: Iterable[NDArray[np.float32]]
) -> dict[str, NDArray[np.float32]]:
    """The largest magnitude ``[C]`` that each of ``tensors`` (NCHW) reaches on ``pictures``."""
    running = session(with_outputs(model, tensors), optimise=True)
    name = running.get_inputs()[0].name
    peaks: dict[str, NDArray[np.float32]] = {}
    for picture in pictures if tensors else ():
        values = running.run(list(tensors), {name: picture[None]})
        for tensor, value in zip(tensors, values, strict=True):
            peak = np.abs(value).max(axis=(0, 2, 3))
            peaks[tensor] = np.maximum(peaks.get(tensor, peak), peak)
    return peaks


def last_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
