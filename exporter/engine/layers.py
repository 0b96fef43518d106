"""The layers of an engine by their names: those of the ONNX file's nodes."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import onnx

from train2edge.errors import Problem, ProblemsError

_NEAR = 3


def check(wanted: Iterable[str], model: onnx.ModelProto, file: str) -> None:
    """``ProblemsError`` with every name of ``wanted`` that no node of ``model`` has.

    TensorRT's parser names a layer as its node; a name that is none is found at the build, on the
    device, otherwise.
    """
    known = [node.name for node in model.graph.node]
    problems = [
        Problem("--layer", f"{file} has no layer '{name}'", _nearest(name, known))
        for name in wanted
        if name not in known
    ]
    if problems:
        raise ProblemsError(problems)


def _nearest(name: str, known: list[str]) -> str:
    """The names that were perhaps meant: alike, or with the same part in them."""
    near = difflib.get_close_matches(name, known, _NEAR, 0.5)
    near += [one for one in known if name.lower() in one.lower() and one not in near]
    if near:
        return f"did you mean {' or '.join(near[:_NEAR])}?"
    some = ", ".join(known[:_NEAR])
    return f"it has {len(known)} layers, the first are {some}"
