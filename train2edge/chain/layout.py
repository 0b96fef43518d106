"""Where a chain's products lie, and the parts of the experiment that its stages read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from train2edge.chain.quantizing import CALIBRATED, TRAINED, Quantizing
from train2edge.spec.dataset import Source
from train2edge.spec.experiment import Experiment
from train2edge.spec.stream import Target

DEFAULT_TARGET = Target(device="t4", deepstream="7.1")
CHECKPOINT, MANIFEST = "best.safetensors", "manifest.json"


@dataclass(frozen=True)
class Layout:
    """The paths of one chain; nothing of it has to exist."""

    experiment: Experiment
    folder: Path
    quantizing: Quantizing

    @property
    def spec(self) -> Path:
        return self.folder / "spec.yaml"

    @property
    def split(self) -> str:
        """The pictures of the final score: the test part, or validation where there is none."""
        return "test" if self.experiment.dataset.test else "validation"

    @cached_property
    def pictures(self) -> tuple[Path, ...]:
        """Every folder and list of pictures and labels."""
        return tuple(_pictures(self.experiment))

    @property
    def trained(self) -> Path:
        return self.folder / "train" / CHECKPOINT

    @property
    def final(self) -> Path:
        """The float network that is exported."""
        return self.folder / ("retrain" if self.experiment.pruning else "train") / CHECKPOINT

    @property
    def quantized(self) -> Path:
        """The same after training in 8 bits, where that is needed."""
        return self.folder / "quantize" / CHECKPOINT

    @property
    def bundle(self) -> Path:
        """The bundle that the apps are made of."""
        return self.folder / self.quantizing.bundle

    @property
    def other(self) -> tuple[str, Path] | None:
        """The bundle that is not taken, where there are two: its score's name and its folder."""
        if not (self.quantizing.train and self.quantizing.calibrate):
            return None
        if self.quantizing.bundle == TRAINED:
            return "score-calibrated", self.folder / CALIBRATED
        return "score-quantized", self.folder / TRAINED

    @property
    def manifest(self) -> Path:
        return self.bundle / MANIFEST

    @property
    def targets(self) -> tuple[Target, ...]:
        return self.experiment.targets or (DEFAULT_TARGET,)

    def app(self, target: Target) -> Path:
        return self.folder / f"app-{target.device}-{target.deepstream}"

    def settings(self, *sections: str) -> dict[str, Any]:
        """These sections of the experiment as plain values."""
        data = self.experiment.model_dump(mode="json", include=set(sections))
        return {name: data[name] for name in sections}

    def config(self, out: Path, target: Target, *options: str) -> tuple[str, ...]:
        """The command that writes an app folder of the bundle."""
        return (
            *("stream", "config", str(self.bundle), "--spec", str(self.spec), "-o", str(out)),
            *("--target", target.device, "--deepstream", target.deepstream, *options),
        )


def _pictures(experiment: Experiment) -> Iterator[Path]:
    dataset = experiment.dataset
    sources: tuple[Source, ...] = (*dataset.train, *dataset.validation, *dataset.test)
    for source in sources:
        yield source.images
        yield source.labels
        yield from (one for one in (source.names, source.list) if one is not None)
