"""``t2e export`` and ``t2e engine`` from end to end, on an untrained network and real pictures."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import yaml

from train2edge import cli
from train2edge.bundle import ModelBundle

CLASSES = ("bus", "car", "motorcycle")
FEW = 8  # training pictures; as many for validation


@pytest.fixture(scope="module")
def run_folder(shared, tmp_path_factory) -> Path:
    """A RUN of a 64x64 network with random weights, whose experiment names a few real photos."""
    torch = pytest.importorskip("torch")
    from train2edge.spec.model import Model, NetworkInput
    from trainer import checkpoint

    folder = tmp_path_factory.mktemp("run")
    torch.manual_seed(0)
    spec = Model(backbone="resnet10", input=NetworkInput(width=64, height=64))
    architecture = checkpoint.initial_architecture(spec, CLASSES)
    network = checkpoint.build(architecture)
    contract = checkpoint.initial_contract(spec, CLASSES)
    checkpoint.Checkpoint.of(network, architecture, contract).save(folder / "best.safetensors")
    (folder / "spec.yaml").write_text(yaml.safe_dump(experiment(shared, folder)))
    return folder


def experiment(shared: Path, folder: Path) -> dict:
    data = shared / "data/vehicles/train"
    stems = sorted(one.stem for one in (data / "images").glob("*.jpg"))

    def source(name: str, chosen: list[str]) -> list[dict]:
        (folder / name).write_text("\n".join(chosen))
        paths = {"images": str(data / "images"), "labels": str(data / "labels")}
        return [{"format": "kitti", **paths, "list": str(folder / name)}]

    return {
        "version": 1,
        "name": "toy",
        "dataset": {
            "classes": list(CLASSES),
            "map": {"truck": None},
            "train": source("train.txt", stems[:FEW]),
            "validation": source("validation.txt", stems[FEW : 2 * FEW]),
        },
        "targets": [{"device": "jetson-orin-nano", "deepstream": "6.3"}],
        "export": {"precision": "int8", "calibration": {"pictures": 4}},
    }


def t2e(capsys, *arguments: object) -> tuple[int, str, str]:
    code = cli.run([str(one) for one in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture(scope="module")
def bundle(run_folder, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("out") / "bundle"
    assert cli.run(["export", str(run_folder), "-o", str(out), "--no-check"]) == 0
    return out


def test_an_int8_bundle_is_whole_and_says_what_was_verified(bundle):
    opened = ModelBundle.open(bundle)
    assert opened.precision == "int8"
    roles = {"model", "model_fp32", "model_cpu", "labels", "calibration_cache"}
    assert roles <= set(opened.files)
    assert (bundle / "labels.txt").read_text().split() == list(CLASSES)
    assert (bundle / "calibration.cache").read_text().startswith("TRT-8502-Entropy")  # DS 6.3
    told = {one.what: one for one in opened.verified}
    assert any("torch against ONNX" in what for what in told)
    assert sum("AP50 of model" in what for what in told) == 3
    assert all(one.passed for one in opened.verified)
    assert len(opened.provenance["checkpoint_sha256"]) == 64


def test_the_cache_and_its_graph_make_the_network_that_was_scored(run_folder, tmp_path):
    """What a device makes of the two is the Q/DQ file, biases included."""
    import onnx_graphsurgeon as gs

    from exporter import onnx_file
    from exporter.quantize import cache, placement, qdq
    from exporter.runs import outputs_of

    out, ungated = tmp_path / "bundle", "export.gate={max_drop: 100, min_sqnr: 0}"
    assert cli.run(["export", str(run_folder), "-o", str(out), "--no-check", "--set", ungated]) == 0
    opened = ModelBundle.open(out)
    by_cache = onnx_file.read(opened.file("model_cached"))
    lines = cache.read(opened.file("calibration_cache")).scales
    thresholds = {name: 127 * scale for name, scale in lines.items()}
    assert set(placement.plan(gs.import_onnx(by_cache)).tensors) <= set(thresholds)
    built, _ = qdq.quantize(by_cache, thresholds)
    batch = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 3, 64, 64)).astype(np.float32)
    scored = outputs_of(onnx_file.read(opened.file("model")), batch)
    for wanted, found in zip(scored, outputs_of(built, batch), strict=True):
        assert np.abs(wanted - found).max() < 1e-5
    uncorrected, _ = qdq.quantize(onnx_file.read(opened.file("model_fp32")), thresholds)
    far = [np.abs(a - b).max() for a, b in zip(scored, outputs_of(uncorrected, batch), strict=True)]
    assert max(far) > 1e-3


def test_every_file_of_the_bundle_gives_nearly_the_same(bundle):
    from train2edge.runtime import open_model

    batch = np.random.default_rng(0).uniform(-0.5, 0.5, (3, 3, 64, 64)).astype(np.float32)
    names = ("model_fp32.onnx", "model.onnx", "model.cpu.onnx")
    answers = [open_model(bundle / name, engine="exact")(batch) for name in names]
    for name in ("output_cov/Sigmoid", "output_bbox/BiasAdd"):
        for other in answers[1:]:
            assert 0 < np.abs(other[name] - answers[0][name]).max() < 0.2
    assert answers[0]["output_bbox/BiasAdd"].shape == (3, 12, 4, 4)


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_other_precisions_end_with_the_bundles_path(precision, run_folder, tmp_path, capsys):
    out = tmp_path / precision
    code, told, _ = t2e(
        capsys, "export", run_folder, "-o", out, "--precision", precision, "--no-check"
    )
    assert code == 0
    assert told.splitlines()[-1] == str(out)
    assert "torch against ONNX" in told
    opened = ModelBundle.open(out)
    assert opened.precision == precision
    assert not opened.has("calibration_cache")


def test_an_fp16_file_is_scored_in_fp16_arithmetic(run_folder, tmp_path, monkeypatch):
    """ONNX Runtime's CPU takes its casts out and computes it in float32: that would say nothing."""
    from exporter import accuracy, onnx_file

    scored, measure = [], accuracy.measure

    def watched(path, *arguments):
        scored.append(onnx_file.read(path))
        return measure(path, *arguments)

    monkeypatch.setattr(accuracy, "measure", watched)
    out = ("-o", str(tmp_path / "b"), "--precision", "fp16", "--no-check")
    assert cli.run(["export", str(run_folder), *out]) == 0
    full, half = ({one.name for one in model.graph.node} for model in scored)
    rounded = {name.removesuffix(".to_half") for name in half - full if ".to_half" in name}
    assert "backbone/layer1.0/conv1/Conv" in rounded
    assert len(rounded) >= len(full)


def test_dry_run_prints_the_plan_and_writes_nothing(run_folder, tmp_path, capsys):
    out = tmp_path / "b"
    code, told, _ = t2e(capsys, "export", run_folder, "-o", out, "--dry-run", "--json")
    assert code == 0
    plan = json.loads(told)
    assert (plan["precision"], plan["tensorrt"]) == ("int8", "8.5.2")
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "export.calibration.pictures=9"], "9 calibration pictures asked for"),
        (["--set", "export.opset=99"], "export.opset"),
        (["--precision", "fp16", "--max-drop", "1"], "--max-drop: of no effect"),
        (["--spec", "/no/such/spec.yaml"], "does not exist"),
    ],
)
def test_mistakes_are_told_in_one_line(arguments, message, run_folder, tmp_path, capsys):
    code, _, error = t2e(capsys, "export", run_folder, "-o", tmp_path / "b", *arguments)
    assert code == 2
    assert message in error
    assert "Traceback" not in error
    assert not (tmp_path / "b").exists()


def test_a_folder_without_checkpoint_or_spec_is_told(tmp_path, capsys):
    code, _, error = t2e(capsys, "export", tmp_path, "-o", tmp_path / "b")
    assert (code, "no experiment file" in error) == (2, True)


def test_a_damaged_checkpoint_is_told(run_folder, tmp_path, capsys):
    damaged = tmp_path / "best.safetensors"
    damaged.write_bytes((run_folder / "best.safetensors").read_bytes()[:1000])
    spec = run_folder / "spec.yaml"
    code, _, error = t2e(capsys, "export", damaged, "--spec", spec, "-o", tmp_path / "b")
    assert (code, "best.safetensors" in error) == (2, True)


def test_engine_prints_the_line_and_writes_the_script(bundle, tmp_path, capsys):
    code, told, _ = t2e(
        capsys, "engine", bundle, "--target", "jetson-orin-nano", "--deepstream", "6.3"
    )
    assert code == 0
    assert "--onnx=model.onnx" in told and "--int8 --fp16" in told
    script = tmp_path / "build.sh"
    tools = tmp_path / "tools"  # a trtexec that says where it was called and writes the engine
    tools.mkdir()
    (tools / "trtexec").write_text('#!/bin/sh\necho "in $PWD: $1"\n: > "${2#--saveEngine=}"\n')
    (tools / "trtexec").chmod(0o755)
    (tools / "ls").symlink_to("/bin/ls")
    code, told, _ = t2e(capsys, "engine", bundle, "--target", "t4", "-o", script)
    assert (code, told.strip()) == (0, str(script))
    copy = shutil.copytree(bundle, tmp_path / "a copy")
    done = subprocess.run([script, copy], capture_output=True, text=True, env={"PATH": str(tools)})
    assert done.returncode == 0, done.stderr
    assert f"in {copy}: --onnx=model.onnx" in done.stdout


def test_engine_says_what_is_built_of_what_and_why_it_is_named_so(bundle, capsys):
    _, _, told = t2e(capsys, "engine", bundle, "--target", "t4", "--deepstream", "7.1")
    assert "t4, DeepStream 7.1, TensorRT 10.3.0: INT8 by the Q/DQ pairs of model.onnx" in told
    assert "model_cached.onnx_b1_gpu0_int8.engine: nvinfer of an app of one input" in told
    assert "(the app names model_cached.onnx;" in told
    _, _, told = t2e(capsys, "engine", bundle, "--target", "t4")
    assert "DeepStream 9.2" in told and "nvinfer calls it fp32" in told
    assert "the app names" not in told
    orin = ("--target", "jetson-agx-orin", "--deepstream", "6.3", "--dla", 0)
    _, _, told = t2e(capsys, "engine", bundle, *orin)
    assert "INT8 by model_cached.onnx with the ranges of calibration.cache" in told
    assert "nvinfer of an app of one input by t2e stream config --dla 0 looks for it" in told
    assert "DeepStream 9" not in told
    _, _, told = t2e(capsys, "engine", bundle, "--target", "t4", "--tensorrt", "11.4.0")
    assert "no DeepStream, TensorRT 11.4.0" in told and "nvinfer" not in told


def test_engine_needs_a_target_and_a_whole_bundle(bundle, tmp_path, capsys):
    assert t2e(capsys, "engine", bundle)[0] == 2
    code, _, error = t2e(capsys, "engine", bundle, "--target", "t5")
    assert (code, "unknown target 't5'" in error) == (2, True)
    assert t2e(capsys, "engine", tmp_path, "--target", "t4")[0] == 2


def test_engine_build_without_tensorrt_is_exit_3(bundle, capsys):
    code, _, error = t2e(capsys, "engine", bundle, "--target", "t4", "--build")
    assert (code, "TensorRT is not installed here" in error) == (3, True)


def test_engine_check_compiles_for_the_target(bundle, capsys):
    pytest.importorskip("tensorrt_rtx")
    code, told, _ = t2e(capsys, "engine", bundle, "--check", "--target", "l4", "--json")
    record = json.loads(told)
    assert (code, record["passed"]) == (0, True)
    assert [(one["capability"], set(one["reports"])) for one in record["checks"]] == [
        ("SM89", {"fp32", "int8"})
    ]
    _, _, error = t2e(capsys, "engine", bundle, "--check", "--target", "jetson-nano")
    assert "Jetson Nano has no INT8" in error
    code, told, _ = t2e(capsys, "engine", bundle, "--check")  # for the export's own target
    assert (code, told.splitlines()[0]) == (0, "checked as SM86: TensorRT for RTX has no SM87")


def test_engine_check_refuses_what_it_would_ignore(bundle, capsys):
    ignored = ("--precision", "fp16", "--dla", "0", "--layer", "a=fp16", "-o", "x.sh")
    code, _, error = t2e(capsys, "engine", bundle, "--check", "--target", "t4", *ignored)
    assert code == 2
    assert "--precision, --dla, --layer, -o: of no effect beside --check" in error


def test_a_layer_that_is_not_in_the_file_is_told_before_anything_is_built(bundle, capsys):
    code, _, error = t2e(
        capsys, "engine", bundle, "--target", "t4", "--deepstream", "7.1",
        "--layer", "backbone/layer1.0/conf1/Conv=fp16", "--layer", "gone=fp32",
    )  # fmt: skip
    assert code == 2
    assert "no layer 'backbone/layer1.0/conf1/Conv' (did you mean " in error
    assert "backbone/layer1.0/conv1/Conv" in error and "no layer 'gone' (it has" in error
    right = "backbone/layer1.0/conv1/Conv=fp16"
    chosen = ("--target", "t4", "--deepstream", "7.1", "--layer", right)
    code, told, _ = t2e(capsys, "engine", bundle, *chosen)
    assert (code, f"--layerPrecisions={right.replace('=', ':')}" in told) == (0, True)


def test_engine_refuses_a_stale_cache_and_takes_a_foreign_one(bundle, tmp_path, capsys):
    orin = ("--target", "jetson-agx-orin", "--deepstream", "7.1", "--dla", "0")
    code, told, _ = t2e(capsys, "engine", bundle, *orin)
    assert (code, "--calib=calibration.cache.trt100300" in told) == (0, True)

    other = tmp_path / "b"
    shutil.copytree(bundle, other)
    lines = (other / "calibration.cache").read_text().splitlines()
    foreign = tmp_path / "foreign.cache"
    foreign.write_text("\r\n".join(["1", *lines[1:4]]))
    (other / "calibration.cache").write_text("\n".join(lines[:3]) + "\n")
    opened = ModelBundle.open(other, check_digests=False)
    opened.write_manifest()
    code, _, error = t2e(capsys, "engine", other, *orin)
    assert (code, "stale" in error) == (2, True)
    code, told, error = t2e(capsys, "engine", other, *orin, "--cache", foreign)
    assert (code, "tensors have no range" in error) == (0, True)
    assert f"{foreign} > foreign.cache.trt100300" in told


def test_engine_build_with_impossible_precisions_is_refused(bundle, capsys):
    code, _, error = t2e(capsys, "engine", bundle, "--target", "jetson-nano", "--precision", "int8")
    assert (code, "has no INT8" in error, "--precision fp16" in error) == (2, True, True)
    code, _, error = t2e(capsys, "engine", bundle, "--target", "t4", "--layer", "conv")
    assert (code, "NAME=PRECISION" in error) == (2, True)


def test_latency_of_an_engine_that_is_not_there_is_told(bundle, capsys):
    code, _, error = t2e(capsys, "engine", bundle, "--target", "t4", "--latency")
    assert (code, "--build" in error) == (2, True)


T4 = ("--target", "t4", "--deepstream", "7.1")


@pytest.fixture
def engine(bundle, tmp_path, capsys, monkeypatch) -> Path:
    """What ``--build`` leaves; ONNX Runtime stands in for the GPU's kernels."""
    from exporter.engine import library, memory
    from tests.exporter.engine.onnx_engine import OnnxEngine

    kernels = OnnxEngine(bundle / "model.onnx", "input_1", 2)
    monkeypatch.setattr(library, "load", lambda hint: kernels.trt)
    monkeypatch.setattr(memory, "open_device", lambda: kernels.device)
    out = tmp_path / "model.engine"
    code, told, _ = t2e(capsys, "engine", bundle, *T4, "--batch", 2, "--build", "-o", out)
    assert (code, told.splitlines()[-1]) == (0, str(out))
    return out


def test_an_engine_scores_what_its_file_scores(engine, bundle, run_folder, tmp_path, capsys):
    def scored(model: Path, *more: str) -> dict:
        out = tmp_path / f"score-{model.name}"
        spec = ("--spec", run_folder / "spec.yaml", "--json", "-o", out)
        code, told, _ = t2e(capsys, "evaluate", model, *spec, *more)
        assert code == 0
        return {**json.loads(told), "detections": (out / "detections.jsonl").read_text()}

    built, file = scored(engine), scored(bundle, "--engine", "exact")
    assert built["model"]["engine"] == "tensorrt"
    for key in ("classes", "detections", "mistakes"):
        assert built[key] == file[key]
    assert len(built["detections"]) > 100


def test_latency_is_told_for_people_and_for_machines(engine, bundle, capsys, monkeypatch):
    from exporter.engine import latency

    monkeypatch.setattr(latency, "measure", partial(latency.measure, runs=4, warm_up=1))
    timed = ("engine", bundle, *T4, "--batch", 2, "--latency", "-o", engine)
    code, told, _ = t2e(capsys, *timed)
    assert (code, "network alone" in told, told.splitlines()[-1]) == (0, True, str(engine))
    code, told, _ = t2e(capsys, *timed, "--json")
    record = json.loads(told)["latency"]
    assert (code, record["batch"], record["runs"]) == (0, 2, 4)


def test_an_engine_of_another_plan_is_not_timed(engine, bundle, capsys):
    other = ("engine", bundle, *T4, "--batch", 3, "--latency", "-o", engine)
    code, _, error = t2e(capsys, *other)
    assert (code, "built by another plan" in error) == (2, True)


def test_an_engine_of_the_same_files_exported_again_is_not_timed(engine, bundle, tmp_path, capsys):
    anew = tmp_path / "anew"
    shutil.copytree(bundle, anew)
    replace(ModelBundle.open(anew), verified=()).write_manifest()
    code, _, error = t2e(capsys, "engine", anew, *T4, "--batch", 2, "--latency", "-o", engine)
    assert (code, "the bundle was written anew" in error) == (2, True)


def test_tensorrt_is_shown_the_experiments_pictures(
    bundle, run_folder, tmp_path, capsys, monkeypatch
):
    from exporter.engine import library, memory
    from tests.exporter.engine.conftest import DictionaryDevice, book
    from tests.exporter.engine.fake_tensorrt import fake

    device, seen = DictionaryDevice(), []

    def built(self, network, config):
        ((calibrator,),) = trt.recorder.of("IBuilderConfig.int8_calibrator")
        while (addresses := calibrator.get_batch(["input_1"])) is not None:
            seen.append(device.blocks[addresses[0]].view(np.float32).copy())
        return trt.recorder.make("IHostMemory")

    trt = fake(book("10.3.0"), {"Builder.build_serialized_network": built})
    monkeypatch.setattr(library, "load", lambda hint: trt)
    monkeypatch.setattr(memory, "open_device", lambda: device)
    spec, out = run_folder / "spec.yaml", tmp_path / "e.engine"
    code, _, _ = t2e(
        capsys, "engine", bundle, "--target", "t4", "--deepstream", "7.1", "--batch", 2, "--build",
        "--calibrate", spec, "-o", out,
    )  # fmt: skip
    assert (code, len(seen)) == (0, 2)  # the spec says 4 pictures
    assert all(one.size == 2 * 3 * 64 * 64 for one in seen)
    assert len({round(float(one.std()), 4) for one in seen}) == 2  # real, different pictures
    code, _, error = t2e(capsys, "engine", bundle, "--target", "t4", "--calibrate", spec)
    assert (code, "random" in error) == (2, True)
