from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from exporter.engine import trtexec, words
from exporter.engine.options import EngineOptions
from exporter.engine.plan import EnginePlan, plan
from tests.exporter.toy import CONTRACT
from train2edge import targets
from train2edge.bundle import ModelBundle
from train2edge.errors import InputError

FILES = {
    "model": "model.onnx",
    "model_fp32": "model_fp32.onnx",
    "calibration_cache": "calibration.cache",
}
BUNDLE = ModelBundle(
    Path("b"), "toy", "int8", CONTRACT, FILES, provenance={"opset": 17, "dynamic_batch": True}
)


def planned(
    target: str,
    deepstream: str,
    bundle: ModelBundle = BUNDLE,
    tensorrt: str | None = None,
    **chosen,
) -> EnginePlan:
    place = replace(targets.deployment(target, deepstream), own_tensorrt=tensorrt)
    return plan(bundle, place, EngineOptions(**chosen))


def test_a_t4_takes_the_qdq_file_with_flags_under_the_name_that_its_app_looks_for():
    assert trtexec.arguments(planned("t4", "7.1", batch=4)) == (
        "trtexec",
        "--onnx=model.onnx",
        "--saveEngine=model_fp32.onnx_b4_gpu0_int8.engine",
        "--int8",
        "--fp16",
        "--minShapes=input_1:1x3x32x32",
        "--optShapes=input_1:4x3x32x32",
        "--maxShapes=input_1:4x3x32x32",
    )


def test_a_nano_has_no_int8_and_gets_fp16_of_the_float_file():
    nano = planned("jetson-nano", "6.0.1")
    assert (nano.precision, nano.lane, nano.model) == ("fp16", "flag", "model_fp32.onnx")
    assert nano.flags == ("fp16",)
    assert "no INT8" in nano.notes[0]
    assert "opset 13" in nano.notes[1]
    assert trtexec.arguments(nano)[0].startswith("/usr/src/tensorrt")


def test_dla_takes_the_cache_under_its_own_tensorrts_header():
    xavier = planned("jetson-agx-xavier", "6.2", dla=1, batch=2)
    assert (xavier.lane, xavier.model) == ("cache", "model_fp32.onnx")
    assert xavier.engine == "model_fp32.onnx_b2_dla1_int8.engine"
    prepare, compile_it = xavier.commands()
    assert prepare == (
        r"sed -e '1s/.*/TRT-8502-EntropyCalibration2/' -e 's/\r$//'"
        " calibration.cache > calibration.cache.trt8502"
    )
    assert "--useDLACore=1 --allowGPUFallback" in compile_it
    assert "--calib=calibration.cache.trt8502" in compile_it
    assert "--minShapes=input_1:2x3x32x32" in compile_it  # DLA has one batch size


def test_dlas_graph_has_the_biases_that_belong_to_the_bundles_own_cache():
    files = {**FILES, "model_cached": "model_cached.onnx"}
    both = replace(BUNDLE, files=files)
    orin = partial(planned, "jetson-agx-orin", "7.1", both, dla=0)
    assert orin().model == "model_cached.onnx"
    assert orin(cache="foreign.cache").model == "model_fp32.onnx"
    assert orin(precision="fp16").model == "model_fp32.onnx"


@pytest.mark.parametrize(
    ("target", "deepstream", "chosen", "hint"),
    [
        ("t4", "7.1", {"dla": 0}, "its GPU"),
        ("jetson-agx-orin", "7.1", {"dla": 2}, "0 to 1"),
        ("jetson-agx-orin", "9.2", {"dla": 0}, "DeepStream 7.1"),
        ("jetson-nano", "6.0.1", {"precision": "int8"}, "--precision fp16"),
        ("jetson-nano", "6.0.1", {"tensorrt": "10.3.0"}, "DeepStream 6.0.1"),
        ("t4", "7.1", {"tensorrt": "11.4.0", "cache": "c"}, "Q/DQ"),
        ("t4", "7.1", {"tensorrt": "11.4.0", "layers": {"a": "fp16"}}, "left in float"),
        ("t4", "7.1", {"tensorrt": "11.4.0", "precision": "fp16"}, "--precision fp16"),
        ("t4", "7.1", {"tensorrt": "7.1.3"}, "planned for 8.0 and newer"),
        ("t4", "7.1", {"layers": {"a": "fp8"}}, "NAME=PRECISION"),
        ("t4", "7.1", {"batch": 2, "optimum": 3}, "1 to 2"),
        ("jetson-agx-orin", "7.1", {"batch": 4, "optimum": 2, "dla": 0}, "--batch 2"),
        ("jetson-agx-orin", "7.1", {"precision": "fp32", "dla": 0}, "--precision fp16"),
    ],
)
def test_the_impossible_is_refused_with_what_works(target, deepstream, chosen, hint):
    with pytest.raises(InputError) as caught:
        planned(target, deepstream, **chosen)
    assert hint in str(caught.value)


def test_a_precision_that_the_bundle_has_not_is_refused():
    with pytest.raises(InputError, match="the bundle is fp16, an int8 engine"):
        planned("t4", "7.1", replace(BUNDLE, precision="fp16"), precision="int8")
    assert planned("t4", "7.1", precision="fp16").model == "model_fp32.onnx"


def test_fp32_and_fixed_batch():
    bundle = replace(BUNDLE, precision="fp32", provenance={"dynamic_batch": False})
    assert trtexec.arguments(planned("t4", "7.1", bundle))[1:] == (
        "--onnx=model_fp32.onnx",
        "--saveEngine=model_fp32.onnx_b1_gpu0_fp32.engine",
    )
    with pytest.raises(InputError, match="2 frames at once are asked of a network"):
        planned("t4", "7.1", bundle, batch=2)
    dla = planned("jetson-agx-orin", "7.1", bundle, dla=0)
    assert (dla.precision, "no FP32" in dla.notes[0]) == ("fp16", True)


def test_what_goes_beyond_fp16_is_held_in_fp32_by_the_graphs_types():
    far = replace(BUNDLE, precision="fp16", provenance={"fp32_layers": ["a/Mul", "b/Conv"]})
    typed = planned("t4", "7.1", far)
    assert (typed.lane, typed.model, typed.flags) == ("typed", "model.onnx", ())
    assert "--stronglyTyped" in trtexec.arguments(typed)
    assert planned("t4", "9.2", far, tensorrt="11.4.0").strongly_typed
    old = planned("t4", "6.4", far)
    assert (old.lane, old.model) == ("flag", "model_fp32.onnx")
    assert "--layerPrecisions=a/Mul:fp32,b/Conv:fp32" in trtexec.arguments(old)
    assert old.notes[0] == "2 layers go beyond FP16: they stay in FP32"
    other = planned("t4", "6.4", far, layers={"a/Mul": "fp16", "c": "fp16"})
    assert other.layers == (("a/Mul", "fp16"), ("b/Conv", "fp32"), ("c", "fp16"))
    with pytest.raises(InputError, match="from this graph"):
        planned("t4", "7.1", far, layers={"a": "fp16"})


def test_int8_beside_what_goes_beyond_fp16_takes_no_fp16():
    far = replace(BUNDLE, provenance={"fp32_layers": ["a/Mul"]})
    assert planned("t4", "7.1").flags == ("int8", "fp16")
    made = planned("t4", "7.1", far)
    assert (made.lane, made.flags, made.layers) == ("qdq", ("int8",), ())
    assert "1 layers go beyond FP16: what is not INT8 stays in FP32" in made.notes
    half = planned("t4", "7.1", far, precision="fp16")  # the graph has no types of FP16
    assert (half.lane, half.layers) == ("flag", (("a/Mul", "fp32"),))


@pytest.mark.parametrize(
    ("place", "chosen", "why"),
    [
        (("t4", "7.1"), {}, "INT8 by the Q/DQ pairs of model.onnx"),
        (("t4", "7.1"), {"cache": "c"}, "INT8 by model_fp32.onnx with the ranges of c"),
        (("jetson-agx-orin", "7.1"), {"dla": 0}, "since a DLA core wants no Q/DQ nodes"),
        (("t4", "7.1"), {"calibrate": True}, "calibrated by TensorRT on the experiment's"),
        (("jetson-nano", "6.0.1"), {}, "FP16 by TensorRT's flag, for all layers"),
        (("t4", "7.1"), {"precision": "fp32"}, "FP32 by model_fp32.onnx as it stands"),
    ],
)
def test_the_lane_is_explained(place, chosen, why):
    assert why in words.lines(planned(*place, **chosen))[0]


def test_tensorrt_11_takes_no_flags():
    newest = planned("t4", "9.2", tensorrt="11.4.0")
    assert (newest.lane, newest.model, newest.flags) == ("qdq", "model.onnx", ())
    assert newest.strongly_typed and newest.deepstream is None
    assert newest.engine == "model.onnx_b1_gpu0_int8.engine"
    assert not {"--int8", "--fp16", "--stronglyTyped"} & set(trtexec.arguments(newest))
    half = planned("t4", "9.2", replace(BUNDLE, precision="fp16"), tensorrt="11.4.0")
    assert (half.lane, half.model) == ("typed", "model.onnx")


@pytest.mark.parametrize(
    ("release", "words"),
    [("6.1", "--workspace=512"), ("6.1.1", "--memPoolSize=workspace:512")],
)
def test_the_words_are_those_of_the_release(release, words):
    chosen = {"workspace": 512, "timing_cache": "t.cache", "layers": {"Conv_1": "fp16"}}
    told = trtexec.arguments(planned("t4", release, **chosen))
    assert words in told
    assert "--timingCacheFile=t.cache" in told
    assert told[8:10] == ("--precisionConstraints=obey", "--layerPrecisions=Conv_1:fp16")


def test_what_trtexec_has_no_words_for_is_refused_and_left_to_the_builder():
    for release, layers in (("6.0", {"a": "fp16"}), ("7.1", {"a:0": "fp16"})):
        made = planned("t4", release, layers=layers)
        with pytest.raises(InputError, match="trtexec"):
            made.commands()
    pictures = planned("t4", "7.1", calibrate=True)
    assert (pictures.lane, pictures.model) == ("pictures", "model_fp32.onnx")
    with pytest.raises(InputError, match="random"):
        pictures.commands()


def test_a_profile_may_be_tuned_for_fewer_than_its_most():
    shapes = planned("t4", "7.1", batch=8, optimum=4).profile
    assert shapes is not None
    assert [one[0] for one in (shapes.minimum, shapes.optimum, shapes.maximum)] == [1, 4, 8]


def test_the_digest_is_of_what_decides_the_engine():
    one = planned("t4", "7.1")
    assert one.digest == replace(one, notes=("a note",)).digest
    assert one.digest != planned("t4", "7.1", batch=2).digest
    assert one.digest != planned("t4", "8.0").digest


def test_every_device_and_release_can_be_planned_as_its_app_looks_for_it():
    from deepstream import precision

    for name in targets.names():
        for release in targets.target(name).deepstream:
            made = planned(name, release, batch=2)
            assert targets.target(name).has(made.precision)
            app = precision.plan(BUNDLE, targets.deployment(name, release), 2)
            assert app.engine == f"model/{made.engine}"


def test_the_copied_cache_is_one_that_tensorrt_reads(tmp_path):
    import subprocess

    from exporter.quantize.cache import read

    (tmp_path / "calibration.cache").write_bytes(b"1\r\na: 3c010a14\r\nb (x): 0\r\n")
    prepare, _ = planned("jetson-agx-orin", "7.1", dla=0).commands()
    subprocess.run(["sh", "-ec", prepare], cwd=tmp_path, check=True)
    made = tmp_path / "calibration.cache.trt100300"
    assert made.read_bytes() == b"TRT-100300-EntropyCalibration2\na: 3c010a14\nb (x): 0\n"
    assert read(made).version == 100300


def test_what_is_not_certain_is_said_where_it_matters():
    notes = planned("jetson-orin-nx", "7.1", dla=1).notes
    assert "not certain: the 8 GB module has one DLA core" in notes
    assert not any("DLA" in note for note in planned("jetson-orin-nx", "7.1").notes)
    assert "TensorRT on Jetson was not found" in planned("jetson-thor", "9.0").notes[-1]


def test_a_release_that_nobody_read_of_is_planned_as_the_last_and_told():
    (note,) = planned("t4", "7.1", tensorrt="12.0.0").notes
    assert "TensorRT 12.0.0 is newer" in note and "planned as 11" in note
    assert not planned("t4", "7.1", tensorrt="11.4.1").notes


def test_a_foreign_caches_copy_stays_in_the_bundles_folder():
    given = planned("t4", "7.1", cache="/home/me/old tlt/cal.bin")
    copy, _ = trtexec.commands(given)
    assert copy.endswith("'/home/me/old tlt/cal.bin' > cal.bin.trt100300")
    assert "--calib=cal.bin.trt100300" in trtexec.arguments(given)


def test_the_way_to_another_precision_is_the_bundles_own():
    imported = replace(BUNDLE, precision="fp16", provenance={"recipe": "yolox"})
    with pytest.raises(InputError) as error:
        planned("t4", "7.1", imported, precision="int8")
    assert "t2e models import FILE.onnx --recipe yolox" in (error.value.hint or "")
