"""Everything that an app folder will say, decided before anything is written.

Pure: no file is read but the project's own data; the same arguments give the same plan.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from deepstream import (
    app_settings,
    infer_settings,
    labels,
    precision,
    secondary,
    sources,
    tracker_settings,
)
from deepstream.app_settings import MuxPlan, SinkPlan
from deepstream.precision import ModelPlan
from deepstream.secondary import SecondaryPlan
from deepstream.settings import Section
from deepstream.sources import Source
from deepstream.tracker_settings import TrackerPlan
from train2edge.bundle import ModelBundle
from train2edge.contract import Contract, OutputContract
from train2edge.errors import InputError
from train2edge.spec.stream import EVERY_CLASS, Stream
from train2edge.targets import Deployment, deployment

Thresholds = Literal["operating", "evaluation"]
OPSET_BEFORE_TENSORRT_8_5 = 13


@dataclass(frozen=True)
class AppPlan:
    """One app folder for one device and release.

    ``contract`` carries the thresholds that are written; ``labels`` the class names as written;
    ``analytics`` is a file of nvdsanalytics that goes along; ``reasons`` says, a sentence each, why
    a choice was made that the user may wonder about; ``infer`` and ``app`` are what the rest comes
    to in the two files' keys.
    """

    name: str
    place: Deployment
    contract: Contract
    thresholds: Thresholds
    labels: tuple[str, ...]
    model: ModelPlan
    sources: tuple[Source, ...]
    mux: MuxPlan
    interval: int
    tracker: TrackerPlan | None
    sink: SinkPlan
    kitti: bool
    loop: bool
    reasons: tuple[str, ...]
    secondaries: tuple[SecondaryPlan, ...] = ()
    analytics: Path | None = None
    infer: tuple[Section, ...] = ()
    app: tuple[Section, ...] = ()

    @property
    def models(self) -> tuple[ModelPlan, ...]:
        """Of the first network and of the secondary ones."""
        return (self.model, *(one.model for one in self.secondaries))

    @property
    def analytics_file(self) -> str | None:
        return _copied(self.analytics)

    @property
    def kitti_dir(self) -> str | None:
        return app_settings.KITTI if self.kitti else None

    @property
    def kitti_track_dir(self) -> str | None:
        return app_settings.KITTI_TRACK if self.kitti and self.tracker else None


ENCODED = ("file", "rtsp")  # sinks that H.264 goes to


def plan(
    bundle: ModelBundle,
    stream: Stream,
    target: str,
    deepstream_version: str,
    thresholds: Thresholds = "operating",
    secondaries: Sequence[ModelBundle] = (),
) -> AppPlan:
    """Decide the app of ``bundle`` for ``target`` with DeepStream ``deepstream_version``.

    ``secondaries`` are the opened bundles of ``stream.secondaries``, in their order.

    Raises ``InputError`` for an unknown or impossible device and release (with the nearest that
    works), a tracker that the release lacks, inputs or class names that cannot be written.
    """
    place = deployment(target, deepstream_version)
    contract = _contract(bundle.contract, thresholds, stream.min_scores)
    written = labels.written(contract.output.classes)
    inputs = sources.plan(stream.inputs)
    mux, rounded = _mux(stream, inputs)
    inside = stream.nms == "engine"
    if inside:
        contract = contract.with_nms_inside()
    model = precision.plan(bundle, place, mux.batch, nms_inside=inside, dla=stream.dla)
    lowest = min(one.pre_cluster for one in contract.output.thresholds)
    sink = app_settings.plan_sink(stream.sink, stream.bitrate, mux.live, place)
    sink = replace(sink, rtsp_port=stream.rtsp_port)
    seconds = _secondaries(secondaries, stream, contract, place)
    decided = AppPlan(
        name=_name(bundle.name),
        place=place,
        contract=contract,
        thresholds=thresholds,
        labels=written,
        model=model,
        sources=inputs,
        mux=mux,
        interval=stream.interval,
        tracker=tracker_settings.plan(stream.tracker, (mux.width, mux.height), lowest, place),
        sink=sink,
        kitti=stream.kitti,
        loop=stream.loop,
        reasons=(
            *model.reasons,
            *sink.reasons,
            *rounded,
            *(reason for one in seconds for reason in one.reasons),
            *_notes(bundle, contract, written, thresholds, place),
        ),
        secondaries=seconds,
        analytics=stream.analytics,
    )
    return replace(decided, infer=_infer(decided), app=_app(decided))


def _mux(stream: Stream, inputs: Sequence[Source]) -> tuple[MuxPlan, tuple[str, ...]]:
    """The mux's picture, even where it is encoded: H.264 halves the colours' width and height."""
    live = any(one.live for one in inputs)
    width, height = stream.width, stream.height
    if stream.sink in ENCODED:
        width, height = width + width % 2, height + height % 2
    mux = MuxPlan(width, height, len(inputs), stream.batched_push_timeout, live)
    if (width, height) == (stream.width, stream.height):
        return mux, ()
    asked = f"{stream.width}x{stream.height}"
    return mux, (f"mux {width}x{height} instead of {asked}: H.264 takes even sizes alone",)


def _infer(plan: AppPlan) -> tuple[Section, ...]:
    return infer_settings.sections(
        plan.contract,
        plan.model,
        plan.place.release,
        batch=plan.mux.batch,
        interval=plan.interval,
    )


def _app(plan: AppPlan) -> tuple[Section, ...]:
    return app_settings.sections(
        plan.sources,
        plan.mux,
        plan.interval,
        plan.tracker,
        plan.sink,
        kitti=plan.kitti,
        place=plan.place,
        secondaries=[one.app for one in plan.secondaries],
        analytics=plan.analytics_file,
        loop=plan.loop,
    )


def _copied(analytics: Path | None) -> str | None:
    """The name beside ``app.txt``; nvdsanalytics tells YAML by its ending."""
    return f"analytics{analytics.suffix}" if analytics else None


def _secondaries(
    bundles: Sequence[ModelBundle], stream: Stream, contract: Contract, place: Deployment
) -> tuple[SecondaryPlan, ...]:
    detector, tracked = contract.output.classes, stream.tracker != "none"
    return tuple(
        secondary.plan(number, bundle, wanted, detector, place, tracked=tracked)
        for number, (bundle, wanted) in enumerate(zip(bundles, stream.secondaries, strict=True))
    )


def _contract(
    contract: Contract, thresholds: Thresholds, min_scores: Mapping[str, float]
) -> Contract:
    if contract.task != "detection":
        raise InputError(
            f"an app begins with a detector, and this is a model for {contract.task}",
            hint="give a detector's bundle, and a classifier's with --secondary",
        )
    if thresholds == "evaluation":
        return contract
    output = _with_min_scores(contract.output.at_operating_point(), min_scores)
    return replace(contract, output=output)


def _with_min_scores(output: OutputContract, wanted: Mapping[str, float]) -> OutputContract:
    """The thresholds that were asked for in place of the bundle's; a class's own goes first."""
    unknown = [name for name in wanted if name not in (*output.classes, EVERY_CLASS)]
    if unknown:
        raise InputError(
            f"the detector has no class '{unknown[0]}'",
            where="stream.min_scores",
            hint=f"its classes are {', '.join(output.classes)}",
        )
    chosen = (
        replace(one, pre_cluster=wanted.get(name, wanted.get(EVERY_CLASS, one.pre_cluster)))
        for name, one in zip(output.classes, output.thresholds, strict=True)
    )
    return replace(output, thresholds=tuple(chosen))


def _name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", name) or "app"


def _notes(
    bundle: ModelBundle,
    contract: Contract,
    written: tuple[str, ...],
    thresholds: Thresholds,
    place: Deployment,
) -> tuple[str, ...]:
    lost = infer_settings.dropped_boxes(contract, place.release)
    notes = [lost] if lost else []
    opset = bundle.provenance.get("opset", 0)
    if place.tensorrt < (8, 5) and opset > OPSET_BEFORE_TENSORRT_8_5:
        notes.append(
            f"the graph is of ONNX opset {opset}; TensorRT {place.platform.tensorrt} promises up "
            "to 13: export with --set export.opset=13 if it refuses the file"
        )
    if thresholds == "evaluation":
        notes.append("low thresholds, for measuring average precision: expect many weak boxes")
    renamed = [
        f"'{was}' as '{now}'"
        for was, now in zip(contract.output.classes, written, strict=True)
        if was != now
    ]
    if renamed:
        notes.append(f"class names are one word in KITTI files: {', '.join(renamed)}")
    release = place.release
    notes += [f"not certain of DeepStream {release.name}: {doubt}" for doubt in release.doubts]
    return tuple(notes)
