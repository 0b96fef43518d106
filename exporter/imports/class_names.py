"""The names of a foreign model's classes, as many as its outputs speak of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from exporter import heads
from exporter.heads import HeadPlan
from exporter.imports import recipe
from exporter.imports.recipe import Recipe
from train2edge.errors import InputError


def class_names(
    chosen: Recipe,
    own: Path | None,
    shapes: Sequence[tuple[int, ...]],
    head_plan: HeadPlan,
    file: Path,
) -> tuple[str, ...]:
    """The user's ``own``, else the recipe's; as many as the outputs have.

    ``InputError`` for other numbers of names, and for outputs that are not the recipe's.
    """
    count = _classes(chosen, shapes, head_plan, file)
    names = recipe.labels(chosen.labels) if chosen.labels else ()
    where = f"recipe {chosen.name}"
    if own is not None:
        names, where = _read_names(own), str(own)
    if len(names) != count:
        others = _others(chosen, shapes, head_plan)
        raise InputError(
            f"the network has {count} classes, there are {len(names)} names",
            where=where,
            hint="--labels FILE, one name a line in the network's order"
            + (f"; or is it {others}?" if others else ""),
        )
    return names


def _read_names(file: Path) -> tuple[str, ...]:
    """A name a line, blanks as underscores; ``InputError`` for what no label file can hold."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
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


def _classes(
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
    """The other recipes that these outputs fit, with as many names as they have classes."""
    counts = fitting(shapes, size)
    others = (recipe.read(name) for name in counts if name != chosen.name)
    return ", ".join(
        one.name
        for one in others
        if one.labels is None or counts[one.name] == len(recipe.labels(one.labels))
    )


def fitting(shapes: Sequence[tuple[int, ...]], size: HeadPlan) -> dict[str, int]:
    """The recipes that read outputs of these shapes, and how many classes they see in them."""
    found = {name: _count(recipe.read(name), shapes, size) for name in recipe.names()}
    return {name: count for name, count in found.items() if count is not None}


def _count(one: Recipe, shapes: Sequence[tuple[int, ...]], size: HeadPlan) -> int | None:
    head = heads.load(one.head)
    plan = HeadPlan(size.width, size.height, {**head.DEFAULTS, **one.settings})
    try:
        return head.classes(shapes, plan)
    except InputError:
        return None
