"""Writing an app folder: beside its place, whole, and then renamed into it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from deepstream import app_settings
from deepstream import plan as planning
from deepstream.analytics import settings as analytics
from deepstream.pictures import frames_of
from deepstream.plan import AppPlan, Thresholds
from deepstream.precision import ModelPlan
from deepstream.render import render
from train2edge import tensorrt
from train2edge.bundle import ModelBundle
from train2edge.errors import InputError, Problem, ProblemsError
from train2edge.files import write_text
from train2edge.folders import building
from train2edge.spec.stream import Stream
from train2edge.targets import Deployment

MARK = "app.json"


def write(
    bundle_path: Path,
    stream: Stream,
    target: str,
    version: str,
    out: Path,
    *,
    thresholds: Thresholds = "operating",
) -> Path:
    """Write the app of a bundle to the folder ``out`` and give its path.

    An app that stands there already is replaced; any other folder is left alone. Raises
    ``InputError`` for anything wrong with the bundle, the inputs, the device or ``out``.
    """
    bundle = ModelBundle.open(bundle_path)
    seconds = open_secondaries(stream)
    plan = planning.plan(bundle, stream, target, version, thresholds, seconds)
    return write_plan(bundle, plan, out)


def open_secondaries(stream: Stream) -> tuple[ModelBundle, ...]:
    """The bundles of the stream's secondary networks, in their order."""
    return tuple(ModelBundle.open(one.bundle) for one in stream.secondaries)


def write_plan(bundle: ModelBundle, plan: AppPlan, out: Path) -> Path:
    """Write ``plan``, which was made of ``bundle``, to ``out``."""
    check_inputs(plan)
    with building(Path(out), MARK) as folder:
        for name in (app_settings.KITTI, app_settings.KITTI_TRACK):
            (folder / name).mkdir(parents=True)
        _copy_model(bundle, plan.model, plan.place, folder)
        for one in plan.secondaries:
            _copy_model(one.bundle, one.model, plan.place, folder)
        if plan.analytics and plan.analytics_file:
            shutil.copyfile(plan.analytics, folder / plan.analytics_file)
        _copy_media(plan, folder)
        for name, text in render(plan, frame_names(plan)).items():
            write_text(folder / name, text)
    return Path(out)


def check_inputs(plan: AppPlan) -> None:
    """``ProblemsError`` with every local video that is not there, or what ``analytics`` lacks."""
    if plan.analytics:
        analytics.read(plan.analytics)
    missing = [
        Problem("input", f"no such file: {one.copy}")
        for one in plan.sources
        if one.copy and not Path(one.copy).is_file()
    ]
    if missing:
        raise ProblemsError(missing)


def frame_names(plan: AppPlan) -> dict[str, list[str]]:
    """Picture names of sources that ``t2e stream pictures`` made, by the source's number."""
    found = {}
    for number, source in enumerate(plan.sources):
        names = frames_of(Path(source.copy)) if source.copy else None
        if names is not None:
            found[str(number)] = names
    return found


def _copy_model(bundle: ModelBundle, model: ModelPlan, place: Deployment, folder: Path) -> None:
    (folder / model.onnx).parent.mkdir(exist_ok=True)
    shutil.copyfile(bundle.file(model.role), folder / model.onnx)
    for role, path in model.stand_ins.items():
        shutil.copyfile(bundle.file(role), folder / path)
    if model.calibration_cache:
        text = bundle.file("calibration_cache").read_text(encoding="utf-8")
        write_text(folder / model.calibration_cache, with_header(text, place))


def with_header(cache: str, place: Deployment) -> str:
    """The calibration cache as if TensorRT of ``place`` had written it.

    TensorRT compares the first line, ``TRT-<version>-<algorithm>``; nvinfer's calibrator is the
    EntropyCalibration2 one. The ranges below mean the same in all.
    """
    first, newline, ranges = cache.partition("\n")
    if not newline or not re.fullmatch(r"TRT-\d+-EntropyCalibration2", first.strip()):
        raise InputError(
            f"not an INT8 calibration cache of EntropyCalibration2: its first line is {first!r}",
            where="calibration.cache",
            hint="export the model again",
        )
    return f"TRT-{tensorrt.number(place.tensorrt)}-EntropyCalibration2\n{ranges}"


def _copy_media(plan: AppPlan, folder: Path) -> None:
    for source in plan.sources:
        if source.copy:
            place = folder / source.uri.removeprefix("file://")
            place.parent.mkdir(exist_ok=True)
            shutil.copyfile(source.copy, place)
