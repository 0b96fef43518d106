"""``t2e data``: check, convert, augment and draw labelled pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from train2edge import cli_options as options

if TYPE_CHECKING:
    from train2edge.datasets.check import CheckReport
    from train2edge.errors import Problem
    from train2edge.spec.experiment import Experiment

FORMATS = click.Choice(["kitti", "coco", "voc", "yolo"])


@click.group(cls=options.WithStages, stages={"augment": "trainer.augmented.cli:augment"})
def data() -> None:
    """Check, convert, augment and draw labelled pictures."""


@data.command(short_help="Look at every picture and label of SPEC, or of a FOLDER.")
@click.argument("spec", metavar="SPEC|FOLDER", type=options.ANY_PATH)
@options.out("Write the report there, as JSON.", required=False)
@options.sets
@options.as_json
def check(spec: Path, out: Path | None, sets: tuple[str, ...], as_json: bool) -> None:
    """Look at every picture and label that SPEC names, and tell what is wrong with them.

    Or at those of a FOLDER, as t2e go --data takes it. Ends with 2 if something is wrong that
    training or export would refuse, with 0 otherwise.
    """
    from train2edge.datasets.task import experiment_of

    experiment = experiment_of(spec, sets)
    report_check(experiment, spec, out, as_json=as_json, export=not spec.is_dir())


def report_check(
    experiment: Experiment,
    where: Path,
    out: Path | None = None,
    *,
    as_json: bool,
    export: bool = True,
) -> None:
    """Check the pictures, print the report; ``ProblemsError`` if training or ``export`` would."""
    from dataclasses import replace

    from train2edge.datasets.check import check as check_dataset
    from train2edge.datasets.check_table import print_report
    from train2edge.errors import ProblemsError
    from train2edge.files import write_json

    crops = experiment.task == "classification"
    report = check_dataset(experiment.dataset, crops=crops)
    if export:
        report = replace(report, errors=(*report.errors, *_calibration(experiment, report)))
    if not as_json:
        print_report(report)
    if report.errors:
        raise ProblemsError(report.errors)
    if out is not None:
        write_json(out, report.as_record())
    options.finish(out or where, report.as_record(), as_json=as_json)


def _calibration(experiment: Experiment, report: CheckReport) -> list[Problem]:
    """Too few pictures for INT8: known now, not when the network has been trained for hours."""
    from train2edge.calibration.pictures import too_few

    part = report.parts.get("train")
    if part is None or experiment.export.precision != "int8":
        return []
    crops = experiment.task == "classification"
    there = sum(part.objects.values()) if crops else part.pictures
    problem = too_few(there, experiment.export.calibration)
    return [problem] if problem else []


@data.command(short_help="Write labelled pictures in another format.")
@click.option("--from", "source", type=FORMATS, required=True, help="Format of the labels now.")
@click.option("--to", "target", type=FORMATS, required=True, help="Format to write.")
@click.option("--images", type=options.EXISTING_FOLDER, required=True, help="Picture folder.")
@click.option(
    "--labels", type=options.EXISTING, required=True, help="Label folder, or COCO's json."
)
@click.option("--names", type=options.EXISTING_FILE, help="YOLO: class names, or data.yaml.")
@click.option(
    "--class", "classes", multiple=True, metavar="NAME", help="Order of the classes to write."
)
@click.option("--copy", is_flag=True, help="Copy the pictures too; default: link to them.")
@options.out("New folder for the result.")
@options.dry_run
@options.as_json
def convert(
    source: str,
    target: str,
    images: Path,
    labels: Path,
    names: Path | None,
    classes: tuple[str, ...],
    copy: bool,
    out: Path,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Write labelled pictures in another format: KITTI, COCO, VOC or YOLO."""
    from train2edge.datasets.convert import convert as convert_source
    from train2edge.datasets.convert import plan
    from train2edge.spec.dataset import Source

    read_from = Source.model_validate(
        {"format": source, "images": images, "labels": labels, "names": names}
    )
    conversion = plan(read_from, target, out, classes=classes, copy=copy)
    if dry_run:
        options.tell(out, conversion.as_record(), as_json=as_json)
        return
    report = convert_source(conversion)
    for warning in report.warnings:
        click.echo(f"warning: {warning}", err=True)
    options.finish(out, report.as_record(), as_json=as_json)


@data.command(short_help="Draw street scenes with exact boxes.")
@options.out("New folder for the data set.")
@click.option("--pictures", default=240, show_default=True, help="Pictures to learn from.")
@click.option("--test", default=60, show_default=True, help="Pictures to test on.")
@click.option("--frames", default=150, show_default=True, help="Frames of the video; 0: none.")
@options.size("--size", default="640x384", help="In pixels.")
@click.option("--seed", default=1, show_default=True, help="The same seed, the same pictures.")
@options.dry_run
@options.as_json
def synth(
    out: Path,
    pictures: int,
    test: int,
    frames: int,
    size: tuple[int, int],
    seed: int,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Draw street scenes with exact boxes: cars, buses, people, and a video of them.

    Writes KITTI folders, video.mp4 with labels for each frame, and an experiment.yaml.
    """
    from train2edge.datasets.synth.street import StreetPlan, write_street
    from train2edge.progress import bar

    plan = StreetPlan(pictures, test, frames, *size, seed)
    if dry_run:
        options.tell(out, plan.as_record(), as_json=as_json)
        return
    with bar("drawing", pictures + test + frames) as running:
        report = write_street(plan, out, running.advance)
    options.finish(out, report.as_record(), as_json=as_json)
