"""Recipes: experiments without pictures, one a model, in ``configs/recipes``.

``t2e go RECIPE --data FOLDER`` fills in what a folder of labelled pictures says of itself.
"""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from train2edge.errors import InputError

if TYPE_CHECKING:
    from importlib.abc import Traversable


def descriptions() -> dict[str, str]:
    """Name of each recipe and the first comment of its file."""
    folder = importlib.resources.files("configs") / "recipes"
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".yaml")), key=_name)
    return {
        _name(one).removesuffix(".yaml"): _first_comment(one.read_text("utf-8")) for one in files
    }


def names() -> list[str]:
    return list(descriptions())


def read(name: str) -> dict[str, Any]:
    """The recipe's sections as plain values; ``InputError`` for a name that is not there."""
    if name not in names():
        raise InputError(
            f"no recipe and no file '{name}'",
            where="SPEC",
            hint=f"a file's path, or a recipe: {', '.join(names())}",
        )
    text = (importlib.resources.files("configs") / "recipes" / f"{name}.yaml").read_text("utf-8")
    data = yaml.safe_load(text)
    assert isinstance(data, dict)
    return data


def fill(
    recipe: Mapping[str, Any], *, name: str, dataset: Mapping[str, Any], videos: tuple[Path, ...]
) -> dict[str, Any]:
    """The recipe with a dataset, and videos for its stream; still to be checked by the schema."""
    stream = dict(recipe.get("stream", {}))
    if videos:
        stream["inputs"] = [str(one.resolve()) for one in videos]
    sections = {key: value for key, value in recipe.items() if key not in ("name", "dataset")}
    given = recipe.get("dataset", {})
    return {"name": name, "dataset": {**given, **dataset}, **sections, "stream": stream}


def name_of(folder: Path) -> str:
    """An experiment's name after ``folder``, of the letters that such a name may have."""
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", folder.name).strip("-._")
    return plain or "experiment"


def _name(file: Traversable) -> str:
    return file.name


def _first_comment(text: str) -> str:
    line = text.partition("\n")[0]
    return line.lstrip("# ") if line.startswith("#") else ""
