"""``t2e prune``: take channels out of a trained model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from train2edge.cli_options import EXISTING, EXISTING_FILE, as_json, dry_run, finish, out

if TYPE_CHECKING:
    from trainer.pruning.plan import PrunePlan
    from trainer.pruning.report import PruneReport
    from trainer.pruning.settings import Settings

EQUALIZATIONS = ("union", "intersection", "arithmetic_mean", "geometric_mean")
SCORES = ("kernel", "group", "bn", "signal")


PLAN = "plan.json"  # by which a pruned RUN is known


@click.command()
@click.argument("run", type=EXISTING, metavar="RUN")
@click.option(
    "--spec", type=EXISTING_FILE, metavar="SPEC", help="Experiment file; default: RUN's own."
)
@click.option("--threshold", type=float, help="TLT's pth: channels scoring above it stay.")
@click.option("--keep", type=float, help="Fraction of the parameters to keep, 0..1.")
@click.option("--speedup", type=float, help="MACs before / MACs after, above 1.")
@click.option("--normalizer", type=click.Choice(["max", "L2"]), help="Divides a layer's scores.")
@click.option("--equalization", type=click.Choice(EQUALIZATIONS), help="Of layers that are added.")
@click.option("--granularity", type=int, help="Channels left are multiples of this.")
@click.option("--min-filters", type=int, help="Channels a layer keeps at least.")
@click.option("--max-prune", type=float, help="Largest part of a layer that may go, 0..1.")
@click.option("--exclude", multiple=True, metavar="LAYER", help="Layer or glob that stays whole.")
@click.option(
    "--score",
    type=click.Choice(SCORES),
    help="What makes a channel matter; default: kernel with --threshold (TLT's rule), else group.",
)
@dry_run
@as_json
@out("The RUN folder to write; only --dry-run does without.", required=False)
def prune(
    run: Path,
    spec: Path | None,
    out: Path | None,
    dry_run: bool,
    as_json: bool,
    score: Any,
    **options: Any,
) -> None:
    """Take channels out of a trained model: exactly one of --threshold, --keep, --speedup.

    RUN is a folder of t2e train, or a checkpoint file. Options that are not given come from the
    spec's pruning section. Retrain the result with t2e train SPEC --from RUN2 -o RUN3.
    """
    if out is None and not dry_run:
        raise click.UsageError("Missing option '-o' / '--out' (or --dry-run).")
    from trainer import checkpoint
    from trainer.pruning import apply, report, search, settings

    target = None if out is None or dry_run else _target(out, run)
    settled = settings.settle(settings.find_spec(run, spec), options, score)
    source = checkpoint.load(run)
    plan = search.reach(apply.planner(source, settled.rule), settled.pruning)
    if not as_json:
        click.echo(plan.table())
    if target is None:
        _print_plan(plan, as_json)
        return
    from train2edge.folders import building

    pruned = apply.prune(source, plan)
    figures = report.compare(source, pruned, plan)
    with building(target, PLAN) as folder:
        pruned.save(folder / checkpoint.BEST)
        _write(folder, plan, figures, settled)
    if not as_json:
        click.echo(str(figures))
    finish(target, {"keep": plan.keep, **_record(figures)}, as_json=as_json)


def _print_plan(plan: PrunePlan, as_json: bool) -> None:
    import json

    if as_json:
        click.echo(json.dumps(plan.to_dict()))


def _target(out: Path, run: Path) -> Path:
    """The folder to write: new, or of an earlier pruning; never the one that is pruned, whose
    checkpoint would be lost."""
    from train2edge.errors import InputError
    from train2edge.folders import check_free

    source = run if run.is_dir() else run.parent
    if out.resolve() == source.resolve():
        raise InputError(
            f"{out} is the RUN that is pruned", where="--out", hint="name another folder"
        )
    check_free(out, PLAN)
    return out


def _write(target: Path, plan: PrunePlan, figures: PruneReport, settled: Settings) -> None:
    from train2edge import files
    from train2edge.spec import loader

    files.write_json(target / PLAN, plan.to_dict())
    files.write_json(target / "report.json", _record(figures))
    if settled.experiment is not None:
        loader.save(
            settled.experiment.model_copy(update={"pruning": settled.pruning}),
            target / "spec.yaml",
        )


def _record(figures: PruneReport) -> dict[str, Any]:
    from dataclasses import asdict

    return {**asdict(figures), "faster": figures.faster}
