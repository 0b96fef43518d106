"""``t2e go``: the whole chain of an experiment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from train2edge import cli_options as options

if TYPE_CHECKING:
    from train2edge.chain.plan import ChainPlan


@click.command()
@click.argument("spec", metavar="SPEC|RECIPE")
@click.option(
    "--data", type=options.EXISTING_FOLDER, help="Folder of labelled pictures, for a recipe."
)
@click.option(
    "--video", "videos", type=options.EXISTING_FILE, multiple=True, help="Video to run on."
)
@options.out("Folder for everything that the chain makes.")
@click.option("--until", metavar="STAGE", help="Stop after this stage.")
@click.option("--again", metavar="STAGE", help="Do this stage once more, and what depends on it.")
@options.sets
@options.dry_run
@options.as_json
def go(
    spec: str,
    data: Path | None,
    videos: tuple[Path, ...],
    out: Path,
    until: str | None,
    again: str | None,
    sets: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Train, prune, retrain, export, and run the app: all stages of SPEC, resumable.

    SPEC is an experiment file, or the name of a recipe (t2e models list) together with --data.
    What is done and unchanged is skipped; run the same command again after an interruption.
    """
    from train2edge.chain.run import current

    chain = current(_chain(spec, data, videos, out.resolve(), sets))
    _check_stages(chain, until, again)
    if dry_run:
        _print_plan(chain, until, again)
        return
    from train2edge.chain.report import write_report
    from train2edge.chain.run import run
    from train2edge.spec.loader import save

    save(chain.experiment, chain.spec)
    results = run(chain, until=until, again=again, replan=current)
    chain = current(chain)
    if until is not None and until != chain.stages[-1].name:
        options.finish(chain.folder, {"stages": [vars(one) for one in results]}, as_json=as_json)
        return
    page = write_report(chain, results)
    _warn_of_checks(chain)
    options.finish(page, {"stages": [vars(one) for one in results]}, as_json=as_json)


def _chain(
    spec: str, data: Path | None, videos: tuple[Path, ...], out: Path, sets: tuple[str, ...]
) -> ChainPlan:
    from train2edge.chain import recipe
    from train2edge.chain.plan import plan
    from train2edge.errors import InputError
    from train2edge.spec.loader import load, load_values

    if Path(spec).is_file():
        if data is not None:
            raise InputError("an experiment file names its own pictures", where="--data")
        more = (
            [f"stream.inputs=[{', '.join(str(one.resolve()) for one in videos)}]"] if videos else []
        )
        return plan(load(Path(spec), [*more, *sets]), out)
    values = recipe.read(spec)
    if data is None:
        raise InputError(f"recipe '{spec}' needs pictures", where=spec, hint="--data FOLDER")
    from train2edge.datasets.layout import recognise

    layout = recognise(data)
    filled = recipe.fill(
        values, name=recipe.name_of(out), dataset=layout.dataset, videos=videos or layout.videos
    )
    return plan(load_values(filled, where=f"recipe {spec}", sets=sets), out)


def _warn_of_checks(chain: ChainPlan) -> None:
    from train2edge.bundle import ModelBundle

    for one in ModelBundle.open(chain.bundle).verified:
        if not one.passed:
            text = f"warning: a check of {chain.bundle.name} failed: {one.what}: {one.figure}"
            click.secho(text, fg="yellow", err=True)


def _check_stages(chain: ChainPlan, *names: str | None) -> None:
    from train2edge.chain.plan import possible
    from train2edge.errors import InputError

    known = possible(chain)
    for name in names:
        if name is not None and name not in known:
            raise InputError(f"no stage '{name}'", hint=f"stages: {', '.join(known)}")


def _print_plan(chain: ChainPlan, until: str | None, again: str | None) -> None:
    from train2edge.chain.run import outlook

    for number, (stage, state) in enumerate(outlook(chain, until=until, again=again), 1):
        click.echo(f"{number:3} {state:8} {stage.title}")
        click.echo(f"             {stage.command}")
        if stage.name == "export" and chain.quantizing.calibrate:
            click.echo(f"             then: {chain.quantizing.reason or _undecided(chain)}")


def _undecided(chain: ChainPlan) -> str:
    from train2edge.chain.quantizing import may_train

    if not may_train(chain.experiment):
        return "on with the scores"
    return "on with the scores; if INT8 does not pass, t2e train --quantize and export once more"
