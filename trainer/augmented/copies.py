"""Augmented copies of pictures, at their own size, with labels: a data set to keep."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np

from train2edge.contract import InputContract
from train2edge.datasets.convert import WRITTEN, place, written
from train2edge.datasets.load import reader
from train2edge.datasets.picture import Skipped, read_picture, write_picture
from train2edge.datasets.reading import LabelledBox, LabelledPicture, Writer
from train2edge.errors import InputError, Problem, ProblemsError, capped
from train2edge.folders import building
from train2edge.spec import loader
from train2edge.spec.augmentation import Augmentation
from train2edge.spec.dataset import Split
from train2edge.spec.experiment import Experiment
from trainer import augmentation
from trainer.augmentation import WHOLE, Picture, View
from trainer.augmented.plan import FOLDERS, CopiesPlan, Entry
from trainer.change import draw

SPEC = "spec.yaml"

Advance = Callable[[int], None]


@dataclass(frozen=True)
class Written:
    """A picture that was written, and how many of its boxes were cut off or left out."""

    picture: LabelledPicture
    cut: int = 0
    left_out: int = 0


@dataclass(frozen=True)
class CopiesReport:
    """What was written: pictures by part; of those to learn from objects by class, how many of them
    the edge of a copy cuts off, and those left out because too little of them is left."""

    pictures: dict[str, int] = field(default_factory=dict)
    objects: dict[str, int] = field(default_factory=dict)
    cut: int = 0
    left_out: int = 0
    warnings: tuple[str, ...] = ()

    def as_record(self) -> dict[str, Any]:
        return {**vars(self), "warnings": list(self.warnings)}

    def lines(self) -> list[str]:
        """For people."""
        pictures = ", ".join(f"{count} {part}" for part, count in self.pictures.items())
        objects = ", ".join(f"{count} {name}" for name, count in self.objects.items())
        return [
            f"pictures: {pictures}",
            f"objects to learn: {objects}; {self.cut} of them cut off by the edge",
            f"objects left out, since too little of them is seen: {self.left_out}",
        ]


def write_copies(
    plan: CopiesPlan,
    experiment: Experiment | None = None,
    *,
    workers: int | None = None,
    advance: Advance = lambda count: None,
) -> CopiesReport:
    """Write the folder of ``plan``, whole or not at all; the same whatever the ``workers``.

    With an ``experiment`` also a ``spec.yaml`` that trains it on what was written. Raises
    ``ProblemsError`` for pictures that cannot be decoded, where the plan is ``strict``.
    """
    with building(plan.out) as folder:
        done: dict[str, list[Written]] = {}
        skipped: list[Skipped] = []
        unsaid = 0
        for part, entries in plan.entries.items():
            into = folder / FOLDERS[part]
            results = list(_each(entries, partial(_write, plan, into), workers, advance))
            skipped += [one for one in results if isinstance(one, Skipped)]
            done[part] = [one for one in results if isinstance(one, Written)]
            _check(plan, skipped, done)
            pictures = [one.picture for one in done[part]]
            writer = cast(Writer, reader(plan.target))
            unsaid += writer.write(pictures, into, plan.classes)
        if experiment is not None:
            loader.save(on_copies(experiment, plan), folder / SPEC)
    return _report(plan, done, skipped, unsaid)


def on_copies(experiment: Experiment, plan: CopiesPlan) -> Experiment:
    """``experiment`` on what ``plan`` writes; its validation is split off already."""
    parts = {
        part: (written(plan.target, plan.out.absolute() / FOLDERS[part]),) for part in plan.entries
    }
    split = Split() if "validation" in parts else experiment.dataset.split
    changed = {"map": {}, "split": split, **parts}
    dataset = experiment.dataset.model_copy(update=changed)
    return experiment.model_copy(update={"dataset": dataset})


def changed(
    picture: Picture, labelled: LabelledPicture, spec: Augmentation, seed: Sequence[int]
) -> tuple[Picture, Written]:
    """One picture, uint8 HWC RGB, changed at its own size, and its objects with it.

    ``seed`` decides how. A box that the edge cuts off is truncated by that much more.
    """
    frame = InputContract(labelled.width, labelled.height)
    count = len(labelled.objects)
    view = View(
        picture,
        np.array([one.box for one in labelled.objects], np.float32).reshape(-1, 4),
        np.zeros(count, np.int32),
        np.array([one.ignore for one in labelled.objects], np.bool_),
    )
    change = draw(spec, frame, np.random.default_rng(list(seed)))
    composition = augmentation.at_own_size(view, change)
    moved = augmentation.move(composition.placed[0])
    objects, cut, left_out = [], 0, 0
    for row, one in enumerate(labelled.objects):
        if one.whole:  # nobody drew a box: the picture is what was named
            objects.append(one)
        elif moved.kept[row]:
            objects.append(_moved(one, moved.boxes[row].tolist(), float(moved.seen[row])))
            cut += not one.ignore and bool(moved.seen[row] < WHOLE)
        else:
            left_out += not one.ignore
    result = replace(labelled, objects=tuple(objects))
    return augmentation.paint(composition, frame), Written(result, cut, left_out)


def _moved(one: LabelledBox, box: list[float], seen: float) -> LabelledBox:
    left, top, right, bottom = box
    if one.ignore or seen >= WHOLE:
        return replace(one, box=(left, top, right, bottom))
    before = min(max(one.truncated, 0.0), 1.0)  # KITTI: -1 is unknown
    return replace(one, box=(left, top, right, bottom), truncated=1 - (1 - before) * seen)


def _write(plan: CopiesPlan, folder: Path, entry: Entry) -> Written | Skipped:
    picture = entry.picture
    path = folder / WRITTEN[plan.target]["images"] / f"{picture.key}{picture.image.suffix}"
    if not entry.copy:
        place(picture.image, path, copy=not plan.links)
        return Written(picture)
    try:
        pixels = read_picture(picture.image)
    except InputError as error:
        return Skipped(picture.image, error.message)
    pixels, done = changed(pixels, picture, plan.augmentation, entry.seed)
    write_picture(pixels, path)
    return done


def _each(
    entries: Sequence[Entry],
    work: Callable[[Entry], Written | Skipped],
    workers: int | None,
    advance: Advance,
) -> Iterator[Written | Skipped]:
    """The results in order. OpenCV leaves the interpreter's lock alone, so threads do."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # a picture a core, not all cores a picture
    pool = ThreadPoolExecutor(workers or len(os.sched_getaffinity(0)))
    try:
        for result in pool.map(work, entries):
            yield result
            advance(1)
    finally:
        pool.shutdown(cancel_futures=True)
        cv2.setNumThreads(threads)


def _check(plan: CopiesPlan, skipped: Sequence[Skipped], done: dict[str, list[Written]]) -> None:
    broken = {one.image: one for one in skipped}
    if broken and (plan.strict or not done["train"]):
        raise ProblemsError(
            capped([Problem(str(one.image), one.reason) for one in broken.values()])
        )


def _report(
    plan: CopiesPlan, done: dict[str, list[Written]], skipped: Sequence[Skipped], unsaid: int
) -> CopiesReport:
    written = done["train"]
    counts = Counter(
        one.label for each in written for one in each.picture.objects if not one.ignore
    )
    warnings = list(plan.warnings)
    broken = {one.image: one for one in skipped}
    if broken:
        first = next(iter(broken.values()))
        warnings.append(f"{len(broken)} corrupt pictures left out, first {first}")
    if unsaid:
        warnings.append(f"{unsaid} ignored regions left out: {plan.target} cannot say them")
    return CopiesReport(
        {FOLDERS[part]: len(some) for part, some in done.items()},
        {name: counts[name] for name in plan.classes},
        sum(one.cut for one in written),
        sum(one.left_out for one in written),
        tuple(warnings),
    )
