"""Every recipe is an experiment but for its pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from train2edge.chain import recipe
from train2edge.errors import InputError
from train2edge.spec.loader import load_values

DATASET = {"classes": ["car"], "train": [{"format": "kitti", "images": "/i", "labels": "/l"}]}


@pytest.mark.parametrize("name", recipe.names())
def test_a_recipe_with_pictures_is_valid(name: str) -> None:
    video = Path("/videos/a.mp4")
    values = recipe.fill(recipe.read(name), name="mine", dataset=DATASET, videos=(video,))
    experiment = load_values(values, where=f"recipe {name}", sets=["training.epochs=3"])
    assert experiment.name == "mine"
    assert experiment.stream.inputs == ("/videos/a.mp4",)
    assert experiment.training.epochs == 3
    assert experiment.pruning is not None and experiment.pruning.retrain is not None
    assert recipe.descriptions()[name]


def test_an_unknown_recipe_names_the_known_ones() -> None:
    with pytest.raises(InputError, match="demo"):
        recipe.read("nobody")


def test_an_experiment_is_named_after_any_folder() -> None:
    names = {"runs/mine": "mine", "Köln 2 (neu)": "K-ln-2-neu", "ü": "experiment", ".x": "x"}
    for folder, name in names.items():
        assert recipe.name_of(Path(folder)) == name
        values = recipe.fill(recipe.read("demo"), name=name, dataset=DATASET, videos=())
        assert load_values(values, where="recipe demo").name == name
