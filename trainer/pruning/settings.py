"""What the command line and the spec together ask of pruning."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from train2edge.errors import InputError
from train2edge.spec import loader
from train2edge.spec.experiment import Experiment
from train2edge.spec.pruning import Pruning
from trainer.pruning.rule import Rule
from trainer.pruning.scores import Score

GOALS = ("threshold", "keep", "speedup")


@dataclass(frozen=True)
class Settings:
    """A goal and the rule it is reached by; ``experiment`` is the spec they come from, if any."""

    pruning: Pruning
    rule: Rule
    experiment: Experiment | None


def find_spec(run_or_checkpoint: Path, spec: Path | None) -> Experiment | None:
    """The experiment named on the command line, else the ``spec.yaml`` beside the checkpoint."""
    if spec is not None:
        return loader.load(spec)
    folder = run_or_checkpoint if run_or_checkpoint.is_dir() else run_or_checkpoint.parent
    beside = folder / "spec.yaml"
    return loader.load(beside) if beside.is_file() else None


def settle(
    experiment: Experiment | None, options: dict[str, Any], score: Score | None = None
) -> Settings:
    """Lay ``options`` (None: not given) over the spec's ``pruning:``; a goal replaces its goal.

    TLT's threshold is TLT's rule: kernel scores, and no limit on how much of a layer goes.
    """
    given = {key: value for key, value in options.items() if value not in (None, ())}
    values = _of_spec(experiment)
    if any(goal in given for goal in GOALS):
        values = {key: value for key, value in values.items() if key not in GOALS}
    pruning = _validated({**values, **given})
    tlt = pruning.threshold is not None
    rule = Rule(
        score=score or ("kernel" if tlt else "group"),
        normalizer=pruning.normalizer,
        equalization=pruning.equalization,
        granularity=pruning.granularity,
        min_filters=pruning.min_filters,
        max_prune=1.0 if tlt and "max_prune" not in given else pruning.max_prune,
        exclude=pruning.exclude,
    )
    return Settings(pruning, rule, experiment)


def _of_spec(experiment: Experiment | None) -> dict[str, Any]:
    if experiment is None or experiment.pruning is None:
        return {}
    return experiment.pruning.model_dump(exclude_none=True)


def _validated(values: dict[str, Any]) -> Pruning:
    if not any(goal in values for goal in GOALS):
        raise InputError(
            "nothing says how much to prune", hint="--keep 0.3, --speedup 2 or --threshold 0.1"
        )
    try:
        return Pruning.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        where = f"--{name.replace('_', '-')}" if name else "pruning"
        text = first["msg"].removeprefix("Value error, ")
        raise InputError(f"{text}, not {first['input']!r}" if name else text, where=where) from None
