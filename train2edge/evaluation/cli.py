"""``t2e evaluate``, ``t2e infer`` and ``t2e stream compare``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from train2edge.cli_options import (
    EXISTING,
    EXISTING_FILE,
    EXISTING_FOLDER,
    as_json,
    dry_run,
    finish,
    out,
    sets,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from train2edge.evaluation.detection_sets import DetectionSet
    from train2edge.evaluation.predictor import Engine
    from train2edge.evaluation.source import Source

ENGINE = click.option(
    "--engine",
    type=click.Choice(["auto", "openvino", "onnxruntime", "exact", "torch"]),
    default="auto",
    show_default=True,
    help="What runs the model. auto: torch for a run; for ONNX the fastest that is faithful, "
    "which for INT8 is exact: every Q/DQ pair as written.",
)


@click.command()
@click.argument("model", type=EXISTING)
@out("The folder for the results.")
@click.option(
    "--spec", type=EXISTING_FILE, metavar="SPEC", help="The experiment; default: the run's own."
)
@click.option(
    "--data",
    type=EXISTING_FOLDER,
    metavar="LABELLED",
    help="Instead of an experiment: a folder of pictures whose labels are the model's classes.",
)
@click.option(
    "--split",
    type=click.Choice(["validation", "test"]),
    help="Which pictures; default: test, or validation where there is no test part.",
)
@ENGINE
@click.option(
    "--batch", type=click.IntRange(1, 1024), default=8, show_default=True, help="Pictures at once."
)
@sets
@dry_run
@as_json
def evaluate(
    model: Path,
    out: Path,
    spec: Path | None,
    data: Path | None,
    split: str | None,
    engine: Engine,
    batch: int,
    sets: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Score MODEL on labelled pictures.

    MODEL is a run, a checkpoint, a bundle, an ONNX file or an engine that t2e built.
    """
    from train2edge.evaluation.predictor import open_predictor
    from train2edge.evaluation.source import check_classes, of_folder, source
    from train2edge.evaluation.tasks import scoring

    _check_out(out)
    if data and (spec or split or sets):
        raise click.UsageError("--data takes the place of --spec, --split and --set")
    pictures = None if data else source(model, spec, split, sets)
    opened = open_predictor(model, engine)
    if pictures is None:
        assert data is not None
        pictures = of_folder(opened.contract, data)
    check_classes(opened.contract, pictures)
    if dry_run:
        finish(out, _plan(opened.as_record(), pictures), as_json=as_json)
        return
    settings = pictures.experiment.evaluation
    report = scoring(opened.contract.task)(
        opened.predictor,
        pictures.samples,
        settings,
        split=pictures.split,
        model=opened.as_record(),
        provenance=_provenance(pictures),
        batch_size=batch,
    )
    report.write(out, worst_pictures=settings.worst_pictures)
    if not as_json:
        report.print()
    finish(out, report.as_record(), as_json=as_json)


@click.command()
@click.argument("model", type=EXISTING)
@click.option(
    "-i",
    "--input",
    "path",
    type=EXISTING,
    required=True,
    metavar="PATH",
    help="A picture, a folder of pictures, or a video.",
)
@out("The folder for the results.")
@ENGINE
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    help="Smallest score to show; default: each class's own operating threshold.",
)
@as_json
def infer(
    model: Path, path: Path, out: Path, engine: Engine, threshold: float | None, as_json: bool
) -> None:
    """Draw what MODEL finds on pictures or a video, and write it as JSON lines and KITTI.

    A detector's boxes; a classifier's name for the whole picture.
    """
    from train2edge.evaluation.infer import infer as look
    from train2edge.evaluation.predictor import open_predictor

    _check_out(out)
    opened = open_predictor(model, engine)
    report = look(opened.predictor, path, out, threshold=threshold)
    if not as_json:
        click.echo("\n".join(report.lines()))
    finish(out, {**report.as_record(), "model": opened.as_record()}, as_json=as_json)


@click.command(short_help="Put detections side by side in one table.")
@click.argument("named", nargs=-1, required=True, metavar="LABEL=PATH...")
@click.option(
    "--spec", type=EXISTING_FILE, required=True, metavar="SPEC", help="The experiment: its labels."
)
@click.option(
    "--split",
    type=click.Choice(["validation", "test"]),
    help="Which pictures; default: test, or validation where there is no test part.",
)
@click.option(
    "--frames",
    type=EXISTING_FILE,
    metavar="FILE",
    help="frames.txt of the film: which picture a frame of deepstream-app is.",
)
@click.option(
    "--film",
    type=EXISTING_FILE,
    metavar="VIDEO",
    help="The film, where pictures of other sizes were fitted into it.",
)
@click.option(
    "--floor",
    type=click.FloatRange(0, 1),
    default=0.3,
    show_default=True,
    help="Score from which a box must be found in the other set.",
)
@out("The folder for the results.")
@sets
@as_json
def compare(
    named: tuple[str, ...],
    spec: Path,
    split: str | None,
    frames: Path | None,
    film: Path | None,
    floor: float,
    out: Path,
    sets: tuple[str, ...],
    as_json: bool,
) -> None:
    """Put detections of the same pictures in one table: scores, and how far they agree.

    A PATH is an evaluation folder, a detections.jsonl, or a folder of KITTI files: those of
    deepstream-app need --frames, and --film where the pictures were fitted to one size.
    """
    from train2edge.evaluation.compare import compare as put_together
    from train2edge.evaluation.detection_sets import parse_named
    from train2edge.evaluation.source import source

    _check_out(out)
    paths = parse_named(named)
    pictures = source(spec, spec, split, sets)
    _check_boxes(pictures)
    settings = pictures.experiment.evaluation
    report = put_together(
        _sets(paths, pictures, frames, film),
        pictures.samples,
        pictures.experiment.dataset.classes,
        average_precision=settings.average_precision,
        iou=settings.iou,
        floor=floor,
    )
    report.write(out)
    if not as_json:
        report.print()
    finish(out, report.as_record(), as_json=as_json)


def _check_boxes(pictures: Source) -> None:
    from train2edge.errors import InputError

    if pictures.experiment.task != "detection":
        raise InputError(
            f"boxes are compared, and this is an experiment of {pictures.experiment.task}",
            where=str(pictures.spec),
            hint="t2e evaluate scores a classifier's run, bundle or ONNX file",
        )


def _sets(
    paths: Mapping[str, Path], pictures: Source, frames: Path | None, film: Path | None
) -> list[DetectionSet]:
    from train2edge import video
    from train2edge.evaluation.detection_sets import read_set

    classes, samples = pictures.experiment.dataset.classes, pictures.samples
    fitted = video.size(film) if film else None
    return [
        read_set(label, path, samples, classes, frames=frames, film=fitted)
        for label, path in paths.items()
    ]


def _check_out(out: Path) -> None:
    from train2edge.errors import InputError

    if out.exists() and not out.is_dir():
        raise InputError("is a file, not a folder", where=f"-o {out}", hint="give another -o")


def _plan(model: dict[str, str], pictures: Source) -> dict[str, Any]:
    count = len(pictures.samples)
    click.echo(
        f"score {model['path']} with {model['engine']} on {count} {pictures.split} pictures "
        f"of {pictures.spec}",
        err=True,
    )
    return {"model": model, "pictures": count, **_provenance(pictures)}


def _provenance(pictures: Source) -> dict[str, str]:
    from importlib.metadata import version

    return {
        "experiment": pictures.experiment.name,
        "spec": str(pictures.spec),
        "split": pictures.split,
        "train2edge": version("train2edge"),
    }
