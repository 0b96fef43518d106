"""How much of the speed of decoding and encoding alone the writing of augmented copies keeps.

    python -m benchmarks.augmenting FOLDER [--rounds 5] [--workers 1] [--pictures 100]

FOLDER is one that ``t2e go --data`` understands. One copy of each training picture is written with
everything that a change can be made of (rotation, shear, colours, blur), in turns with reading and
writing the same pictures as they are, by as many threads. Prints pictures a second of both, which
are medians, and their ratio: by CPU time it is free of what else the machine does. Ten seconds for
100 photos of 416x416.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2

from train2edge.datasets.picture import read_picture, write_picture
from train2edge.datasets.task import experiment_of
from trainer.augmented.copies import write_copies
from trainer.augmented.plan import CopiesPlan, plan_copies

EVERYTHING = ("rotate=10", "shear_x=0.1", "blur_probability=0.5")


def planned(folder: Path, out: Path, pictures: int) -> CopiesPlan:
    """One copy of the first training pictures."""
    sets = [f"augmentation.{one}" for one in EVERYTHING]
    plan = plan_copies(experiment_of(folder, sets), out, copies=1)
    return CopiesPlan(**{**vars(plan), "entries": {"train": plan.entries["train"][:pictures]}})


def plain(pictures: Sequence[Path], out: Path, workers: int) -> None:
    """Read and write them as they are."""

    def one(path: Path) -> None:
        write_picture(read_picture(path), out / path.name)

    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(one, pictures))
    cv2.setNumThreads(threads)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds that passed, and of CPU time."""
    began, busy = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - busy


def turn(plan: CopiesPlan, bare: Path, workers: int) -> tuple[float, float, float, float]:
    """Seconds and CPU seconds of both, one after the other."""
    paths = [one.picture.image for one in plan.entries["train"]]
    alone = timed(lambda: plain(paths, bare, workers))
    return (*alone, *timed(lambda: write_copies(plan, workers=workers)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--pictures", type=int, default=100)
    given = parser.parse_args()
    turns = []
    for _ in range(given.rounds + 1):
        with tempfile.TemporaryDirectory() as folder:
            plan = planned(given.folder, Path(folder) / "copies", given.pictures)
            turns.append(turn(plan, Path(folder) / "plain", given.workers))
    alone, alone_busy, copies, copies_busy = (
        statistics.median(column) for column in zip(*turns[1:], strict=True)
    )
    count = plan.total
    print(f"decode and encode alone   {count / alone:.1f} pictures/s")
    print(f"augmented copies          {count / copies:.1f} pictures/s")
    print(f"share of the speed        {alone / copies:.2f}")
    print(f"share by CPU time         {alone_busy / copies_busy:.2f}")
    print(f"{count} pictures, {given.workers} threads")


if __name__ == "__main__":
    main()
