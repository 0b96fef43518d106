"""``t2e train``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from train2edge import cli_options as options


@click.command()
@click.argument("spec", type=options.EXISTING_FILE)
@options.out("The RUN folder to write.")
@click.option(
    "--from",
    "start",
    type=options.EXISTING,
    metavar="RUN",
    help="A RUN or checkpoint to begin with; a pruned one is retrained.",
)
@click.option(
    "--teacher",
    type=options.EXISTING,
    metavar="RUN",
    help="A RUN or checkpoint to learn from besides the labels (distillation).",
)
@click.option(
    "--quantize",
    is_flag=True,
    help="Learn to compute in 8 bits (quantisation-aware); begins with the RUN of --from.",
)
@click.option("--resume", is_flag=True, help="Go on from the RUN's last.pt.")
@options.sets
@options.dry_run
@options.as_json
def train(
    spec: Path,
    out: Path,
    start: Path | None,
    teacher: Path | None,
    quantize: bool,
    resume: bool,
    sets: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Train the model of an experiment file, retrain a pruned one, or quantise a trained one.

    On several GPUs or machines: torchrun --nproc-per-node N -m train2edge train ...
    """
    from trainer import process

    if not dry_run:
        process.restart()
    from train2edge.spec.loader import load

    _check_out(spec, out)
    experiment = load(spec, sets)
    if dry_run:
        from trainer.plan import plan_training
        from trainer.train import samples_of

        plan = plan_training(
            experiment, samples_of(experiment), start=start, teacher=teacher, quantize=quantize
        )
        options.show(plan.as_record() if as_json else plan.lines(), as_json=as_json)
        return
    from trainer.train import train as run

    report = run(experiment, out, start=start, teacher=teacher, resume=resume, quantize=quantize)
    if os.environ.get("RANK", "0") == "0":  # torchrun: one of the processes speaks
        options.finish(report.run, report.as_record(), as_json=as_json)


def _check_out(spec: Path, out: Path) -> None:
    """The RUN keeps the experiment with every value filled in: not over the user's own."""
    from train2edge.errors import InputError
    from trainer.state import FILE

    if spec.resolve() == (out / "spec.yaml").resolve() and not (out / FILE).exists():
        raise InputError(
            f"{out} holds the experiment file itself, which would be written over",
            where="--out",
            hint="name a folder of its own",
        )
