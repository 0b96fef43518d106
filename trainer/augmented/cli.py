"""``t2e data augment``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from train2edge import cli_options as options

if TYPE_CHECKING:
    from train2edge.spec.experiment import Experiment
    from trainer.augmented.plan import CopiesPlan

FORMATS = click.Choice(["kitti", "coco", "voc", "yolo", "image_folder"])


@click.command(short_help="Show or write augmented training pictures.")
@click.argument("spec", metavar="SPEC|FOLDER", type=options.ANY_PATH)
@options.out("New folder for the sheet or the data set.")
@click.option(
    "--sheet",
    type=click.IntRange(min=1),
    metavar="N",
    help="Draw N training pictures beside what a training makes of them.",
)
@click.option(
    "--epoch",
    type=click.IntRange(min=1),
    help="The sheet's epoch, by default the first: mosaics may end, sizes may change.",
)
@click.option(
    "--copies",
    type=click.IntRange(min=1),
    metavar="N",
    help="Write N augmented copies of each training picture, with labels.",
)
@click.option("--format", "target", type=FORMATS, help="Format of the labels; default: as read.")
@click.option("--keep-originals", is_flag=True, help="Put the pictures beside their copies.")
@click.option("--no-links", is_flag=True, help="Copy what stays as it is; default: link to it.")
@click.option(
    "--workers", type=click.IntRange(min=1), help="Pictures at a time; default: one a core."
)
@options.sets
@options.dry_run
@options.as_json
def augment(
    spec: Path,
    out: Path,
    sheet: int | None,
    epoch: int | None,
    copies: int | None,
    target: str | None,
    keep_originals: bool,
    no_links: bool,
    workers: int | None,
    sets: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Show what augmentation does to the pictures of SPEC or FOLDER, or write them augmented.

    With --sheet: what the network gets in training, boxes and all. With --copies: a data set of its
    own, each picture at its own size; validation and test pictures are there as they are.
    """
    from train2edge.datasets.task import experiment_of

    for_copies = {
        "--format": target,
        "--keep-originals": keep_originals,
        "--no-links": no_links,
        "--workers": workers,
    }
    _check(sheet, copies, {"--epoch": epoch}, for_copies)
    experiment = experiment_of(spec, sets)
    if sheet is not None:
        _sheet(experiment, out, sheet, epoch or 1, dry_run=dry_run, as_json=as_json)
        return
    from trainer.augmented.plan import plan_copies

    plan = plan_copies(
        experiment,
        out,
        copies=copies or 1,
        target=target,
        keep_originals=keep_originals,
        links=not no_links,
    )
    if dry_run:
        options.tell(out, plan.as_record(), as_json=as_json)
        return
    trained = None if spec.is_dir() else _as_in_training(experiment, spec, sets)
    _copies(plan, trained, workers, as_json=as_json)


def _copies(
    plan: CopiesPlan, trained: Experiment | None, workers: int | None, *, as_json: bool
) -> None:
    from train2edge.progress import bar
    from trainer.augmented.copies import write_copies

    with bar("augmenting", plan.total) as running:
        report = write_copies(plan, trained, workers=workers, advance=running.advance)
    for warning in report.warnings:
        click.echo(f"warning: {warning}", err=True)
    if not as_json:
        click.echo("\n".join(report.lines()))
    options.finish(plan.out, report.as_record(), as_json=as_json)


def _check(
    sheet: int | None,
    copies: int | None,
    for_sheet: Mapping[str, object],
    for_copies: Mapping[str, object],
) -> None:
    """One of the two is wanted, and the options that go with it."""
    from train2edge.errors import InputError

    if (sheet is None) == (copies is None):
        hint = "--sheet 12 draws pictures to look at, --copies 3 writes a data set"
        raise InputError("one of them says what to do", where="--sheet, --copies", hint=hint)
    mode, others = ("--sheet", for_copies) if copies is None else ("--copies", for_sheet)
    for name, value in others.items():
        if value:
            raise InputError(f"has no meaning with {mode}", where=name, hint="leave it out")


def _sheet(
    experiment: Experiment, out: Path, count: int, epoch: int, *, dry_run: bool, as_json: bool
) -> None:
    from train2edge.folders import check_free
    from trainer.augmented.sheet import PAGE, plan_sheet, write_sheet

    check_free(out, PAGE)
    sheet = plan_sheet(experiment, count, epoch)
    if dry_run:
        options.tell(out, sheet.as_record(), as_json=as_json)
        return
    report = write_sheet(sheet, out)
    options.finish(report.page, report.as_record(), as_json=as_json)


def _as_in_training(experiment: Experiment, spec: Path, sets: tuple[str, ...]) -> Experiment:
    """``experiment`` with the file's own augmentation: what ``--set`` changes is for the copies."""
    from train2edge.spec.loader import load

    others = [one for one in sets if not one.startswith("augmentation")]
    return experiment.model_copy(update={"augmentation": load(spec, others).augmentation})
