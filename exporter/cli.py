"""``t2e export`` and ``t2e engine``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from train2edge import cli_options as options

if TYPE_CHECKING:
    from exporter.compile_check import CompileReport
    from exporter.engine.plan import EnginePlan
    from exporter.plan import ExportPlan
    from train2edge.bundle import ModelBundle
    from train2edge.spec.experiment import Experiment


@click.command()
@click.argument("run", metavar="RUN", type=options.EXISTING)
@options.out("Bundle folder to write.")
@click.option("--precision", type=click.Choice(["fp32", "fp16", "int8"]), help="Default: the spec.")
@click.option("--spec", type=options.EXISTING_FILE, help="Experiment file; default: RUN's own.")
@click.option(
    "--max-drop",
    type=click.FloatRange(0, 100),
    metavar="POINTS",
    help="AP50 that INT8 may lose, in hundredths. Default: the spec.",
)
@click.option("--no-check", is_flag=True, help="Leave out the TensorRT compile check.")
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
    sets: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Write a bundle of RUN: ONNX, INT8 ranges, calibration cache, manifest.

    RUN is a folder of t2e train or t2e prune, or a checkpoint file. Ends with a table: what every
    step changed, and the average precision before and after quantisation.
    """
    experiment, plan = _export_plan(
        run, out, precision, spec, sets, check=not no_check, max_drop=max_drop
    )
    if dry_run:
        _print(plan.as_record() if as_json else plan.lines(), as_json=as_json)
        return
    from exporter.export import export as work
    from train2edge.datasets.load import load

    report = work(plan, experiment, load(experiment.dataset))
    if not as_json:
        _print(report.lines(), as_json=False)
    options.finish(out, report.as_record(), as_json=as_json)


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


@click.command()
@click.argument("bundle", metavar="BUNDLE", type=options.EXISTING_FOLDER)
@click.option("--target", metavar="NAME", help="Device (t2e targets lists them).")
@click.option("--deepstream", metavar="RELEASE", help="Default: the newest on the device.")
@click.option(
    "--batch", type=click.IntRange(min=1), default=1, show_default=True, help="Frames at once."
)
@click.option("--dla", type=click.IntRange(min=0), metavar="CORE", help="Build for a DLA core.")
@click.option("--check", is_flag=True, help="Compile with TensorRT for RTX; needs no GPU.")
@click.option("--build", is_flag=True, help="Build here, on the device itself.")
@options.out(
    "Where the engine, or with neither --check nor --build a script, goes.", required=False
)
@options.as_json
def engine(
    bundle: Path,
    target: str | None,
    deepstream: str | None,
    batch: int,
    dla: int | None,
    check: bool,
    build: bool,
    out: Path | None,
    as_json: bool,
) -> int:
    """Say how BUNDLE's engine is built on a device, build it there, or check it without a GPU."""
    from train2edge.bundle import ModelBundle

    opened = ModelBundle.open(bundle)
    if check:
        return _check(opened, target, batch, as_json=as_json)
    plan = _engine_plan(opened, target, deepstream, batch, dla)
    if build:
        from exporter.engine.build import build as work

        options.finish(work(plan, bundle, out), _record(plan), as_json=as_json)
        return 0
    _tell(plan, out, _dla_split(opened, plan), as_json=as_json)
    return 0


def _engine_plan(
    bundle: ModelBundle, target: str | None, deepstream: str | None, batch: int, dla: int | None
) -> EnginePlan:
    from exporter.engine.plan import plan
    from train2edge import targets
    from train2edge.errors import InputError

    if target is None:
        raise InputError("which device?", where="--target", hint="t2e targets lists them")
    release = deepstream or targets.target(target).deepstream[-1]
    return plan(bundle, targets.deployment(target, release), batch=batch, dla=dla)


def _check(bundle: ModelBundle, target: str | None, batch: int, *, as_json: bool) -> int:
    from exporter import compile_check, onnx_file
    from exporter.engine.plan import check_capability
    from train2edge import targets

    capability, note = "SM75", ""
    if target is not None:
        capability, note = check_capability(targets.target(target).compute_capability)
    onnx_file.read_with_contract(bundle.file("model"))
    report = compile_check.check(bundle.file("model"), capability=capability, batch=batch)
    if as_json:
        from dataclasses import asdict

        _print({**asdict(report), "checked_as": note}, as_json=True)
    else:
        _print(_check_lines(report, note), as_json=False)
    if report.status == "skipped":
        return 3
    return 0 if report.passed else 1


def _check_lines(report: CompileReport, note: str) -> list[str]:
    lines = [note] if note else []
    lines += [f"refused: {one.operator} {one.node}: {one.reason}" for one in report.refused]
    return [*lines, f"{report.capability}: {report.figure()}"]


def _dla_split(bundle: ModelBundle, plan: EnginePlan) -> list[str]:
    """Which layers fall back to the GPU, for a plan that wants a DLA core."""
    if plan.dla is None:
        return []
    from exporter import onnx_file
    from exporter.engine import dla

    return dla.report(onnx_file.read(bundle.path / plan.model)).lines()


def _tell(plan: EnginePlan, out: Path | None, split: Sequence[str] = (), *, as_json: bool) -> None:
    for note in plan.notes:
        click.echo(f"note: {note}", err=True)
    if split:
        click.echo("\n".join(split), err=True)
    if out is not None:
        from train2edge.files import write_text

        write_text(out, "#!/bin/sh -e\n" + "\n".join(plan.commands()) + "\n")
        options.finish(out, _record(plan), as_json=as_json)
        return
    _print(_record(plan) if as_json else list(plan.commands()), as_json=as_json)


def _record(plan: EnginePlan) -> dict[str, object]:
    from dataclasses import asdict

    return {**asdict(plan), "commands": list(plan.commands())}


def _print(what: dict[str, object] | list[str], *, as_json: bool) -> None:
    import json

    click.echo(json.dumps(what) if as_json else "\n".join(str(line) for line in what))
