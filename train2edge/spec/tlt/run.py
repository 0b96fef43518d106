"""``t2e spec import``: old specifications in, an experiment's text and an outcome a key out."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from train2edge.chain.recipe import name_of
from train2edge.errors import InputError, Problem, ProblemsError
from train2edge.spec.loader import problems_of
from train2edge.spec.tlt import write
from train2edge.spec.tlt.book import Book, Location
from train2edge.spec.tlt.group import Group
from train2edge.spec.tlt.job import GENERAL, Job
from train2edge.spec.tlt.kind import Kind
from train2edge.spec.tlt.kinds import kind_of
from train2edge.spec.tlt.networks import dataset_convert
from train2edge.spec.tlt.options import Options
from train2edge.spec.tlt.outcome import VERDICTS, Outcome
from train2edge.spec.tlt.paths import CONTAINER, Paths
from train2edge.spec.tlt.read import read_all

CONVERT = "dataset_convert"
# stands for what is still to be written, so that the schema looks at all the rest
_STAND_IN = {"format": "image_folder", "images": "x", "labels": "x"}


@dataclass(frozen=True)
class Imported:
    """``open`` are the experiment's keys that somebody has to write."""

    text: str
    network: str
    outcomes: tuple[Outcome, ...]
    statements: tuple[str, ...]
    open: tuple[str, ...]

    def as_record(self) -> dict[str, Any]:
        return {
            "network": self.network,
            "statements": list(self.statements),
            "open": list(self.open),
            "counts": {
                verdict: sum(one.verdict == verdict for one in self.outcomes)
                for verdict in VERDICTS
            },
            "keys": [
                {
                    "key": one.key,
                    "value": one.value,
                    "where": one.where,
                    "outcome": one.verdict,
                    "to": one.to or None,
                    "why": one.why or None,
                }
                for one in self.outcomes
            ],
        }


def import_specs(files: Sequence[Path], options: Options, paths: Paths) -> Imported:
    """One training specification, or conversions alone; conversions tell where pictures are.

    ``ProblemsError`` with everything that is wrong, ``InputError`` where nothing carries over.
    """
    specs = read_all(files)
    kinds = _kinds(specs)
    main, kind, converts = _parts(list(zip(specs, kinds, strict=True)))
    book = Book(paths, several_files=len(specs) > 1)
    fractions = [dataset_convert.split(book, one) for one in converts]
    known = [dataset_convert.of(one) for one in converts]
    fraction = next((one for one in fractions if one is not None), None)
    network = importlib.import_module(f"train2edge.spec.tlt.networks.{kind.module}")
    book.default("name", name_of(main.file.with_suffix("")), "the old file's name")
    network.load(Job(main, book, options, known, fraction))
    book.rest(main, (network.REST, GENERAL))
    for one in converts:
        book.rest(one, (dataset_convert.REST, GENERAL))
    _opened(book)
    _checked(book)
    _container(book)
    return _imported(book, kind, [main, *converts])


def _kinds(specs: Sequence[Group]) -> list[Kind]:
    kinds, problems = [], []
    for one in specs:
        try:
            kinds.append(kind_of(one))
        except InputError as error:
            problems.append(Problem(error.where or str(one.file), error.message, error.hint))
    if problems:
        raise ProblemsError(problems)
    return kinds


def _parts(found: list[tuple[Group, Kind]]) -> tuple[Group, Kind, list[Group]]:
    """The specification to import and the conversions beside it."""
    trainings = [one for one in found if one[1].module != CONVERT]
    if len(trainings) > 1:
        names = " and ".join(str(one.file) for one, _ in trainings)
        raise InputError(
            f"{names} are {len(trainings)} training specifications; one experiment comes of one",
            hint="give one of them, with the dataset_convert specifications of its TFRecords",
        )
    main, kind = trainings[0] if trainings else found[0]
    return main, kind, [one for one, other in found if other.module == CONVERT and one is not main]


def _opened(book: Book) -> None:
    """Sources to learn from have to be somewhere."""
    if not any(keys[:2] == ("dataset", "train") for keys in book.settings):
        why = "the old file names no pictures to learn from: --images and --labels"
        book.open("dataset.train", [], why)
    elif ("dataset", "train") in book.settings and len(book.settings) > 1:
        filled = any(keys[:2] == ("dataset", "train") and len(keys) > 2 for keys in book.settings)
        if filled:
            del book.settings["dataset", "train"]


def _checked(book: Book) -> None:
    """What the schema says to the new values, at the lines of the old ones."""
    values = write.values(book)
    data = values.setdefault("dataset", {})
    for part in ("train", "validation"):
        rows = [{**_STAND_IN, **one} for one in data.get(part, [])]
        if rows or part == "train":
            data[part] = rows or [_STAND_IN]
    for row in (*data["train"], *data.get("validation", [])):
        if values.get("task", "detection") == "detection" and row["format"] == "image_folder":
            row["format"] = "kitti"
    if not data.get("classes"):
        data["classes"] = ["x"]
        data.pop("map", None)
    places: dict[Location, str] = {
        keys: one.place for keys, one in book.settings.items() if one.place
    }
    problems = [*book.problems, *problems_of(values, places)]
    if problems:
        raise ProblemsError(problems)


def _container(book: Book) -> None:
    absent = sorted(book.paths.unmapped)
    if absent:
        inside = next((one for one in absent if one.startswith(CONTAINER)), absent[0])
        start = "/".join(inside.split("/")[:3])
        book.state(
            f"Not on this machine, and kept as they were: {len(absent)} paths, {inside} for one. "
            f"Map them with --map {start}=WHERE_IT_IS_HERE."
        )


def _imported(book: Book, kind: Kind, specs: Sequence[Group]) -> Imported:
    title = (
        f"Made by t2e spec import from {specs[0].file.name}, TLT's or TAO's specification of "
        f"{kind.title}. Each value has the old key and line it came from; t2e spec new shows all "
        "keys there are."
    )
    opened = [".".join(map(str, keys)) for keys, one in book.settings.items() if one.is_open]
    order = [(leaf.place, leaf.name) for one in specs for leaf in one.walk()]
    outcomes = sorted(book.outcomes, key=lambda one: order.index((one.where, one.key)))
    return Imported(
        write.text(book, title), kind.title, tuple(outcomes), tuple(book.statements), tuple(opened)
    )
