"""Training pictures beside what a training makes of them: by its own code, seed and order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from train2edge.contract import InputContract
from train2edge.datasets.task import load_experiment
from train2edge.errors import InputError
from train2edge.evaluation.drawing import (
    MISSED,
    RIGHT,
    UNCOUNTED,
    WRONG,
    Canvas,
    Color,
    css,
    encode_jpeg,
)
from train2edge.folders import building
from train2edge.page import Page
from train2edge.progress import track
from train2edge.spec.experiment import Experiment
from trainer import augmentation
from trainer.augmentation import WHOLE, Composition, Picture, Placed, View
from trainer.examples import Examples
from trainer.loader import Loader
from trainer.plan import plan_training
from trainer.train import examples_of

PAGE = "sheet.html"
GAP = 12  # pixels between the two
FATES: Mapping[str, Color] = {
    "whole": RIGHT,
    "cut off": MISSED,
    "dropped": WRONG,
    "ignored": UNCOUNTED,
}
DASHED = ("dropped", "ignored")  # nothing is learned from them


@dataclass(frozen=True)
class Sheet:
    """The first ``count`` pictures of an ``epoch``, counted from 1, as a training takes them."""

    experiment: Experiment
    examples: Examples
    epoch: int
    indices: tuple[int, ...]

    @property
    def frame(self) -> InputContract:
        return self.examples.sizes.at(self.epoch - 1)

    def as_record(self) -> dict[str, Any]:
        names = [self.examples.samples[one].name for one in self.indices]
        return {
            "pictures": names,
            "epoch": self.epoch,
            "input": f"{self.frame.width}x{self.frame.height}",
        }


@dataclass(frozen=True)
class SheetReport:
    """What was drawn; ``objects``: what became of them, counted."""

    page: Path
    pictures: int
    objects: dict[str, int]

    def as_record(self) -> dict[str, Any]:
        return {"pictures": self.pictures, "objects": self.objects}


def plan_sheet(experiment: Experiment, count: int, epoch: int = 1) -> Sheet:
    """Choose the pictures; ``InputError`` for an epoch that the training does not have."""
    samples = load_experiment(experiment).train
    plan = plan_training(experiment, samples)
    if not 1 <= epoch <= plan.training.epochs:
        message = f"{epoch} is not one of the training's {plan.training.epochs} epochs"
        raise InputError(message, where="--epoch", hint="1 is the first")
    examples = examples_of(experiment, plan, samples)
    order = Loader(examples, plan.training.batch_size, seed=plan.seed).order(epoch - 1)
    first = dict.fromkeys(int(one) for one in order[:count])
    return Sheet(experiment, examples, epoch, tuple(first))


def write_sheet(sheet: Sheet, out: Path) -> SheetReport:
    """Write ``sheet.html`` and each pair as a JPEG into the folder ``out``; an older sheet goes."""
    fates: Counter[str] = Counter()
    figures = []
    with building(out, PAGE) as folder:
        (folder / "pictures").mkdir()
        for number, index in enumerate(track(sheet.indices, "drawing", len(sheet.indices)), 1):
            pair, seen = draw_pair(sheet, index)
            name = sheet.examples.samples[index].image.stem
            (folder / "pictures" / f"{number:03}_{name}.jpg").write_bytes(pair)
            figures.append((pair, _caption(name, seen)))
            fates += seen
        _page(sheet, figures, fates).write(folder / PAGE)
    return SheetReport(out / PAGE, len(figures), {name: fates[name] for name in FATES})


def draw_pair(sheet: Sheet, index: int) -> tuple[bytes, Counter[str]]:
    """The stored picture beside what the network gets, as a JPEG, and what became of objects."""
    composition = sheet.examples.composition(sheet.epoch - 1, index)
    classes = sheet.examples.contract.output.classes
    after = Canvas.of(_rgb(augmentation.paint(composition, sheet.frame), sheet.frame))
    height = after.picture.shape[0]
    fates: Counter[str] = Counter()
    befores = []
    for placed in composition.placed:
        before = _fitted(placed.view.picture, height // (2 if _is_mosaic(composition) else 1))
        if placed.view.region is None:
            fates += _draw_objects(before, after, placed, classes)
        else:
            _draw_region(before, after, placed, classes)
        befores.append(before.picture)
    gap = np.full((height, GAP, 3), 255, np.uint8)
    return encode_jpeg(np.hstack([_grid(befores, height), gap, after.picture]), 88), fates


def _draw_objects(
    before: Canvas, after: Canvas, placed: Placed, classes: Sequence[str]
) -> Counter[str]:
    moved, view = augmentation.move(placed), placed.view
    fates: Counter[str] = Counter()
    for row in _once(view):
        seen = float(moved.seen[row])
        fate = _fate(bool(view.ignore[row]), bool(moved.kept[row]), seen)
        fates[fate] += 1
        color, dashed = FATES[fate], fate in DASHED
        name = "ignored" if fate == "ignored" else classes[int(view.class_ids[row])]
        before.box(view.boxes[row], color, dashed=dashed)
        before.label(view.boxes[row], name, color)
        if seen > 0:
            after.box(moved.boxes[row], color, dashed=dashed)
            after.label(moved.boxes[row], _said(name, fate, seen), color)
    return fates


def _draw_region(before: Canvas, after: Canvas, placed: Placed, classes: Sequence[str]) -> None:
    region, name = placed.view.region, classes[int(placed.view.class_ids[0])]
    assert region is not None
    right, bottom = region.left + region.width, region.top + region.height
    box = np.array([region.left, region.top, right, bottom])
    before.box(box, RIGHT)
    before.label(box, name, RIGHT)
    after.label(np.zeros(4), name, RIGHT)


def _fate(ignore: bool, kept: bool, seen: float) -> str:
    if ignore:
        return "ignored"
    if not kept:
        return "dropped"
    return "whole" if seen >= WHOLE else "cut off"


def _said(name: str, fate: str, seen: float) -> str:
    return f"{name} {fate}, {seen:.0%} left" if fate in ("cut off", "dropped") else name


def _once(view: View) -> list[int]:
    """The rows to draw: what every class ignores, a row each, is one region."""
    first: dict[object, int] = {}
    for row, box in enumerate(view.boxes):
        first.setdefault(tuple(box) if view.ignore[row] else row, row)
    return list(first.values())


def _is_mosaic(composition: Composition) -> bool:
    return len(composition.placed) > 1


def _rgb(picture: Picture, frame: InputContract) -> Picture:
    """The network's colours as a screen wants them."""
    if frame.color == "GRAY":
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB), np.uint8)
    return picture if frame.color == "RGB" else np.ascontiguousarray(picture[:, :, ::-1])


def _fitted(picture: Picture, height: int) -> Canvas:
    """A canvas of that height; a narrow picture keeps its shape, like any other."""
    scale = height / picture.shape[0]
    size = max(1, round(picture.shape[1] * scale)), height
    shrunk = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return Canvas(np.ascontiguousarray(shrunk, np.uint8), scale)


def _grid(pictures: Sequence[Picture], height: int) -> Picture:
    """One picture, or the four of a mosaic as two rows of two."""
    if len(pictures) == 1:
        return pictures[0]
    rows = [np.hstack(pictures[:2]), np.hstack(pictures[2:])]
    width = max(row.shape[1] for row in rows)
    canvas: Picture = np.full((height, width, 3), 255, np.uint8)
    top = 0
    for row in rows:
        canvas[top : top + row.shape[0], : row.shape[1]] = row
        top += row.shape[0]
    return canvas


def _caption(name: str, fates: Mapping[str, int]) -> str:
    told = ", ".join(f"{fates[fate]} {fate}" for fate in FATES if fates.get(fate))
    return f"{name}: {told}" if told else name


def _page(sheet: Sheet, figures: Sequence[tuple[bytes, str]], fates: Mapping[str, int]) -> Page:
    frame, spec = sheet.frame, sheet.experiment
    page = Page(
        f"Training pictures of {spec.name}",
        f"the first {len(figures)} of epoch {sheet.epoch}, as the network gets them: "
        f"{frame.width}x{frame.height}, seed {spec.seed}",
    )
    page.section(
        "Pictures",
        "Left the stored picture, right the network's input. An object is dropped when less than "
        f"{augmentation.VISIBLE:.0%} of its box is left; dashed boxes are not learned.",
    )
    page.legend({f"{name} ({fates[name]})": css(color) for name, color in FATES.items()})
    for pair, caption in figures:
        page.figure(pair, caption)
    page.section("Augmentation", "As the experiment asks for it.")
    return page.facts(spec.augmentation.model_dump())
