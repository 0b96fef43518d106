"""Reading and writing ONNX files whose metadata carries the contract."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import onnx
import onnx_graphsurgeon as gs
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import helper

from train2edge.contract import METADATA_KEY, Contract, Shape
from train2edge.errors import InputError
from train2edge.files import replacing

logging.getLogger("onnx_graphsurgeon").setLevel(logging.ERROR)
gs.logger.G_LOGGER.severity = gs.logger.G_LOGGER.ERROR


def read(path: Path) -> onnx.ModelProto:
    """Read and check an ONNX file; ``InputError`` naming it when it is anything else."""
    path = Path(path)
    if not path.is_file():
        raise InputError("no such ONNX file", where=str(path))
    try:
        model = onnx.load(str(path))
        onnx.checker.check_model(model)
    except (DecodeError, onnx.checker.ValidationError, ValueError, OSError) as error:
        raise InputError(f"not a whole ONNX model: {_first_line(error)}", where=str(path)) from None
    return model


def read_with_contract(path: Path) -> tuple[onnx.ModelProto, Contract]:
    """Read an ONNX file of this project; ``InputError`` unless its tensors are its contract's."""
    model = read(path)
    contract = Contract.from_metadata(metadata(model), where=str(path))
    check_interface(model, contract, where=str(path))
    return model, contract


def metadata(model: onnx.ModelProto) -> dict[str, str]:
    return {one.key: one.value for one in model.metadata_props}


def write(
    model: onnx.ModelProto, path: Path, contract: Contract, extra: Mapping[str, str] | None = None
) -> None:
    """Write ``model`` with the contract in its metadata; the file appears whole or not at all."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    helper.set_model_props(copy, {METADATA_KEY: contract.to_json(), **(extra or {})})
    with replacing(path) as beside:
        onnx.save(copy, str(beside))


def from_graph(graph: gs.Graph) -> onnx.ModelProto:
    """The model of ``graph`` with the oldest IR version that its opset allows.

    TensorRT's older parsers warn about, or refuse, an IR version newer than themselves.
    """
    graph.cleanup().toposort()
    model: onnx.ModelProto = gs.export_onnx(graph)
    model.ir_version = oldest_ir_version(graph.opset)
    return model


def oldest_ir_version(opset: int) -> int:
    return int(helper.find_min_ir_version_for([helper.make_opsetid("", opset)]))


def check_interface(model: onnx.ModelProto, contract: Contract, *, where: str) -> None:
    """One input ``[N, channels, height, width]`` and the contract's outputs, by name and shape."""
    frame = contract.input
    _check(
        "inputs",
        model.graph.input,
        {frame.tensor: (frame.channels, frame.height, frame.width)},
        where,
    )
    _check("outputs", model.graph.output, contract.output.shapes(frame), where)


def _check(
    what: str,
    found: list[onnx.ValueInfoProto],
    wanted: Mapping[str, Shape],
    where: str,
) -> None:
    shapes = {one.name: shape_of(one)[1:] for one in found}
    if set(shapes) != set(wanted):
        raise InputError(
            f"{what} {', '.join(shapes) or 'none'}; the contract says {', '.join(wanted)}",
            where=where,
        )
    for name, shape in wanted.items():
        fits = len(shapes[name]) == len(shape) and all(
            None in (have, want) or have == want
            for have, want in zip(shapes[name], shape, strict=True)
        )
        if not fits:
            raise InputError(
                f"{name} is {_text(shapes[name])} a picture; the contract says {_text(shape)}",
                where=where,
            )


def shape_of(value: onnx.ValueInfoProto) -> Shape:
    """The tensor's shape; ``None`` for a dimension that is not fixed."""
    dims = value.type.tensor_type.shape.dim
    return tuple(one.dim_value if one.HasField("dim_value") else None for one in dims)


def _text(shape: Shape) -> str:
    return "x".join("?" if one is None else str(one) for one in shape)


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
