"""Opening a foreign ONNX file in the form that the passes want."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnx_graphsurgeon as gs
from numpy.typing import NDArray
from onnx import TensorProto, version_converter

from exporter import heads, onnx_file
from exporter.runs import outputs_of
from exporter.surgery import fixed_size
from exporter.surgery.cut_outputs import cut
from exporter.surgery.wiring import forget_inner_shapes
from train2edge.contract import Contract
from train2edge.errors import InputError

OLDEST_OPSET = 13  # the first whose QuantizeLinear has a scale for each channel
NEWEST_OPSET = 20
QUANTISED = re.compile(r"QuantizeLinear|DequantizeLinear|QLinear|(Conv|MatMul)Integer")


def read(path: Path, outputs: Sequence[str] = ()) -> onnx.ModelProto:
    """Read ``path``, bring it to opset 13 where it is older, forget its metadata.

    With ``outputs`` it ends at these tensors.

    ``InputError`` for a file that is no ONNX, that wants more than one picture, that is quantised
    already, or whose opset cannot be changed.
    """
    model = onnx_file.read(path)
    constants = {one.name for one in model.graph.initializer}
    inputs = [one for one in model.graph.input if one.name not in constants]
    del model.graph.input[:]  # old exporters list the weights as inputs
    model.graph.input.extend(inputs)
    del model.metadata_props[:]
    _check_input(model, path)
    _check_float(model, path)
    return _upgraded(cut(model, outputs) if outputs else model, path)


def input_shape(model: onnx.ModelProto) -> tuple[int | None, ...]:
    """Batch, channels, height, width; ``None`` for what the file leaves open."""
    shape = onnx_file.shape_of(model.graph.input[0])
    return tuple(one if one and one > 0 else None for one in shape)


def size(model: onnx.ModelProto, wanted: tuple[int, int] | None, path: Path) -> tuple[int, int]:
    """Width and height: as ``wanted``, else the file's own.

    ``InputError`` where neither says it, where the file takes its own alone, or where the input is
    no picture.
    """
    shape = input_shape(model)
    if len(shape) != 4 or shape[1] not in (None, 1, 3):
        raise InputError(
            f"the input is {heads.shown([shape])}; wanted is NCHW of 1 or 3 channels",
            where=str(path),
        )
    height, width = shape[2:]
    if wanted is not None:
        _check_size(wanted, (width, height))
        return wanted
    if width is None or height is None:
        raise InputError(
            "the file leaves its input's size open", where=str(path), hint="--size WIDTHxHEIGHT"
        )
    return width, height


def _check_size(asked: tuple[int, int], has: tuple[int | None, int | None]) -> None:
    if any(own not in (None, one) for one, own in zip(asked, has, strict=True)):
        fixed = "x".join("?" if one is None else str(one) for one in has)
        raise InputError(
            f"the file takes {fixed} alone",
            where="--size",
            hint="leave it out, or export the model anew with height and width left open",
        )


def opset(model: onnx.ModelProto) -> int:
    return next(int(one.version) for one in model.opset_import if one.domain in ("", "ai.onnx"))


def sized(model: onnx.ModelProto, contract: Contract) -> onnx.ModelProto:
    """``model`` with batch 1 and the contract's input size."""
    graph = gs.import_onnx(model)
    if fixed_size.apply(graph, contract).changed:
        forget_inner_shapes(graph)
        return onnx_file.from_graph(graph)
    return model


def output_shapes(model: onnx.ModelProto, frame: Sequence[int]) -> list[tuple[int, ...]]:
    """The shape of every output for one picture of ``frame`` (C, H, W), by running it once."""
    nothing: NDArray[np.float32] = np.zeros((1, *frame), np.float32)
    return [tuple(one.shape) for one in outputs_of(model, nothing)]


def _check_input(model: onnx.ModelProto, path: Path) -> None:
    names = ", ".join(one.name for one in model.graph.input)
    if len(model.graph.input) != 1:
        raise InputError(
            f"{len(model.graph.input)} inputs ({names or 'none'}); nvinfer feeds one picture",
            where=str(path),
        )
    kind = model.graph.input[0].type.tensor_type.elem_type
    if kind != TensorProto.FLOAT:
        raise InputError(
            f"the input {names} is {TensorProto.DataType.Name(kind)}; nvinfer feeds float32",
            where=str(path),
            hint="export the model in FP32; precisions are made here",
        )


def _check_float(model: onnx.ModelProto, path: Path) -> None:
    """Ranges are chosen here, for the device: what another tool rounded cannot be had back."""
    found = [one.name or one.op_type for one in model.graph.node if QUANTISED.match(one.op_type)]
    if found:
        raise InputError(
            f"quantised already: {len(found)} nodes as {found[0]}",
            where=str(path),
            hint="import the FP32 file that it was made of; INT8 is made here",
        )


def _upgraded(model: onnx.ModelProto, path: Path) -> onnx.ModelProto:
    found = opset(model)
    if OLDEST_OPSET <= found <= NEWEST_OPSET:
        return model
    target = OLDEST_OPSET if found < OLDEST_OPSET else NEWEST_OPSET
    try:
        changed: onnx.ModelProto = version_converter.convert_version(model, target)
        onnx.checker.check_model(changed)
    except Exception as error:  # the converter's errors have no common base
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise InputError(
            f"opset {found} cannot be brought to {target}: {lines[0]}",
            where=str(path),
            hint=f"export the model with opset {OLDEST_OPSET} to {NEWEST_OPSET}",
        ) from None
    return changed
