"""The samples that an experiment's task learns from."""

from __future__ import annotations

from train2edge.datasets.crops import crop_splits
from train2edge.datasets.load import Splits, load
from train2edge.spec.experiment import Experiment


def load_experiment(experiment: Experiment) -> Splits:
    """The pictures of ``experiment``, or for classification the objects in them.

    Raises what ``load`` raises.
    """
    splits = load(experiment.dataset)
    if experiment.task == "classification":
        return crop_splits(splits, experiment.dataset)
    return splits
