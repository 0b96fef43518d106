"""The experiment that a file or a folder is, and the samples that its task learns from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from train2edge.chain.recipe import name_of
from train2edge.datasets.crops import crop_splits
from train2edge.datasets.layout import recognise
from train2edge.datasets.load import Splits, load
from train2edge.spec import loader
from train2edge.spec.dataset import CLASS_FOLDERS
from train2edge.spec.experiment import Experiment


def experiment_of(path: Path, sets: Sequence[str] = ()) -> Experiment:
    """An experiment file; or a folder of labelled pictures, with the defaults for all the rest.

    Raises what ``spec.loader.load`` and ``layout.recognise`` raise.
    """
    if not path.is_dir():
        return loader.load(path, sets)
    dataset = recognise(path).dataset
    named = all(one["format"] == CLASS_FOLDERS for one in dataset["train"])
    task = "classification" if named else "detection"
    values = {"name": name_of(path.resolve()), "task": task, "dataset": dataset}
    return loader.load_values(values, where=str(path), sets=sets)


def load_experiment(experiment: Experiment) -> Splits:
    """The pictures of ``experiment``, or for classification the objects in them.

    Raises what ``load`` raises.
    """
    splits = load(experiment.dataset)
    if experiment.task == "classification":
        return crop_splits(splits, experiment.dataset)
    return splits
