"""A large MaxPool is several small ones: the maximum of maxima is the same number.

Spatial pyramid pooling takes 5x5, 9x9 and 13x13 maxima of one tensor. 9x9 is 5x5 twice and 13x13
three times: 75 comparisons a value instead of 275, and every window is one that DLA takes (up to
8x8) and that INT8 kernels are quick at.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import onnx_graphsurgeon as gs

from exporter.surgery.pen import Pen
from exporter.surgery.report import PassReport
from train2edge.contract import Contract

_SMALL = 5


@dataclass
class _Reached:
    """Pools of one tensor so far: window -> tensor; window 1 is the tensor itself."""

    by_window: dict[int, gs.Tensor] = field(default_factory=dict)


def apply(graph: gs.Graph, contract: Contract) -> PassReport:
    """Replace square MaxPools of stride 1 that keep the size, with windows above 5."""
    pools = sorted((one for one in graph.nodes if _keeps_size(one)), key=_window)
    reached: dict[int, _Reached] = {}
    changed = 0
    for pool in pools:
        source, window = pool.inputs[0], _window(pool)
        of_source = reached.setdefault(id(source), _Reached({1: source}))
        if window > _SMALL:
            _replace(graph, pool, of_source)
            changed += 1
        of_source.by_window[window] = pool.outputs[0]
    graph.cleanup().toposort()
    return PassReport("cascade_max_pool", changed)


def _window(pool: gs.Node) -> int:
    return int(pool.attrs["kernel_shape"][0])


def _keeps_size(node: gs.Node) -> bool:
    if node.op != "MaxPool" or len(node.outputs) != 1:
        return False
    kernel = list(node.attrs.get("kernel_shape", ()))
    if len(kernel) != 2 or kernel[0] != kernel[1] or kernel[0] % 2 == 0:
        return False
    plain = all(one == 1 for key in ("strides", "dilations") for one in node.attrs.get(key, ()))
    padded = list(node.attrs.get("pads", ())) == [kernel[0] // 2] * 4
    return plain and padded and node.attrs.get("auto_pad", "NOTSET") == "NOTSET"


def _replace(graph: gs.Graph, pool: gs.Node, reached: _Reached) -> None:
    """Make ``pool`` the last small step; the steps before it are shared with other pools."""
    wanted = _window(pool)
    window = max(one for one in reached.by_window if one < wanted)
    while wanted - window > _SMALL - 1:
        step = min(_SMALL, wanted - window - 1)
        tensor = _small(graph, f"{pool.name}_{window + step - 1}", reached.by_window[window], step)
        window += step - 1
        reached.by_window[window] = tensor
    last = wanted - window + 1
    pool.inputs[0] = reached.by_window[window]
    pool.attrs["kernel_shape"] = [last, last]
    pool.attrs["pads"] = [last // 2] * 4


def _small(graph: gs.Graph, name: str, source: gs.Tensor, window: int) -> gs.Variable:
    sizes = {"kernel_shape": [window] * 2, "pads": [window // 2] * 4, "strides": [1, 1]}
    return Pen(graph).node("MaxPool", name, [source], **sizes)
