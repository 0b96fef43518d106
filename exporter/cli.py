"""``t2e export``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from train2edge import cli_options as options

if TYPE_CHECKING:
    from exporter.plan import ExportPlan
    from train2edge.spec.experiment import Experiment


@click.command()
@click.argument("run", metavar="RUN", type=options.EXISTING)
@options.out("Bundle folder to write.")
@click.option("--precision", type=click.Choice(["fp32", "fp16", "int8"]), help="Default: the spec.")
@click.option(
    "--spec",
    type=options.EXISTING_FILE,
    metavar="SPEC",
    help="Experiment file; default: RUN's own.",
)
@click.option(
    "--max-drop",
    type=click.FloatRange(0, 100),
    metavar="POINTS",
    help="What INT8 may lose of AP50, or a classifier of top-1, in hundredths. Default: the spec.",
)
@click.option("--no-check", is_flag=True, help="Leave out the TensorRT compile check.")
@options.allow_failed
@options.sets
@options.dry_run
@options.as_json
def export(
    run: Path,
    out: Path,
    precision: str | None,
    spec: Path | None,
    max_drop: float | None,
    no_check: bool,
    allow_failed: bool,
    sets: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Write a bundle of RUN: ONNX, INT8 ranges, calibration cache, manifest.

    RUN is a folder of t2e train or t2e prune, or a checkpoint file. Ends with a table: what every
    step changed, and the score before and after quantisation. Exits with 1 where a check failed:
    the gate of INT8, torch against ONNX, the compiler; the bundle is there all the same.
    """
    experiment, plan = _export_plan(
        run, out, precision, spec, sets, check=not no_check, max_drop=max_drop
    )
    if dry_run:
        options.show(plan.as_record() if as_json else plan.lines(), as_json=as_json)
        return
    from exporter.export import export as work
    from train2edge.datasets.task import load_experiment

    report = work(plan, experiment, load_experiment(experiment))
    if not as_json:
        options.show(report.lines(), as_json=False)
    options.finish(out, report.as_record(), as_json=as_json)
    if not allow_failed:
        report.require(str(out))


def _export_plan(
    run: Path,
    out: Path,
    precision: str | None,
    spec: Path | None,
    sets: tuple[str, ...],
    *,
    check: bool,
    max_drop: float | None,
) -> tuple[Experiment, ExportPlan]:
    from exporter.plan import find_spec, plan
    from train2edge.spec.loader import load

    experiment = load(find_spec(run, spec), sets)
    return experiment, plan(
        run,
        out,
        experiment,
        precision=precision,  # type: ignore[arg-type]
        check=check,
        max_drop=max_drop,
    )
