"""The experiment file as a text that explains itself, and its JSON Schema for editors."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from train2edge.spec.experiment import Experiment
from train2edge.spec.task import DEFAULTS

WIDTH = 100

_DETECTION: dict[str, Any] = {
    "name": "my-experiment",
    "dataset": {
        "classes": ["car", "person"],
        "map": {"van": "car", "bicycle": None},
        "train": [{"format": "kitti", "images": "train/images", "labels": "train/labels"}],
        "test": [{"format": "kitti", "images": "test/images", "labels": "test/labels"}],
    },
    "model": {"pretrained": {"name": "mobilenet_v2_imagenet"}},
    "pruning": {"speedup": 2.3},
    "targets": [{"device": "jetson-orin-nano", "deepstream": "7.1"}],
    "stream": {"inputs": ["video.mp4"]},
}
_CLASSIFICATION: dict[str, Any] = {
    **_DETECTION,
    "task": "classification",
    "dataset": {
        "classes": ["bus", "car"],
        "map": {"van": "car", "person": None},
        "train": [
            {"format": "kitti", "images": "train/images", "labels": "train/labels"},
            {"format": "image_folder", "images": "more", "labels": "more"},
        ],
        "test": [{"format": "kitti", "images": "test/images", "labels": "test/labels"}],
    },
    "model": {**DEFAULTS["classification"]["model"], **_DETECTION["model"]},
}
_EXAMPLES = {"detection": _DETECTION, "classification": _CLASSIFICATION}


def template(task: str) -> str:
    """A commented experiment file for ``task``: every key, its default and what it means."""
    lines = [
        f"# A train2edge experiment: {task}. Every key is here with its default; those that you",
        "# do not need can be deleted. Check it with: t2e spec check FILE",
        "",
    ]
    return "\n".join([*lines, *_section(Experiment, _EXAMPLES[task], 0)]) + "\n"


def json_schema() -> str:
    """JSON Schema of the experiment file, for editors that complete and check YAML."""
    schema = Experiment.model_json_schema()
    return json.dumps(
        {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=2
    )


def _section(model: type[BaseModel], example: Mapping[str, Any], depth: int) -> Iterator[str]:
    indent = "  " * depth
    for name, info in model.model_fields.items():
        yield from textwrap.wrap(
            info.description or "",
            WIDTH,
            initial_indent=f"{indent}# ",
            subsequent_indent=f"{indent}# ",
        )
        inner = _model(info.annotation)
        given = example.get(name)
        if inner is not None and _is_list(info):
            yield from _list(name, inner, given, depth)
        elif inner is not None:
            yield from _mapping(name, inner, info, given, depth)
        else:
            yield f"{indent}{name}: {_inline(given if name in example else _default(info))}"
        if depth == 0:
            yield ""


def _list(name: str, inner: type[BaseModel], given: Any, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if not given:
        yield f"{indent}{name}: []"
        return
    yield f"{indent}{name}:"
    for one in given:
        lines = [line for line in _section(inner, one, depth + 2) if line]
        first = next(i for i, line in enumerate(lines) if not line.lstrip().startswith("#"))
        yield from lines[:first]
        yield f"{indent}  - {lines[first].lstrip()}"
        yield from lines[first + 1 :]


def _mapping(
    name: str, inner: type[BaseModel], info: FieldInfo, given: Any, depth: int
) -> Iterator[str]:
    indent = "  " * depth
    if given is None and _default(info) is None:
        yield f"{indent}{name}: null"
    elif given is None and getattr(info.annotation, "__origin__", None) is dict:
        yield f"{indent}{name}: {{}}"
    else:
        yield f"{indent}{name}:"
        yield from _section(inner, given or {}, depth + 1)


def _default(info: FieldInfo) -> Any:
    value = info.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return list(value) if isinstance(value, tuple) else value


def _inline(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=10_000, sort_keys=False)
    return text.removesuffix("\n").removesuffix("...").strip()


def _model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for one in get_args(annotation) if (found := _model(one))), None)


def _is_list(info: FieldInfo) -> bool:
    return getattr(info.annotation, "__origin__", None) is tuple
