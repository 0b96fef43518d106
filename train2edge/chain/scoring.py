"""The stages that score what a chain made, and the table that they end in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from train2edge.chain.layout import MANIFEST, Layout
from train2edge.chain.quantizing import CALIBRATED, TRAINED
from train2edge.chain.stage import Stage

_TITLES = {
    "score-trained": "score the trained model",
    "score-retrained": "score the retrained model",
    "score-onnx": "score the ONNX file",
    "score-device": "score the device's file, exactly as written",
    "score-calibrated": "score the file without training in 8 bits",
    "score-quantized": "score the file that was trained in 8 bits",
}


def evaluate(at: Layout, name: str, model: Path, need: Path, options: tuple[str, ...]) -> Stage:
    """The score of ``model``, which the file ``need`` makes."""
    out = at.folder / name
    return Stage(
        name,
        _TITLES[name],
        ("evaluate", str(model), "--spec", str(at.spec), "--split", at.split)
        + (*options, "-o", str(out)),
        out / "evaluation.json",
        (need, *at.pictures),
        at.settings("dataset", "evaluation"),
    )


def of_bundles(at: Layout) -> Iterator[Stage]:
    """The scores of the files for the device, the one that is taken last."""
    fp32 = at.folder / CALIBRATED / "model_fp32.onnx"
    yield evaluate(at, "score-onnx", fp32, fp32.with_name(MANIFEST), ())
    if at.experiment.export.precision == "int8":
        exact = ("--engine", "exact")
        if at.other is not None:
            name, other = at.other
            yield evaluate(at, name, other, other / MANIFEST, exact)
        yield evaluate(at, "score-device", at.bundle, at.manifest, exact)


def of_the_app(at: Layout) -> Iterator[Stage]:
    """The app itself, run on a film of the pictures."""
    folder = at.folder / "pictures"
    film = folder / "pictures.avi"
    network = at.experiment.model.input
    yield Stage(
        "film",
        "make a film of the pictures, to score the app itself",
        ("stream", "pictures", "--spec", str(at.spec), "--split", at.split)
        + ("--fit", f"{network.width}x{network.height}", "-o", str(film)),
        film,
        at.pictures,
        at.settings("dataset"),
    )
    app = folder / "app"
    options = ("--input", str(film), "--thresholds", "evaluation", "--like-input")
    quiet = ("--sink", "fake", "--tracker", "none")
    yield Stage(
        "film-app",
        "write the app for that film",
        at.config(app, at.targets[0], *options, "--no-loop", *quiet),
        app / "app.json",
        (at.manifest, film),
        at.settings("stream"),
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


def compare(at: Layout) -> Stage:
    """All scores in one table."""
    out = at.folder / "compare"
    scores = {"trained": "score-trained"}
    if at.experiment.pruning is not None:
        scores["pruned, retrained"] = "score-retrained"
    scores["ONNX"] = "score-onnx"
    if at.experiment.export.precision == "int8":
        scores |= _int8_scores(at)
    named = [f"{label}={at.folder / name}" for label, name in scores.items()]
    app = at.folder / "pictures"
    named.append(f"DeepStream app={app / 'out' / 'kitti'}")
    products = tuple(at.folder / name / "evaluation.json" for name in scores.values())
    return Stage(
        "compare",
        "put all scores in one table",
        ("stream", "compare", *named, "--spec", str(at.spec), "--split", at.split)
        + ("--frames", str(app / "frames.txt"), "--film", str(app / "pictures.avi"))
        + ("-o", str(out)),
        out / "compare.json",
        (*products, app / "out" / "stream.json"),
        at.settings("dataset", "evaluation"),
    )


def _int8_scores(at: Layout) -> dict[str, str]:
    """INT8's rows of the table: the one that is taken last."""
    if at.other is None:
        return {"INT8": "score-device"}
    calibrated, trained = "INT8, calibrated", "INT8, trained in 8 bits"
    if at.quantizing.bundle == TRAINED:
        return {calibrated: "score-calibrated", trained: "score-device"}
    return {trained: "score-quantized", calibrated: "score-device"}
