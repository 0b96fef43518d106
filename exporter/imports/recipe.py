"""Import recipes: what is known of a family of foreign models. Data, one file each.

``configs/imports/NAME.yaml``; its first comment is its description.
"""

from __future__ import annotations

import importlib.resources
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError

from train2edge.contract import Color
from train2edge.errors import InputError
from train2edge.spec.section import Count, Fraction, Positive, Section

Letterbox = Literal["none", "top-left", "centre"]


class Frame(Section):
    """What the model was trained to see: ``(x - mean) / std`` of pixels 0..255."""

    color: Color = "RGB"
    mean: tuple[float, ...] = Field((0.0, 0.0, 0.0), description="a channel each, in pixels")
    std: tuple[Positive, ...] = Field((1.0, 1.0, 1.0), description="a channel each, in pixels")
    letterbox: Letterbox = "none"
    padding: int = Field(0, ge=0, le=255, description="grey of the letterbox in training")


class Lists(Section):
    """What becomes of the candidates."""

    rows: Count = Field(300, description="candidates that leave the network")
    every_label: bool = Field(False, description="a box may count for several classes")
    nms_iou: Fraction = Field(0.65, description="of nvinfer's clustering")
    pre_cluster: Fraction = Field(0.02, description="threshold for average precision")
    operating: Fraction = Field(0.35, description="threshold of the deployed app")


class Recipe(Section):
    """One family of models. ``labels`` names a file of ``configs/labels``."""

    name: str
    description: str
    input: Frame = Frame()
    head: str
    settings: dict[str, Any] = Field(default_factory=dict, description="of the head's file")
    labels: str | None = None
    lists: Lists = Lists()
    source: str = Field(description="where these facts were read")


def descriptions() -> dict[str, str]:
    """Name of every recipe and the first comment of its file."""
    return {name: _text(name).partition("\n")[0].lstrip("# ") for name in names()}


def names() -> list[str]:
    folder = importlib.resources.files("configs") / "imports"
    found = (one.name for one in folder.iterdir() if one.name.endswith(".yaml"))
    return sorted(name.removesuffix(".yaml") for name in found)


def _text(name: str) -> str:
    return (importlib.resources.files("configs") / "imports" / f"{name}.yaml").read_text("utf-8")


def read(name: str) -> Recipe:
    """The recipe of that name; ``InputError`` with the names there are otherwise."""
    from exporter import heads  # onnx, which a list of recipes does not need

    if name not in names():
        raise InputError(
            f"no import recipe '{name}'", where="--recipe", hint=f"one of: {', '.join(names())}"
        )
    values = yaml.safe_load(_text(name))
    where = f"configs/imports/{name}.yaml"
    try:
        recipe = Recipe.model_validate(
            {"name": name, "description": descriptions()[name], **values}
        )
    except ValidationError as error:
        raise InputError(f"not an import recipe: {error}", where=where) from None
    unknown = set(recipe.settings) - set(heads.load(recipe.head).DEFAULTS)
    if unknown:
        raise InputError(f"the head {recipe.head} has no {', '.join(sorted(unknown))}", where=where)
    return recipe


def labels(name: str) -> tuple[str, ...]:
    """The class names of ``configs/labels/NAME.txt``, a line each."""
    file = importlib.resources.files("configs") / "labels" / f"{name}.txt"
    return tuple(line.strip() for line in file.read_text("utf-8").splitlines() if line.strip())
