"""A small bundle and the apps that the golden files hold.

``python -m tests.deepstream.toy`` writes the golden files anew: look at the difference.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from deepstream import plan as planning
from deepstream.plan import AppPlan
from deepstream.render import render
from train2edge.bundle import ModelBundle, Precision
from train2edge.contract import ClassThresholds, Contract, InputContract, OutputContract
from train2edge.files import write_text
from train2edge.spec.stream import Stream

GOLDEN = Path(__file__).parent / "golden"
ONE = Stream(inputs=("videos/a street.mp4",))
LIVE = Stream(inputs=("rtsp://user:secret@10.0.0.7/live", "b.mkv"), sink="rtsp", tracker="NvSORT")
FAKE = Stream(inputs=("c.mp4",), sink="fake", tracker="none", width=416, height=416)
DCF = Stream(inputs=("d.mp4",), sink="display", tracker="NvDCF_perf", interval=2)
CAR_MAKE = {"bundle": "makes", "classes": ["car"], "threshold": 0.51, "async_mode": True}
COLOR = {"bundle": "colors", "min_width": 8, "batch_size": 4, "reinfer_interval": 90}
SECOND = Stream.model_validate({"inputs": ("e.mp4",), "secondaries": [CAR_MAKE, COLOR]})
PAIRS = {
    ("jetson-orin-nano", "7.1"): ONE,
    ("t4", "8.0"): LIVE,
    ("t4", "6.3"): FAKE,
    ("jetson-xavier-nx", "6.3"): DCF,
    ("jetson-nano", "6.0"): ONE,
    ("jetson-agx-orin", "9.1"): ONE,
    ("jetson-orin-nx", "7.0"): SECOND,
}


def contract(*classes: str) -> Contract:
    thresholds = (
        ClassThresholds(pre_cluster=0.02, operating=0.35),
        ClassThresholds(pre_cluster=0.03, operating=0.5, topk=-1),
    )
    output = OutputContract(classes or ("car", "traffic light"), thresholds=thresholds)
    return Contract(InputContract(480, 272, scale=1 / 127.5, offsets=(127.5,) * 3), output)


def classifier(*classes: str) -> Contract:
    output = OutputContract(classes, parser="classifier", classifier_threshold=0.2)
    frame = InputContract(
        96, 64, maintain_aspect_ratio=False, min_width=24, min_height=16, offsets=(124, 116, 104)
    )
    return Contract(frame, output, "classification")


def bundle(
    folder: Path, precision: Precision = "int8", made: Contract | None = None, name: str = "street"
) -> ModelBundle:
    """A bundle with all files of its precision; the graphs are only bytes."""
    folder.mkdir(parents=True)
    files = {"model": "model.onnx", "model_fp32": "model_fp32.onnx", "labels": "labels.txt"}
    if precision == "int8":
        files |= {"calibration_cache": "calibration.cache", "model_cpu": "model.cpu.onnx"}
    for role, file in files.items():
        (folder / file).write_text(role)
    if precision == "int8":
        text = "TRT-8600-EntropyCalibration2\ninput_1: 3c010a14\n"
        (folder / "calibration.cache").write_text(text)
    made_bundle = ModelBundle(folder, name, precision, made or contract(), files)
    made_bundle.write_manifest()
    return made_bundle


def app_plan(opened: ModelBundle, target: str, version: str) -> AppPlan:
    thresholds = "evaluation" if version == "6.3" else "operating"
    stream = PAIRS[target, version]
    seconds = secondaries(opened.path.parent) if stream.secondaries else ()
    return planning.plan(opened, stream, target, version, thresholds, seconds)  # type: ignore[arg-type]


def secondaries(folder: Path) -> tuple[ModelBundle, ...]:
    """The bundles that ``SECOND`` names."""
    makes = bundle(folder / "makes", made=classifier("bmw", "vw up", "other"), name="makes")
    colors = bundle(folder / "colors", "fp16", classifier("red", "blue"), "colors")
    return makes, colors


def update() -> None:
    with tempfile.TemporaryDirectory() as folder:
        opened = bundle(Path(folder) / "bundle")
        for target, version in PAIRS:
            for name, text in render(app_plan(opened, target, version)).items():
                write_text(GOLDEN / f"{target}-{version}" / name, text)


if __name__ == "__main__":
    update()
