"""Everything that an app folder will say, decided before anything is written.

Pure: no file is read but the project's own data; the same arguments give the same plan.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

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
from train2edge.contract import Contract
from train2edge.errors import InputError
from train2edge.spec.stream import Stream
from train2edge.targets import Deployment, deployment

Thresholds = Literal["operating", "evaluation"]
SCHEMA = 1
OPSET_BEFORE_TENSORRT_8_5 = 13


@dataclass(frozen=True)
class AppPlan:
    """One app folder for one device and release.

    ``contract`` carries the thresholds that are written; ``labels`` the class names as written;
    ``analytics`` is a file of nvdsanalytics that goes along; ``reasons`` says, a sentence each, why
    a choice was made that the user may wonder about.
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
    infer: tuple[Section, ...]
    app: tuple[Section, ...]
    reasons: tuple[str, ...]
    secondaries: tuple[SecondaryPlan, ...] = ()
    analytics: Path | None = None

    @property
    def analytics_file(self) -> str | None:
        return _copied(self.analytics)

    @property
    def kitti_dir(self) -> str | None:
        return app_settings.KITTI if self.kitti else None

    @property
    def kitti_track_dir(self) -> str | None:
        return app_settings.KITTI_TRACK if self.kitti and self.tracker else None


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
    contract = _contract(bundle.contract, thresholds)
    written = labels.written(contract.output.classes)
    inputs = sources.plan(stream.inputs)
    batch = len(inputs)
    inside = stream.nms == "engine"
    if inside:
        contract = replace(contract, output=replace(contract.output, cluster="none"))
    model = precision.plan(bundle, place, batch, nms_inside=inside)
    live = any(one.live for one in inputs)
    mux = MuxPlan(stream.width, stream.height, batch, stream.batched_push_timeout, live)
    lowest = min(one.pre_cluster for one in contract.output.thresholds)
    tracker = tracker_settings.plan(stream.tracker, (mux.width, mux.height), lowest, place)
    sink = app_settings.plan_sink(stream.sink, stream.bitrate, live, place)
    seconds = _secondaries(secondaries, stream, contract, place)
    return AppPlan(
        name=_name(bundle.name),
        place=place,
        contract=contract,
        thresholds=thresholds,
        labels=written,
        model=model,
        sources=inputs,
        mux=mux,
        interval=stream.interval,
        tracker=tracker,
        sink=sink,
        kitti=stream.kitti,
        infer=infer_settings.sections(
            contract, model, place.release, batch=batch, interval=stream.interval
        ),
        app=app_settings.sections(
            inputs,
            mux,
            stream.interval,
            tracker,
            sink,
            kitti=stream.kitti,
            place=place,
            secondaries=[one.app for one in seconds],
            analytics=_copied(stream.analytics),
        ),
        reasons=(
            *model.reasons,
            *sink.reasons,
            *(reason for one in seconds for reason in one.reasons),
            *_notes(bundle, contract, written, thresholds, place),
        ),
        secondaries=seconds,
        analytics=stream.analytics,
    )


def record(plan: AppPlan, frames: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """``app.json``: the plan for machines; ``frames`` maps a source's number to picture names."""
    target, release = plan.place.target, plan.place.release
    return {
        "schema": SCHEMA,
        "name": plan.name,
        "target": target.name,
        "deepstream": release.name,
        "tensorrt": plan.place.platform.tensorrt,
        "cuda": plan.place.platform.cuda,
        "os": plan.place.platform.os,
        "container": plan.place.container,
        "thresholds": plan.thresholds,
        "labels": list(plan.labels),
        "classes": list(plan.contract.output.classes),
        "contract_digest": plan.contract.digest,
        "lane": plan.model.lane,
        "network_mode": plan.model.network_mode,
        "strongly_typed": plan.model.strongly_typed,
        "files": {
            "app": "app.txt",
            "app_yaml": "app.yaml",
            "sources": "sources.csv",
            "infer": "infer.txt",
            "infer_yaml": "infer.yaml",
            "labels": "labels.txt",
            "tracker": "tracker.yml" if plan.tracker else None,
            "analytics": plan.analytics_file,
            "onnx": plan.model.onnx,
            "engine": plan.model.engine,
            "calibration_cache": plan.model.calibration_cache,
            "stand_ins": list(plan.model.stand_ins.values()),
            "kitti": plan.kitti_dir,
            "kitti_track": plan.kitti_track_dir,
            "video": app_settings.VIDEO if plan.sink.kind == "file" else None,
        },
        "sources": [{"kind": one.kind, "uri": one.shown} for one in plan.sources],
        "mux": {"width": plan.mux.width, "height": plan.mux.height, "batch": plan.mux.batch},
        "interval": plan.interval,
        "tracker": plan.tracker.kind if plan.tracker else None,
        "sink": plan.sink.kind,
        "encoder": plan.sink.encoder,
        "secondaries": [_secondary_record(one) for one in plan.secondaries],
        "frames": frames or {},
        "reasons": list(plan.reasons),
    }


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


def _secondary_record(one: SecondaryPlan) -> dict[str, Any]:
    return {
        "name": one.bundle.name,
        "labels": list(one.labels),
        "classes": list(one.contract.output.classes),
        "on_classes": list(one.classes),
        "contract_digest": one.contract.digest,
        "lane": one.model.lane,
        "files": {
            "infer": f"infer_{one.name}.txt",
            "infer_yaml": f"infer_{one.name}.yaml",
            "labels": f"labels_{one.name}.txt",
            "onnx": one.model.onnx,
            "engine": one.model.engine,
            "calibration_cache": one.model.calibration_cache,
            "stand_ins": list(one.model.stand_ins.values()),
        },
    }


def _contract(contract: Contract, thresholds: Thresholds) -> Contract:
    if contract.task != "detection":
        raise InputError(
            f"an app begins with a detector, and this is a model for {contract.task}",
            hint="give a detector's bundle, and a classifier's with --secondary",
        )
    if thresholds == "evaluation":
        return contract
    return replace(contract, output=contract.output.at_operating_point())


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
    notes += [f"not certain: {doubt}" for doubt in place.release.doubts]
    return tuple(notes)
