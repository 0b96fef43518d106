"""The program that ``compile_check`` runs: compile one ONNX file, print one JSON line.

It is a process of its own because a compiler that crashes takes its process with it. It imports
nothing of this project, so it starts fast and can run wherever tensorrt_rtx is.

    python -m exporter.compile_child MODEL --capability SM75 --batch 16
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any


def main() -> int:
    """Write the outcome as the only line on the real stdout; the compiler's chatter to stderr."""
    arguments = _arguments()
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    outcome = compile_model(arguments.model, arguments.capability, arguments.batch)
    answer.write(json.dumps(outcome) + "\n")
    answer.flush()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--capability", default="SM75")
    parser.add_argument("--batch", type=int, default=16)
    return parser.parse_args()


def compile_model(path: Path, capability: str, batch: int) -> dict[str, Any]:
    """Status and messages; with ``compiled`` seconds and bytes, with ``refused`` the nodes."""
    import tensorrt_rtx as trt

    messages: list[str] = []
    builder = trt.Builder(_logger(trt, messages))
    network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    parser = trt.OnnxParser(network, _logger(trt, messages))
    started = time.perf_counter()
    if not parser.parse(path.read_bytes()):
        return {"status": "refused", "refused": _refused(parser), "messages": messages}
    config = _config(trt, builder, network, capability, batch)
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        return {"status": "refused", "refused": _named(network, messages), "messages": messages}
    seconds = round(time.perf_counter() - started, 3)
    return {"status": "compiled", "seconds": seconds, "bytes": engine.nbytes, "messages": messages}


def _logger(trt: Any, messages: list[str]) -> Any:
    class Collector(trt.ILogger):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.ILogger.__init__(self)

        def log(self, severity: Any, text: str) -> None:
            if severity <= trt.ILogger.ERROR:
                messages.append(text)
                print(text, file=sys.stderr)

    return Collector()


def _refused(parser: Any) -> list[dict[str, str]]:
    errors = [parser.get_error(index) for index in range(parser.num_errors)]
    return [
        {"node": one.node_name(), "operator": one.node_operator(), "reason": one.desc()}
        for one in errors
    ]


def _named(network: Any, messages: list[str]) -> list[dict[str, str]]:
    """The first layer whose name stands in each of the builder's messages.

    The builder reports no nodes of its own, and puts a number behind names that it splits up.
    """
    layers = [network.get_layer(index) for index in range(network.num_layers)]
    found: dict[str, dict[str, str]] = {}
    for text in messages:
        for layer in layers:
            if re.search(rf"(?<![\w/]){re.escape(layer.name)}(?:_\d+)?(?![\w/])", text):
                kind = str(layer.type).rpartition(".")[2]
                node = {"node": layer.name, "operator": kind, "reason": text.strip()}
                found.setdefault(layer.name, node)
                break
    return list(found.values())


def _config(trt: Any, builder: Any, network: Any, capability: str, batch: int) -> Any:
    config = builder.create_builder_config()
    config.num_compute_capabilities = 1
    config.set_compute_capability(getattr(trt.ComputeCapability, capability), 0)
    profile = builder.create_optimization_profile()
    dynamic = False
    for index in range(network.num_inputs):
        tensor = network.get_input(index)
        shape = tuple(tensor.shape)
        if shape and shape[0] == -1:
            dynamic = True
            profile.set_shape(
                tensor.name, (1, *shape[1:]), (batch, *shape[1:]), (batch, *shape[1:])
            )
    if dynamic:
        config.add_optimization_profile(profile)
    return config


if __name__ == "__main__":
    sys.exit(main())
