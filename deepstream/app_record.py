"""``app.json``: what an app folder is, for machines."""

from __future__ import annotations

from typing import Any

from deepstream.app_settings import VIDEO
from deepstream.plan import AppPlan
from deepstream.precision import ModelPlan
from deepstream.secondary import SecondaryPlan

SCHEMA = 1


def record(plan: AppPlan, frames: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """The plan as plain JSON values; ``frames`` maps a source's number to picture names."""
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
        "files": _files(plan),
        "engines": [_engine_record(one) for one in plan.models],
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


def _files(plan: AppPlan) -> dict[str, Any]:
    """Every file of the folder by what it is, ``None`` for what the app does without."""
    return {
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
        "video": VIDEO if plan.sink.kind == "file" else None,
    }


def _engine_record(one: ModelPlan) -> dict[str, Any]:
    """How an engine is built ahead inside the folder, and the files that it is made of."""
    reads = [one.onnx, *([one.calibration_cache] if one.calibration_cache else [])]
    return {"engine": one.engine, "reads": reads, "command": list(one.build.arguments())}


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
