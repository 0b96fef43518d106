"""Rules for nvinferserver's files: protobuf refuses the whole file for one wrong field."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from deepstream.lint.context import Context, is_placeholder
from deepstream.lint.finding import Finding
from deepstream.lint.schema import table
from train2edge.nvinfer.values import integer, number
from train2edge.settings_file import Node

CHANNELS = {"IMAGE_FORMAT_RGB": 3, "IMAGE_FORMAT_BGR": 3, "IMAGE_FORMAT_GRAY": 1}
TRUTHS = ("true", "True", "t", "1", "false", "False", "f", "0")
REFUSED = "protobuf refuses the whole file"


def fields(c: Context) -> Iterator[Finding]:
    tables = table("nvinferserver.yaml")
    if not c.file.document.problems:
        yield from _message(c, c.file.document.root, tables["root"], tables)


def _message(c: Context, node: Node, name: str, tables: Mapping[str, Any]) -> Iterator[Finding]:
    known = tables["messages"][name]
    for one in node.children:
        if one.key not in known:
            near = difflib.get_close_matches(one.key, known, 1)
            fix = f"did you mean {near[0]}?" if near else "remove it"
            why = f"{name} has no such field: {REFUSED}"
            yield c.at_node("unknown-key", "error", one, why, fix)
            continue
        if one.key in tables["deprecated"]:
            instead = tables["deprecated"][one.key]
            yield c.at_node("deprecated", "warning", one, "is deprecated", f"write {instead}")
        yield from _field(c, one, known[one.key], tables)
    yield from _twice(c, node, known)
    yield from _one_of(c, node, tables["one_of"].get(name, ()))


def _field(c: Context, node: Node, kind: Any, tables: Mapping[str, Any]) -> Iterator[Finding]:
    """A list is repeated, a map has pairs of key and value, a name is a message or a scalar."""
    if isinstance(kind, dict):
        value = node.find("value")
        if value is not None:
            yield from _message(c, value, next(iter(kind.values())), tables)
        return
    inner = kind[0] if isinstance(kind, list) else kind
    for one in node.children if node.kind == "list" else (node,):
        if inner in tables["messages"]:
            yield from _message(c, one, inner, tables)
        else:
            yield from _scalar(c, one, node, inner, tables)


def _scalar(
    c: Context, one: Node, node: Node, kind: str, tables: Mapping[str, Any]
) -> Iterator[Finding]:
    if is_placeholder(one.value):
        return
    try:
        _check(one, kind, tables)
    except ValueError as error:
        said = f"{node.key}: {one.value}"
        yield c.at_node("value", "error", one, f"{error}: {REFUSED}", "write one that is", said)
    relative = kind == "path" and one.value and not Path(one.value).is_absolute()
    if relative and not c.file.beside(one.value).exists():
        why, fix = f"no such file: {one.value}", "paths are relative to this file"
        yield c.at_node("missing-path", "error", node, why, fix)


def _check(node: Node, kind: str, tables: Mapping[str, Any]) -> None:
    """``ValueError`` where a scalar is not of its kind; an enumeration goes by name or number."""
    quoted = node.written == '"'
    if kind in ("string", "path"):
        if not quoted:
            raise ValueError("is not a text between quotes")
    elif kind == "bool":
        if node.value not in TRUTHS or quoted:
            raise ValueError("is neither true nor false")
    elif kind in tables["enums"]:
        names = tables["enums"][kind]
        if quoted or (node.value not in names and not node.value.isdecimal()):
            raise ValueError(f"is not one of {', '.join(names)}")
    elif quoted:
        raise ValueError("is a text, not a number")
    elif kind == "float":
        number()(node.value.rstrip("f"))
    else:
        integer(0 if kind == "uint" else None)(node.value)


def _twice(c: Context, node: Node, known: Mapping[str, Any]) -> Iterator[Finding]:
    seen: set[str] = set()
    for one in node.children:
        if one.key in seen and not isinstance(known.get(one.key), (list, dict)):
            why = f"the field may stand once: {REFUSED}"
            yield c.at_node("twice", "error", one, why, "remove one")
        seen.add(one.key)


def _one_of(c: Context, node: Node, choices: Any) -> Iterator[Finding]:
    for names in choices:
        found = [one for one in node.children if one.key in names]
        if len({one.key for one in found}) > 1:
            why = f"only one of {', '.join(names)} may stand here: {REFUSED}"
            yield c.at_node("one-of", "error", found[-1], why, "remove the others")


def needed(c: Context) -> Iterator[Finding]:
    root, infer = c.file.document.root, c.file.document.root.find("infer_config")
    if c.file.document.problems:
        return
    if infer is None:
        yield c.at_node("missing-key", "error", root, "no infer_config", "add infer_config { ... }")
        return
    identity = infer.find("unique_id")
    if identity is None or identity.value == "0":
        why = "networks are told apart by ids larger than 0"
        yield c.at_node("gie-id", "error", identity or infer, why, "write unique_id: 1")
    batch = infer.find("max_batch_size")
    if batch is None or batch.value == "0":
        why = "nvinferserver needs the largest batch"
        yield c.at_node("missing-key", "error", batch or infer, why, "write max_batch_size: 1")
    backend = infer.find("backend", "triton") or infer.find("backend", "trt_is")
    for name in ("model_name", "version") if backend else ():
        assert backend is not None
        if backend.find(name) is None:
            why = "Triton must be told it"
            yield c.at_node("missing-key", "error", backend, why, f"add {name}", f"no {name}")


def channels(c: Context) -> Iterator[Finding]:
    process = c.file.document.root.find("infer_config", "preprocess")
    if process is None:
        return
    color = process.find("network_format")
    wanted = CHANNELS.get(color.value if color else "")
    offsets = process.find("normalize", "channel_offsets")
    if wanted and offsets and offsets.kind == "list" and len(offsets.children) != wanted:
        why = f"{len(offsets.children)} values for {wanted} channels"
        fix = "write one value a channel"
        yield c.at_node("channels", "error", offsets, why, fix)


def thresholds(c: Context) -> Iterator[Finding]:
    names = ("confidence_threshold", "iou_threshold", "pre_threshold", "threshold")
    for _, one in c.file.document.root.walk():
        if one.key in names and one.kind == "scalar":
            value = one.value.rstrip("f")
            if value.replace(".", "", 1).isdecimal() and float(value) > 1:
                why = "scores and overlaps are fractions: nothing would be left"
                yield c.at_node("fraction", "error", one, why, "write 0 to 1")


def sharing(c: Context) -> Iterator[Finding]:
    node = c.file.document.root.find("infer_config", "backend", "triton", "grpc")
    shared = node.find("enable_cuda_buffer_sharing") if node else None
    target = c.place.target
    if shared and shared.value.lower() in ("true", "t", "1") and target and target.kind == "jetson":
        why = "CUDA buffers are shared with Triton on GPUs of PCs and servers alone"
        yield c.at_node("cuda-sharing", "warning", shared, why, "write false")


RULES: tuple[Callable[[Context], Iterator[Finding]], ...] = (
    fields, needed, channels, thresholds, sharing,
)  # fmt: skip
