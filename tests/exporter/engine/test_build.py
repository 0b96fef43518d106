"""The builder against the names and arguments that every TensorRT release has."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from exporter.engine import build, metadata
from exporter.engine.options import EngineOptions
from exporter.engine.plan import EnginePlan, plan
from exporter.quantize.cache import CalibrationCache
from tests.exporter.engine.conftest import VERSIONS
from tests.exporter.toy import CONTRACT
from train2edge import targets
from train2edge.bundle import ModelBundle
from train2edge.errors import MissingError, WorkError

WEAK = tuple(one for one in VERSIONS if not one.startswith("11"))
WITH_DLA = ("8.6.1", "10.3.0")
SHAPES = ((1, 3, 32, 32), (4, 3, 32, 32), (4, 3, 32, 32))


@pytest.fixture
def bundle(tmp_path: Path) -> ModelBundle:
    files = {"model": "m.onnx", "model_fp32": "f.onnx", "calibration_cache": "c.cache"}
    for name in ("m.onnx", "f.onnx"):
        (tmp_path / name).write_bytes(name.encode())
    CalibrationCache({"a": 0.5}, 8502).write(tmp_path / "c.cache")
    made = ModelBundle(tmp_path, "toy", "int8", CONTRACT, files)
    made.write_manifest()
    return made


def planned(bundle: ModelBundle, version: str, target: str = "t4", **chosen) -> EnginePlan:
    release = targets.target(target).deepstream[-1]
    place = replace(targets.deployment(target, release), own_tensorrt=version)
    return plan(bundle, place, EngineOptions(**chosen))


@pytest.mark.parametrize("version", VERSIONS)
def test_int8_by_the_graphs_own_pairs(version, tensorrt, device, bundle):
    trt = tensorrt(version)
    made = planned(bundle, version, batch=4)
    report = build.build(made, bundle)
    done = trt.recorder
    assert report.path.read_bytes() == b"engine"
    assert len(done.of("tensorrt.init_libnvinfer_plugins")) == 1
    assert done.of("OnnxParser.parse") == [(b"m.onnx",)]
    assert done.of("IOptimizationProfile.set_shape") == [("input_1", *SHAPES)]
    assert len(done.of("IBuilderConfig.add_optimization_profile")) == 1
    flags = [str(flag) for (flag,) in done.of("IBuilderConfig.set_flag")]
    assert flags == ([] if version.startswith("11") else ["INT8", "FP16"])
    (network,) = done.of("Builder.create_network")
    kinds = trt.NetworkDefinitionCreationFlag
    typed = kinds.STRONGLY_TYPED if version.startswith("11") else kinds.EXPLICIT_BATCH
    assert network == (1 << int(typed),)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_it_was_built_by_lies_beside_it(version, tensorrt, device, bundle):
    tensorrt(version)
    made = planned(bundle, version)
    path = build.build(made, bundle).path
    record = metadata.read(path)
    assert (record.tensorrt, record.gpu, record.plan) == (version, "Tesla T4", made.digest)
    assert record.contract == CONTRACT
    metadata.check(path, record, version, device.gpu)


def test_boxes_of_an_engine_that_removes_overlaps_itself_are_not_clustered_again(
    tensorrt, device, bundle
):
    trt = tensorrt("10.3.0")
    (bundle.path / "n.onnx").write_bytes(b"n.onnx")
    with_plugin = replace(bundle, files={**bundle.files, "model_nms": "n.onnx"})
    made = planned(with_plugin, "10.3.0", nms_inside=True)
    record = metadata.read(build.build(made, with_plugin).path)
    assert trt.recorder.of("OnnxParser.parse") == [(b"n.onnx",)]
    assert (CONTRACT.output.cluster, record.contract.output.cluster) == ("nms", "none")
    assert made.digest != planned(with_plugin, "10.3.0").digest


@pytest.mark.parametrize("version", WEAK)
def test_a_calibration_cache_is_read_under_this_releases_header(version, tensorrt, device, bundle):
    trt = tensorrt(version)
    made = planned(bundle, version, cache="c.cache", batch=2)
    build.build(made, bundle)
    ((calibrator,),) = trt.recorder.of("IBuilderConfig.int8_calibrator")
    header = f"TRT-{made.cache_header.split('-')[1]}-EntropyCalibration2"
    assert calibrator.read_calibration_cache() == f"{header}\na: 3f000000\n".encode()
    assert calibrator.get_batch_size() == 2
    assert calibrator.get_batch(["input_1"]) is None
    assert calibrator.write_calibration_cache(b"") is None
    assert len(trt.recorder.of("IBuilderConfig.set_calibration_profile")) == 1
    assert trt.recorder.of("OnnxParser.parse") == [(b"f.onnx",)]


@pytest.mark.parametrize("version", WEAK)
def test_pictures_are_shown_batch_by_batch_and_the_ranges_kept(version, tensorrt, device, bundle):
    seen = []

    def built(self, network, config):
        ((calibrator,),) = trt.recorder.of("IBuilderConfig.int8_calibrator")
        assert calibrator.read_calibration_cache() is None
        while (addresses := calibrator.get_batch(["input_1"])) is not None:
            (address,) = addresses
            seen.append(device.blocks[address].view(np.float32).reshape(2, 3, 32, 32)[:, 0, 0, 0])
            seen[-1] = seen[-1].tolist()
        calibrator.write_calibration_cache(b"ranges")
        return trt.recorder.make("IHostMemory")

    trt = tensorrt(version, {"Builder.build_serialized_network": built})
    made = planned(bundle, version, calibrate=True, batch=2)
    pictures = [np.full((3, 32, 32), value, np.float32) for value in (1, 2, 3)]
    path = build.build(made, bundle, pictures=lambda: pictures).path
    assert seen == [[1, 2], [3, 3]]
    assert path.with_name(f"{path.name}.cache").read_bytes() == b"ranges"


def test_a_broken_calibration_picture_is_told(tensorrt, device, bundle):
    def built(self, network, config):
        ((calibrator,),) = trt.recorder.of("IBuilderConfig.int8_calibrator")
        assert calibrator.get_batch(["input_1"]) is None

    def pictures():
        yield np.zeros((3, 32, 32), np.float32)
        raise OSError("7.jpg is broken")

    trt = tensorrt("10.3.0", {"Builder.build_serialized_network": built})
    with pytest.raises(WorkError, match=r"7\.jpg is broken"):
        made = planned(bundle, "10.3.0", calibrate=True, batch=2)
        build.build(made, bundle, pictures=pictures)
    assert not (bundle.path / made.engine).exists()


@pytest.mark.parametrize("version", WITH_DLA)
def test_dla_falls_back_to_the_gpu_and_says_for_which_layers(version, tensorrt, device, bundle):
    names = ["conv", "resize"]

    def layer_of(self, index):
        found = type("Layer", (trt.ILayer,), {"name": names[index]})
        return found.__new__(found)

    answers = {
        "INetworkDefinition.num_layers": 2,
        "INetworkDefinition.get_layer": layer_of,
        "IBuilderConfig.can_run_on_DLA": lambda self, one: one.name == "conv",
    }
    trt = tensorrt(version, answers)
    report = build.build(planned(bundle, version, "jetson-agx-orin", dla=1), bundle)
    done = trt.recorder
    assert report.on_gpu == ("resize",)
    assert "1 layers stay on the GPU: resize" in report.lines()
    assert done.of("IBuilderConfig.default_device_type") == [(trt.DeviceType.DLA,)]
    assert done.of("IBuilderConfig.DLA_core") == [(1,)]
    assert trt.BuilderFlag.GPU_FALLBACK in [flag for (flag,) in done.of("IBuilderConfig.set_flag")]
    assert len(done.of("IBuilderConfig.int8_calibrator")) == 1


@pytest.mark.parametrize("version", WEAK)
def test_layers_keep_the_precision_that_they_are_given(version, tensorrt, device, bundle):
    answers = {
        "INetworkDefinition.num_layers": 1,
        "ILayer.name": "conv:0",
    }
    trt = tensorrt(version, answers)
    build.build(planned(bundle, version, layers={"conv:0": "fp16"}), bundle)
    assert trt.recorder.of("ILayer.precision") == [(trt.DataType.HALF,)]
    flags = [str(flag) for (flag,) in trt.recorder.of("IBuilderConfig.set_flag")]
    assert "OBEY_PRECISION_CONSTRAINTS" in flags
    with pytest.raises(WorkError, match="no layer named other"):
        build.build(planned(bundle, version, layers={"other": "fp16"}), bundle)


@pytest.mark.parametrize("version", VERSIONS)
def test_workspace_and_timing_cache(version, tensorrt, device, bundle):
    answers = {"IBuilderConfig.set_timing_cache": lambda self, cache, loose: len(asked) > 1}
    asked = []
    answers["IBuilderConfig.create_timing_cache"] = lambda self, data: (
        asked.append(data) or trt.recorder.make("ITimingCache")
    )
    trt = tensorrt(version, answers)
    (bundle.path / "timing").write_bytes(b"of another GPU")
    made = planned(bundle, version, workspace=256, timing_cache="timing")
    report = build.build(made, bundle)
    pool = trt.MemoryPoolType.WORKSPACE
    assert trt.recorder.of("IBuilderConfig.set_memory_pool_limit") == [(pool, 256 << 20)]
    assert asked == [b"of another GPU", b""]
    assert "timings are taken anew" in report.lines()[1]
    assert (bundle.path / "timing").read_bytes() == b"engine"  # every buffer of the stand-in


@pytest.mark.parametrize("version", VERSIONS)
def test_what_the_parser_refuses_is_told_with_the_node(version, tensorrt, device, bundle):
    answers = {
        "OnnxParser.parse": False,
        "OnnxParser.num_errors": 1,
        "ParserError.desc": "no such operator",
        "ParserError.node": 5,
        "ParserError.node_name": "the_node",
        "ParserError.node_operator": "Nonsense",
    }
    tensorrt(version, answers)
    where = "node 5" if version.startswith("8") else "Nonsense the_node"
    with pytest.raises(WorkError, match=f"refuses m.onnx: {where}: no such operator"):
        build.build(planned(bundle, version), bundle)
    assert not list(bundle.path.glob("*.engine*"))


def test_no_engine_is_told(tensorrt, device, bundle):
    tensorrt("10.3.0", {"Builder.build_serialized_network": None})
    with pytest.raises(WorkError, match="could not build"):
        build.build(planned(bundle, "10.3.0"), bundle)


def test_another_tensorrt_than_planned_builds_nothing(tensorrt, device, bundle):
    tensorrt("10.3.0")
    with pytest.raises(WorkError, match=r"TensorRT 10\.3\.0 is installed here, the plan has 8\.6"):
        build.build(planned(bundle, "8.6.1"), bundle)


@pytest.mark.skipif(importlib.util.find_spec("tensorrt") is not None, reason="TensorRT is here")
def test_building_without_tensorrt_says_what_to_type_where(bundle):
    with pytest.raises(MissingError) as caught:
        build.build(planned(bundle, "10.3.0"), bundle)
    assert "trtexec --onnx=m.onnx" in str(caught.value)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_stand_in_knows_what_tensorrt_knows_and_no_more(version, tensorrt):
    trt = tensorrt(version)
    config = trt.Builder(trt.Logger(trt.Logger.WARNING)).create_builder_config()
    with pytest.raises(AttributeError):
        config.set_flags(trt.BuilderFlag.GPU_FALLBACK)
    with pytest.raises(AttributeError):
        config.dla_core = 1
    with pytest.raises(TypeError):
        config.set_flag("GPU_FALLBACK")
    with pytest.raises(TypeError):
        trt.Builder()
    with pytest.raises(TypeError, match="No constructor"):
        trt.IBuilderConfig()
    assert hasattr(trt, "IInt8EntropyCalibrator2") is not version.startswith("11")
    assert hasattr(trt.BuilderFlag, "INT8") is not version.startswith("11")
    if version.startswith("11"):
        return
    wrong = type("Wrong", (trt.IInt8EntropyCalibrator2,), {"getBatch": lambda self, names: None})
    with pytest.raises(AttributeError, match="getBatch"):
        config.int8_calibrator = wrong()
    fewer = type("Fewer", (trt.IInt8EntropyCalibrator2,), {"get_batch": lambda self: None})
    with pytest.raises(TypeError, match="get_batch"):
        config.int8_calibrator = fewer()
    with pytest.raises(TypeError):
        config.int8_calibrator = SimpleNamespace()
