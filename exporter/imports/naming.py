"""What an import calls the classes: as many names as the network's outputs have classes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from exporter import heads
from exporter.heads import HeadPlan
from exporter.imports import recipe
from exporter.imports.recipe import Recipe
from train2edge.errors import InputError


def classes(
    chosen: Recipe,
    given: Path | None,
    shapes: Sequence[tuple[int, ...]],
    head_plan: HeadPlan,
    file: Path,
) -> tuple[str, ...]:
    """The classes' names: those of the file ``given``, else the recipe's.

    ``InputError`` unless there are as many as the outputs have classes.
    """
    count = _count(chosen, shapes, head_plan, file)
    names = recipe.labels(chosen.labels) if chosen.labels else ()
    where = f"recipe {chosen.name}"
    if given is not None:
        names, where = _read(given), str(given)
    if len(names) != count:
        others = _others(chosen, shapes, head_plan)
        raise InputError(
            f"the network has {count} classes, there are {len(names)} names",
            where=where,
            hint="--labels FILE, one name a line in the network's order"
            + (f"; or is it {others}?" if others else ""),
        )
    return names


def _count(
    chosen: Recipe, shapes: Sequence[tuple[int, ...]], head_plan: HeadPlan, file: Path
) -> int:
    """How many classes the outputs have; ``InputError`` naming the file if they are another's."""
    try:
        return heads.load(chosen.head).classes(shapes, head_plan)
    except InputError as error:
        others = _others(chosen, shapes, head_plan)
        hint = f"they fit: {others}" if others else "is --recipe the right one?"
        raise InputError(error.message, where=str(file), hint=hint) from None


def _others(chosen: Recipe, shapes: Sequence[tuple[int, ...]], size: HeadPlan) -> str:
    """The other recipes that these outputs fit."""
    others = (recipe.read(name) for name in recipe.names() if name != chosen.name)
    return ", ".join(one.name for one in others if _fits(one, shapes, size))


def _fits(other: Recipe, shapes: Sequence[tuple[int, ...]], size: HeadPlan) -> bool:
    """Whether it reads these outputs, and has as many names as they have classes."""
    head = heads.load(other.head)
    plan = HeadPlan(size.width, size.height, {**head.DEFAULTS, **other.settings})
    try:
        count = head.classes(shapes, plan)
    except InputError:
        return False
    return other.labels is None or count == len(recipe.labels(other.labels))


def _read(file: Path) -> tuple[str, ...]:
    """A name a line, blanks as underscores; ``InputError`` for what no label file can hold."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise InputError("not a text file of class names", where=str(file)) from None
    names = tuple("_".join(line.split()) for line in lines if line.strip())
    for number, name in enumerate(names, 1):
        if any(letter in ";:/" for letter in name):
            hint = "KITTI files and nvinfer's labels want names without ';', ':' and '/'"
            raise InputError(f"class name {name!r}", where=f"{file}:{number}", hint=hint)
        if name in names[: number - 1]:
            raise InputError(f"class {name!r} is named twice", where=f"{file}:{number}")
    return names
