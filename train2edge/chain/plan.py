"""The chain of an experiment: which commands, in which order, from what to what. Pure data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from train2edge.chain.stage import Stage
from train2edge.spec.dataset import Source
from train2edge.spec.experiment import Experiment
from train2edge.spec.stream import Target

DEFAULT_TARGET = Target(device="t4", deepstream="7.1")


@dataclass(frozen=True)
class ChainPlan:
    """Everything that ``t2e go`` will do in ``folder`` for ``experiment``."""

    folder: Path
    experiment: Experiment
    stages: tuple[Stage, ...]

    @property
    def spec(self) -> Path:
        return self.folder / "spec.yaml"

    @property
    def split(self) -> str:
        """The pictures of the final score: the test part, or validation where there is none."""
        return "test" if self.experiment.dataset.test else "validation"

    @property
    def pruned(self) -> bool:
        return self.experiment.pruning is not None

    def stage(self, name: str) -> Stage:
        return next(one for one in self.stages if one.name == name)


def plan(experiment: Experiment, folder: Path) -> ChainPlan:
    """Plan the chain; nothing is read or written. Paths in the experiment are absolute."""
    return ChainPlan(folder, experiment, tuple(_Planner(experiment, folder).stages()))


class _Planner:
    def __init__(self, experiment: Experiment, folder: Path) -> None:
        self.experiment = experiment
        self.folder = folder
        self.spec = folder / "spec.yaml"
        self.split = "test" if experiment.dataset.test else "validation"
        self.pictures = tuple(_pictures(experiment))
        self.trained = folder / "train" / "best.safetensors"
        self.final = folder / ("retrain" if experiment.pruning else "train") / "best.safetensors"
        self.bundle = folder / "bundle"
        self.manifest = self.bundle / "manifest.json"
        self.targets = experiment.targets or (DEFAULT_TARGET,)

    def stages(self) -> Iterator[Stage]:
        yield self._check()
        yield from self._training()
        yield self._export()
        yield from self._scores()
        if self.experiment.task != "detection":
            return  # an app begins with a detector; t2e stream config --secondary takes the bundle
        yield from self._apps()
        yield from self._picture_run()
        yield self._compare()

    def _settings(self, *sections: str) -> dict[str, Any]:
        data = self.experiment.model_dump(mode="json", include=set(sections))
        return {name: data[name] for name in sections}

    def _check(self) -> Stage:
        return Stage(
            "check",
            "look at the pictures and labels",
            ("data", "check", str(self.spec), "-o", str(self.folder / "check.json")),
            self.folder / "check.json",
            self.pictures,
            self._settings("dataset"),
        )

    def _training(self) -> Iterator[Stage]:
        run = self.folder / "train"
        settings = self._settings("task", "seed", "dataset", "model", "augmentation", "evaluation")
        yield Stage(
            "train",
            "train the model",
            ("train", str(self.spec), "-o", str(run)),
            self.trained,
            self.pictures,
            settings | self._settings("training"),
            resume=run / "last.pt",
        )
        yield self._evaluate("score-trained", run, self.trained, ())
        if self.experiment.pruning is None:
            return
        pruned, retrained = self.folder / "prune", self.folder / "retrain"
        teaches = self.experiment.retraining.distillation.weight > 0
        teacher = ("--teacher", str(run)) if teaches else ()
        yield Stage(
            "prune",
            "take channels out",
            ("prune", str(run), "--spec", str(self.spec), "-o", str(pruned)),
            pruned / "best.safetensors",
            (self.trained,),
            self._settings("pruning"),
        )
        yield Stage(
            "retrain",
            "train what is left" + (", with the unpruned model as teacher" if teacher else ""),
            ("train", str(self.spec), "--from", str(pruned), *teacher, "-o", str(retrained)),
            retrained / "best.safetensors",
            (*self.pictures, pruned / "best.safetensors", self.trained),
            settings | self._settings("training", "pruning"),
            resume=retrained / "last.pt",
        )
        yield self._evaluate("score-retrained", retrained, self.final, ())

    def _export(self) -> Stage:
        return Stage(
            "export",
            "write the bundle: ONNX, surgery, INT8, compile check",
            ("export", str(self.final.parent), "--spec", str(self.spec), "-o", str(self.bundle)),
            self.manifest,
            (self.final, *self.pictures),
            self._settings("export", "dataset", "evaluation"),
        )

    def _evaluate(self, name: str, model: Path, need: Path, options: tuple[str, ...]) -> Stage:
        out = self.folder / name
        titles = {
            "score-trained": "score the trained model",
            "score-retrained": "score the retrained model",
            "score-onnx": "score the ONNX file",
            "score-device": "score the device's file, exactly as written",
        }
        return Stage(
            name,
            titles[name],
            ("evaluate", str(model), "--spec", str(self.spec), "--split", self.split)
            + (*options, "-o", str(out)),
            out / "evaluation.json",
            (need, *self.pictures),
            self._settings("dataset", "evaluation"),
        )

    def _scores(self) -> Iterator[Stage]:
        fp32 = self.bundle / "model_fp32.onnx"
        yield self._evaluate("score-onnx", fp32, self.manifest, ())
        if self.experiment.export.precision == "int8":
            exact = ("--engine", "exact")
            yield self._evaluate("score-device", self.bundle, self.manifest, exact)

    def _config(self, out: Path, target: Target, *options: str) -> tuple[str, ...]:
        return (
            *("stream", "config", str(self.bundle), "--spec", str(self.spec), "-o", str(out)),
            *("--target", target.device, "--deepstream", target.deepstream, *options),
        )

    def _apps(self) -> Iterator[Stage]:
        if not self.experiment.stream.inputs:
            return
        videos = tuple(Path(one) for one in self.experiment.stream.inputs if "://" not in one)
        for target in self.targets:
            yield self._app(target)
        if self.experiment.stream.loop:
            return  # that app never ends
        out = self.folder / "video"
        app = self.folder / _app_name(self.targets[0])
        yield Stage(
            "video",
            "run the app on the video",
            ("stream", "run", str(app), "-o", str(out)),
            out / "stream.json",
            (app / "app.json", *videos),
        )

    def _app(self, target: Target) -> Stage:
        out = self.folder / _app_name(target)
        return Stage(
            out.name,
            f"write the app for {target.device}, DeepStream {target.deepstream}",
            self._config(out, target),
            out / "app.json",
            (self.manifest,),
            self._settings("stream"),
        )

    def _picture_run(self) -> Iterator[Stage]:
        folder = self.folder / "pictures"
        film = folder / "pictures.avi"
        network = self.experiment.model.input
        yield Stage(
            "film",
            "make a film of the pictures, to score the app itself",
            ("stream", "pictures", "--spec", str(self.spec), "--split", self.split)
            + ("--fit", f"{network.width}x{network.height}", "-o", str(film)),
            film,
            self.pictures,
            self._settings("dataset"),
        )
        app = folder / "app"
        options = ("--input", str(film), "--thresholds", "evaluation", "--like-input")
        quiet = ("--sink", "fake", "--tracker", "none")
        yield Stage(
            "film-app",
            "write the app for that film",
            self._config(app, self.targets[0], *options, "--no-loop", *quiet),
            app / "app.json",
            (self.manifest, film),
            self._settings("stream"),
        )
        out = folder / "out"
        yield Stage(
            "film-run",
            "run that app on the film",
            # what the device's file says, not what this CPU's int8 kernels make of it
            ("stream", "run", str(app), "--engine", "exact", "-o", str(out)),
            out / "stream.json",
            (app / "app.json", film),
        )

    def _compare(self) -> Stage:
        out = self.folder / "compare"
        scores = {"trained": "score-trained"}
        if self.experiment.pruning is not None:
            scores["pruned, retrained"] = "score-retrained"
        scores["ONNX"] = "score-onnx"
        if self.experiment.export.precision == "int8":
            scores["INT8"] = "score-device"
        named = [f"{label}={self.folder / name}" for label, name in scores.items()]
        app = self.folder / "pictures"
        named.append(f"DeepStream app={app / 'out' / 'kitti'}")
        products = tuple(self.folder / name / "evaluation.json" for name in scores.values())
        return Stage(
            "compare",
            "put all scores in one table",
            ("stream", "compare", *named, "--spec", str(self.spec), "--split", self.split)
            + ("--frames", str(app / "frames.txt"), "--film", str(app / "pictures.avi"))
            + ("-o", str(out)),
            out / "compare.json",
            (*products, app / "out" / "stream.json"),
            self._settings("dataset", "evaluation"),
        )


def _app_name(target: Target) -> str:
    return f"app-{target.device}-{target.deepstream}"


def _pictures(experiment: Experiment) -> Iterator[Path]:
    dataset = experiment.dataset
    sources: tuple[Source, ...] = (*dataset.train, *dataset.validation, *dataset.test)
    for source in sources:
        yield source.images
        yield source.labels
        yield from (one for one in (source.names, source.list) if one is not None)
