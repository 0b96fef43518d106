"""How a network would be split between a DLA core and the GPU: which layers fall back, and why.

By NVIDIA's published limits, which are data (``configs/dla.yaml``); DLA's compiler may still refuse
a layer that these allow. Nothing here has met a DLA: ``trtexec --useDLACore`` on the device prints
the split that it really makes.
"""

from __future__ import annotations

import importlib.resources
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import onnx
import onnx_graphsurgeon as gs
import yaml

from exporter.surgery.wiring import constant

_ATTRIBUTES = ("kernel_shape", "pads", "strides", "dilations", "group", "axis", "size")


@dataclass(frozen=True)
class DlaLayer:
    """One node; ``reason`` says why it falls back to the GPU, and is empty where it does not."""

    name: str
    operator: str
    reason: str = ""
    note: str = ""


@dataclass(frozen=True)
class DlaReport:
    """All nodes in the order of the graph; ``loadables`` are the pieces that DLA would get."""

    layers: tuple[DlaLayer, ...]
    loadables: int
    source: str
    most_loadables: int

    @property
    def fallen(self) -> tuple[DlaLayer, ...]:
        return tuple(one for one in self.layers if one.reason)

    def lines(self) -> list[str]:
        """A table: what falls back, equal reasons together."""
        taken = len(self.layers) - len(self.fallen)
        pieces = "1 piece" if self.loadables == 1 else f"{self.loadables} pieces"
        head = f"DLA takes {taken} of {len(self.layers)} layers, in {pieces}"
        if self.loadables > self.most_loadables:
            head += f"; a core loads at most {self.most_loadables}"
        groups = Counter((one.operator, one.reason) for one in self.fallen)
        width = max((len(operator) for operator, _ in groups), default=0)
        rows = [
            f"  {count:4} {operator:<{width}}  {reason} (first: {self._first(operator, reason)})"
            for (operator, reason), count in groups.most_common()
        ]
        notes = Counter(
            (one.operator, one.note) for one in self.layers if one.note and not one.reason
        )
        told = [f"  {count:4} {operator}: {note}" for (operator, note), count in notes.items()]
        return [head, *rows, *told, f"  by: {self.source}"]

    def _first(self, operator: str, reason: str) -> str:
        return next(
            one.name for one in self.fallen if (one.operator, one.reason) == (operator, reason)
        )


@lru_cache(maxsize=1)
def rules() -> Mapping[str, Any]:
    """The limits of ``configs/dla.yaml``."""
    text = (importlib.resources.files("configs") / "dla.yaml").read_text("utf-8")
    data: Mapping[str, Any] = yaml.safe_load(text)
    return data


def report(model: onnx.ModelProto, target: str) -> DlaReport:
    """Look at every node of the float graph ``model`` (DLA dislikes Q/DQ nodes) for a device."""
    graph = gs.import_onnx(onnx.shape_inference.infer_shapes(model))
    graph.toposort()
    layers = tuple(_layer(node, target) for node in graph.nodes)
    by_node = dict(zip((id(one) for one in graph.nodes), layers, strict=True))
    known = rules()
    return DlaReport(layers, _pieces(graph, by_node), known["source"], known["most_loadables"])


def _layer(node: gs.Node, target: str) -> DlaLayer:
    rule = rules()["operators"].get(node.op)
    if rule is None:
        return DlaLayer(node.name, node.op, "DLA has no such layer")
    if target not in rule.get("targets", [target]):
        return DlaLayer(node.name, node.op, f"the DLA of {target} has no such layer")
    reason = next(_problems(node, rule), "")
    return DlaLayer(node.name, node.op, reason, rule.get("note", ""))


def _problems(node: gs.Node, rule: Mapping[str, Any]) -> Iterator[str]:
    rank = len(node.inputs[0].shape) if node.inputs[0].shape else rule.get("rank")
    if rank != rule.get("rank", rank):
        yield f"{rank} dimensions; DLA takes {rule['rank']}"
    for name, values in _attributes(node).items():
        if name in rule:
            yield from _outside(name, np.atleast_1d(values), rule[name])
    if "channels" in rule and constant(node.inputs[1]) is None:
        yield "its weights are not constant"
    elif "channels" in rule:
        yield from _outside("output channels", [node.inputs[1].shape[0]], rule["channels"])
    if "scales" in rule:
        yield from _resize(node, rule["scales"])
    if "clip" in rule:
        yield from _clip(node, rule["clip"])


def _attributes(node: gs.Node) -> dict[str, Any]:
    """Those that limits are for; a Conv may leave it to its weights how large its kernel is."""
    found = {name: node.attrs[name] for name in _ATTRIBUTES if name in node.attrs}
    weights = node.inputs[1].shape if node.op in ("Conv", "ConvTranspose") else None
    return {**({"kernel_shape": weights[2:]} if weights else {}), **found}


def _outside(name: str, values: Any, limits: list[int]) -> Iterator[str]:
    low, high = limits
    if any(not low <= one <= high for one in values):
        shown = "x".join(str(one) for one in values)
        wanted = f"{low} to {high}" if low != high else f"{low}"
        yield f"{name} {shown}; DLA takes {wanted}"


def _resize(node: gs.Node, limits: list[int]) -> Iterator[str]:
    scales = constant(node.inputs[2]) if len(node.inputs) > 2 else None
    if scales is None or scales.size != 4:
        yield "target sizes instead of scales"
        return
    if any(one != int(one) for one in scales):
        yield f"scales {'x'.join(f'{one:g}' for one in scales[2:])}; DLA takes whole numbers"
    yield from _outside("scales", list(scales[2:].astype(int)), limits)
    mode = node.attrs.get("coordinate_transformation_mode", "half_pixel")
    if node.attrs.get("mode", "nearest") == "linear" and mode != "half_pixel":
        yield f"linear with {mode}; DLA takes half_pixel"
    if node.attrs.get("mode") == "cubic":
        yield "cubic; DLA takes nearest and linear"


def _clip(node: gs.Node, limits: list[int]) -> Iterator[str]:
    values = [constant(one) for one in node.inputs[1:3]]
    ends = [None if one is None else float(one.reshape(-1)[0]) for one in values]
    if len(ends) < 2 or ends[0] != 0 or ends[1] is None or not limits[0] <= ends[1] <= limits[1]:
        yield f"limits {ends}; DLA clips at 0 and at {limits[0]} to {limits[1]}"


def _pieces(graph: gs.Graph, layers: Mapping[int, DlaLayer]) -> int:
    """Connected groups of DLA layers that no GPU layer lies between.

    A node joins the group of its producers unless a GPU layer stands between them on another way,
    since a piece has to be run as a whole: the number of GPU stretches before it tells.
    """
    depth: dict[int, int] = {}
    groups: set[int] = set()
    for node in graph.nodes:
        before = [one for tensor in node.inputs for one in tensor.inputs]
        on_gpu = bool(layers[id(node)].reason)
        deepest = 0
        for producer in before:
            crossed = bool(layers[id(producer)].reason) != on_gpu
            deepest = max(deepest, depth[id(producer)] + crossed)
        depth[id(node)] = deepest
        if not on_gpu:
            groups.add(deepest)
    return len(groups)
