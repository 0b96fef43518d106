from __future__ import annotations

from pathlib import Path

import pytest

from deepstream.lint import lint
from deepstream.write import write_plan
from tests.deepstream import toy
from train2edge.errors import InputError
from train2edge.spec.stream import Stream


def written(tmp_path: Path, target: str, version: str, stream: Stream | None = None) -> Path:
    from deepstream import plan as planning

    (tmp_path / "v.mp4").touch()
    chosen = stream or Stream(inputs=(str(tmp_path / "v.mp4"),))
    bundle = toy.bundle(tmp_path / "bundle")
    seconds = toy.secondaries(tmp_path) if chosen.secondaries else ()
    plan = planning.plan(bundle, chosen, target, version, secondaries=seconds)
    return write_plan(bundle, plan, tmp_path / "app")


def change(file: Path, old: str, new: str) -> int:
    """Replace a line and give its number."""
    text = file.read_text()
    assert old in text, old
    file.write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize(("target", "version"), list(toy.PAIRS))
def test_what_is_generated_is_clean(tmp_path: Path, target: str, version: str) -> None:
    videos = tuple(tmp_path / name for name in ("one.mp4", "two.mp4"))
    for video in videos:
        video.touch()
    update = {"inputs": ("rtsp://host/a", *map(str, videos))}
    stream = toy.PAIRS[target, version].model_copy(update=update)
    assert lint(written(tmp_path, target, version, stream), target, version) == ()


@pytest.mark.parametrize(
    ("file", "old", "new", "why"),
    [
        ("infer.txt", "cluster-mode=2", "cluster-mode=0", "IoU 0.5"),
        ("infer.txt", "batch-size=1", "batch-size=1 # one", "part of the value"),
        ("infer.txt", "topk=200", "topk=-1", "topk"),
        ("infer.txt", "pre-cluster-threshold=0.35", "pre-cluster-threshold=35", "fraction"),
        ("infer.txt", "[class-attrs-1]", "[class-attrs-2]", "num-detected-classes is 2"),
        ("infer.txt", "offsets=127.5;127.5;127.5", "offsets=127.5", "3 channels"),
        ("infer.txt", "infer-dims=3;272;480", "infer-dims=272;480", "infer-dims"),
        ("infer.txt", "model-color-format=0", "model-color-format=2", "3 values for 1 channels"),
        ("infer.txt", "onnx-file=model/", "onnx-file=nowhere/", "no such file"),
        ("infer.txt", "network-type=0", "network-typo=0", "passes over"),
        ("infer.txt", "output-tensor-meta=0", "strongly-typed=1", "9.0"),
        (
            "infer.txt",
            "int8-calib-file=model/calibration.cache",
            "gpu-id=0",
            "silently builds FP16",
        ),
        ("infer.txt", "output-tensor-meta=0", "enable-dla=1", "no DLA"),
        ("infer.txt", "output-tensor-meta=0", "tlt-encoded-model=a.etlt", "neither Caffe nor UFF"),
        ("infer.txt", "_b1_", "_b0_", "smaller batch"),
        ("infer.txt", "gie-unique-id=1", "gie-unique-id=0", "gie-unique-id"),
        ("infer.txt", "process-mode=1", "process-mode=2", "secondary"),
        ("infer.txt", "num-detected-classes=2", "num-detected-classes=0", "crash"),
        ("infer.txt", "num-detected-classes=2", "num-detected-classes=3", "2 names for 3"),
        (
            "infer.txt",
            "symmetric-padding=0",
            "symmetric-padding=1\nmaintain-aspect-ratio=0",
            "aspect",
        ),
        (
            "infer.yaml",
            "offsets: 127.5;127.5;127.5",
            "offsets: 127.5;127.5;127.5;",
            "one value more",
        ),
        ("labels.txt", "traffic_light", "traffic light", "KITTI"),
        ("model/calibration.cache", "EntropyCalibration2", "MinMaxCalibration", "first line"),
        ("app.txt", "enc-type=1", "enc-type=0", "NVENC"),
        ("app.txt", "tracker-height=384", "tracker-height=360", "multiple of 32"),
        ("app.txt", "display-tracking-id=1", "enable-past-frame=1", "6.3"),
        ("app.txt", "batched-push-timeout=40000", "config-file=mux.txt", "config-file-path"),
        ("app.txt", "config-file=infer.txt", "config-file=none.txt", "no such file"),
        ("app.txt", "gie-kitti-output-dir=out/kitti", "gie-kitti-output-dir=k", "without a word"),
        ("app.txt", "type=2", "type=4", "live"),
        ("app.txt", "num-sources=1", "num-sources=4", "4 sources"),
        ("app.txt", "uri=file://media/", "uri=file://nowhere/", "no such file"),
        ("app.txt", "interval=0", "interval=3", "overrides"),
        ("app.txt", "output-file=out/", "output-file=nowhere/", "folder"),
        ("tracker.yml", "associationMatcherType: 0", "associationMatcherType: 9", ""),
    ],
)
def test_rule(tmp_path: Path, file: str, old: str, new: str, why: str) -> None:
    app = written(tmp_path, "jetson-orin-nano", "7.1")
    change(app / file, old, new)
    findings = lint(app, "jetson-orin-nano", "7.1")
    if not why:
        assert findings == ()
        return
    assert any(why in f"{one.what} {one.why}" for one in findings), findings
    assert all(one.fix for one in findings)


def test_a_finding_names_the_line(tmp_path: Path) -> None:
    app = written(tmp_path, "jetson-orin-nano", "7.1")
    line = change(app / "infer.txt", "cluster-mode=2", "cluster-mode=0")
    (finding,) = lint(app, "jetson-orin-nano", "7.1")
    assert (finding.where, finding.what) == (f"{app}/infer.txt:{line}", "cluster-mode=0")
    assert finding.fix == "write cluster-mode=2"


def test_the_same_files_on_another_device(tmp_path: Path) -> None:
    app = written(tmp_path, "t4", "6.1", Stream(inputs=("rtsp://host/a",)))
    whys = " ".join(one.why for one in lint(app, "jetson-nano", "6.0.1"))
    assert "Jetson Nano has no INT8" in whys
    gone = [one.what for one in lint(app, "t4", "7.1")]
    assert any("enable-batch-process" in what for what in gone)


def test_a_file_that_cannot_be_parsed_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "infer.txt").write_text("[property]\nonnx-file\n")
    with pytest.raises(InputError, match=r"infer\.txt:2"):
        lint(tmp_path, "t4", "8.0")


def test_nvidias_own_files_are_understood(shared: Path) -> None:
    kinds = ("nvinfer", "yaml-nvinfer")
    files = [one for kind in kinds for one in (shared / "data/deepstream_configs" / kind).iterdir()]
    read = 0
    for file in files:
        try:
            lint(file, "t4", "9.1")
        except InputError:
            continue
        read += 1
    assert read > 0.9 * len(files)
