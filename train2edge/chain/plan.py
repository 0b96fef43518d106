"""The chain of an experiment: which commands, in which order, from what to what. Pure data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from train2edge.chain import scoring
from train2edge.chain.layout import MANIFEST, Layout
from train2edge.chain.quantizing import CALIBRATED, TRAINED, UNKNOWN, Quantizing, may_train
from train2edge.chain.stage import Stage
from train2edge.spec.experiment import Experiment
from train2edge.spec.stream import Target


@dataclass(frozen=True)
class ChainPlan:
    """Everything that ``t2e go`` will do in ``folder`` for ``experiment``.

    ``quantizing`` is what was known of INT8 when it was planned: ``run.current`` plans again by
    what is known now. That changes no stage up to the one that made it known.
    """

    folder: Path
    experiment: Experiment
    stages: tuple[Stage, ...]
    quantizing: Quantizing = UNKNOWN

    @property
    def at(self) -> Layout:
        """Where everything lies."""
        return Layout(self.experiment, self.folder, self.quantizing)

    @property
    def spec(self) -> Path:
        return self.at.spec

    @property
    def split(self) -> str:
        """The pictures of the final score: the test part, or validation where there is none."""
        return self.at.split

    @property
    def pruned(self) -> bool:
        return self.experiment.pruning is not None

    @property
    def bundle(self) -> Path:
        """The bundle that the apps are made of."""
        return self.at.bundle

    def stage(self, name: str) -> Stage:
        return next(one for one in self.stages if one.name == name)


def plan(experiment: Experiment, folder: Path, quantizing: Quantizing = UNKNOWN) -> ChainPlan:
    """Plan the chain; nothing is read or written. Paths in the experiment are absolute."""
    stages = tuple(_stages(Layout(experiment, folder, quantizing)))
    return ChainPlan(folder, experiment, stages, quantizing)


def possible(chain: ChainPlan) -> tuple[str, ...]:
    """The names of the stages that may come, whatever INT8 turns out to need, in their order.

    Also where it is known: a changed experiment file exports again.
    """
    ways = [chain.stages]
    if may_train(chain.experiment) and chain.quantizing.calibrate:
        needed = (Quantizing(train=True, bundle=one) for one in (CALIBRATED, TRAINED))
        ways += [plan(chain.experiment, chain.folder, one).stages for one in needed]
    names: list[str] = []
    for way in ways:
        _weave(names, [one.name for one in way])
    return tuple(names)


def _weave(names: list[str], way: Sequence[str]) -> None:
    """Put what is new in ``way`` into ``names``, behind what comes before it."""
    place = 0
    for name in way:
        if name not in names:
            names.insert(place, name)
        place = names.index(name) + 1


def _stages(at: Layout) -> Iterator[Stage]:
    yield _check(at)
    yield from _training(at)
    yield from _exports(at)
    yield from scoring.of_bundles(at)
    if at.experiment.task != "detection":
        return  # an app begins with a detector; t2e stream config --secondary takes the bundle
    yield from _apps(at)
    yield from scoring.of_the_app(at)
    yield scoring.compare(at)


def _check(at: Layout) -> Stage:
    return Stage(
        "check",
        "look at the pictures and labels",
        ("data", "check", str(at.spec), "-o", str(at.folder / "check.json")),
        at.folder / "check.json",
        at.pictures,
        at.settings("dataset"),
    )


def _training(at: Layout) -> Iterator[Stage]:
    run = at.folder / "train"
    settings = at.settings("task", "seed", "dataset", "model", "augmentation", "evaluation")
    yield Stage(
        "train",
        "train the model",
        ("train", str(at.spec), "-o", str(run)),
        at.trained,
        at.pictures,
        settings | at.settings("training"),
        resume=run / "last.pt",
    )
    yield scoring.evaluate(at, "score-trained", run, at.trained, ())
    if at.experiment.pruning is None:
        return
    pruned, retrained = at.folder / "prune", at.folder / "retrain"
    teaches = at.experiment.retraining.distillation.weight > 0
    teacher = ("--teacher", str(run)) if teaches else ()
    yield Stage(
        "prune",
        "take channels out",
        ("prune", str(run), "--spec", str(at.spec), "-o", str(pruned)),
        pruned / "best.safetensors",
        (at.trained,),
        at.settings("pruning"),
    )
    yield Stage(
        "retrain",
        "train what is left" + (", with the unpruned model as teacher" if teacher else ""),
        ("train", str(at.spec), "--from", str(pruned), *teacher, "-o", str(retrained)),
        retrained / "best.safetensors",
        (*at.pictures, pruned / "best.safetensors", at.trained),
        settings | at.settings("training", "pruning"),
        resume=retrained / "last.pt",
    )
    yield scoring.evaluate(at, "score-retrained", retrained, at.final, ())


def _exports(at: Layout) -> Iterator[Stage]:
    """One bundle of the float network, of the one that was trained in 8 bits, or of each."""
    title = "write the bundle: ONNX, surgery, INT8, compile check"
    if at.quantizing.calibrate:
        yield _export(at, "export", title, at.final, CALIBRATED)
    if not at.quantizing.train:
        return
    yield _quantize(at)
    if at.quantizing.calibrate:
        again = "write the bundle of the network that computes in 8 bits"
        yield _export(at, "export-quantized", again, at.quantized, TRAINED)
    else:
        yield _export(at, "export", title, at.quantized, CALIBRATED)


def _quantize(at: Layout) -> Stage:
    run = at.quantized.parent
    sections = ("task", "seed", "dataset", "model", "augmentation", "evaluation", "training")
    ranges = at.experiment.export.calibration.model_dump(mode="json")
    return Stage(
        "quantize",
        "train it to compute in 8 bits",
        ("train", str(at.spec), "--from", str(at.final.parent), "--quantize") + ("-o", str(run)),
        at.quantized,
        (*at.pictures, at.final),
        at.settings(*sections, "pruning", "quantization") | {"calibration": ranges},
        resume=run / "last.pt",
    )


def _export(at: Layout, name: str, title: str, model: Path, bundle: str) -> Stage:
    out = at.folder / bundle
    return Stage(
        name,
        title,
        ("export", str(model.parent), "--spec", str(at.spec), "--allow-failed", "-o", str(out)),
        out / MANIFEST,
        (model, *at.pictures),
        at.settings("export", "dataset", "evaluation", "targets"),
    )


def _apps(at: Layout) -> Iterator[Stage]:
    if not at.experiment.stream.inputs:
        return
    videos = tuple(Path(one) for one in at.experiment.stream.inputs if "://" not in one)
    for target in at.targets:
        yield _app(at, target)
    if at.experiment.stream.loop:
        return  # that app never ends
    out = at.folder / "video"
    app = at.app(at.targets[0])
    yield Stage(
        "video",
        "run the app on the video",
        ("stream", "run", str(app), "-o", str(out)),
        out / "stream.json",
        (app / "app.json", *videos),
    )


def _app(at: Layout, target: Target) -> Stage:
    out = at.app(target)
    return Stage(
        out.name,
        f"write the app for {target.device}, DeepStream {target.deepstream}",
        at.config(out, target),
        out / "app.json",
        (at.manifest,),
        at.settings("stream"),
    )
