from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from deepstream import app_record
from deepstream import plan as planning
from tests.deepstream import toy
from train2edge.bundle import ModelBundle
from train2edge.errors import InputError
from train2edge.spec.stream import Stream


@pytest.fixture
def int8(tmp_path: Path) -> ModelBundle:
    return toy.bundle(tmp_path / "bundle")


@pytest.mark.parametrize(
    ("target", "version", "lane", "mode", "onnx", "engine"),
    [
        ("t4", "6.3", "int8-cache", 1, "model_fp32.onnx", "model_fp32.onnx_b1_gpu0_int8.engine"),
        ("jetson-orin-nano", "7.1", "int8-cache", 1, "model_fp32.onnx", "_b1_gpu0_int8.engine"),
        ("jetson-nano", "6.0", "fp16", 2, "model_fp32.onnx", "model_fp32.onnx_b1_gpu0_fp16.engine"),
        ("jetson-agx-orin", "9.1", "int8-qdq", 0, "model.onnx", "model.onnx_b1_gpu0_fp32.engine"),
    ],
)
def test_lane(
    int8: ModelBundle, target: str, version: str, lane: str, mode: int, onnx: str, engine: str
) -> None:
    model = planning.plan(int8, toy.ONE, target, version).model
    assert (model.lane, model.network_mode, model.onnx) == (lane, mode, f"model/{onnx}")
    assert model.engine.endswith(engine)
    assert (model.calibration_cache is not None) == (lane == "int8-cache")
    assert model.strongly_typed == (lane == "int8-qdq")
    assert model.reasons


def test_an_fp16_bundle_with_layers_beyond_fp16_runs_in_fp32(tmp_path: Path) -> None:
    opened = toy.bundle(tmp_path / "b", "fp16")
    far = ModelBundle(**{**vars(opened), "provenance": {"fp32_layers": ["a"]}})
    model = planning.plan(far, toy.ONE, "t4", "7.1").model
    assert (model.lane, model.network_mode, model.role) == ("fp32", 0, "model_fp32")
    assert "1 layers go beyond FP16" in model.reasons[0]


def test_a_dla_core_gets_the_cache_and_one_batch_size(int8: ModelBundle) -> None:
    two = toy.ONE.model_copy(update={"dla": 1, "inputs": ("a.mp4", "b.mp4")})
    plan = planning.plan(int8, two, "jetson-agx-orin", "7.1")
    assert plan.model.lane == "int8-cache"
    assert plan.model.engine == "model/model_fp32.onnx_b2_dla1_int8.engine"
    written = {one.key: one.value for one in plan.infer[0].settings}
    assert (written["enable-dla"], written["use-dla-core"]) == ("1", "1")
    line = plan.model.build.shell_line
    assert "--int8 --fp16 --useDLACore=1 --allowGPUFallback" in line
    assert "--minShapes=input_1:2x" in line and "--maxShapes=input_1:2x" in line
    assert any("t2e engine BUNDLE --target jetson-agx-orin --dla 1" in one for one in plan.reasons)
    fp32 = toy.bundle(int8.path.parent / "fp32", "fp32")
    assert planning.plan(fp32, two, "jetson-agx-orin", "7.1").model.lane == "fp16"


@pytest.mark.parametrize(
    ("target", "version", "core", "message"),
    [
        ("jetson-orin-nano", "7.1", 0, "has no DLA core"),
        ("jetson-agx-orin", "7.1", 2, "no DLA core 2"),
        ("jetson-orin-nx", "9.1", 0, "has no DLA, 10.7"),
    ],
)
def test_a_dla_core_that_is_not_there_is_refused(
    int8: ModelBundle, target: str, version: str, core: int, message: str
) -> None:
    stream = toy.ONE.model_copy(update={"dla": core})
    with pytest.raises(InputError, match=message):
        planning.plan(int8, stream, target, version)


def test_a_network_that_takes_one_frame_gets_no_second_stream(int8: ModelBundle) -> None:
    fixed = ModelBundle(**{**vars(int8), "provenance": {"dynamic_batch": False}})
    assert planning.plan(fixed, toy.ONE, "t4", "7.1").mux.batch == 1
    two = toy.ONE.model_copy(update={"inputs": ("a.mp4", "b.mp4")})
    with pytest.raises(InputError, match="2 frames at once are asked of a network") as caught:
        planning.plan(fixed, two, "t4", "7.1")
    assert "export.dynamic_batch=true" in str(caught.value)


def test_a_cache_goes_with_the_graph_that_has_its_biases(int8: ModelBundle) -> None:
    files = {**int8.files, "model_cached": "model_cached.onnx"}
    both = ModelBundle(**{**vars(int8), "files": files})
    cached, typed, half = (
        planning.plan(both, toy.ONE, *place).model.onnx
        for place in (("t4", "6.3"), ("t4", "9.1"), ("jetson-nano", "6.0"))
    )
    assert (cached, typed) == ("model/model_cached.onnx", "model/model.onnx")
    assert half == "model/model_fp32.onnx"


def test_int8_bundle_without_a_cache_says_why_it_becomes_fp16(tmp_path: Path) -> None:
    opened = toy.bundle(tmp_path / "bundle")
    files = {key: name for key, name in opened.files.items() if key != "calibration_cache"}
    model = planning.plan(
        ModelBundle(**{**vars(opened), "files": files}), toy.ONE, "t4", "7.1"
    ).model
    assert model.lane == "fp16"
    assert "calibration_cache" in model.reasons[0]


def test_fp16_bundle_gives_nvinfer_the_fp32_graph(tmp_path: Path) -> None:
    model = planning.plan(toy.bundle(tmp_path / "b", "fp16"), toy.ONE, "t4", "9.1").model
    assert (model.lane, model.network_mode, model.role) == ("fp16", 2, "model_fp32")


def test_no_nvenc_means_software_encoder(int8: ModelBundle) -> None:
    plan = planning.plan(int8, toy.ONE, "jetson-orin-nano", "7.1")
    assert plan.sink.encoder == "software"
    assert any("NVENC" in reason for reason in plan.reasons)
    sink = next(one for one in plan.app if one.name == "sink0")
    assert sink.get("enc-type") == "1"


def test_batch_is_the_number_of_sources_everywhere(int8: ModelBundle) -> None:
    plan = planning.plan(int8, toy.LIVE, "t4", "8.0")
    groups = {section.name: section for section in (*plan.app, *plan.infer)}
    for name in ("streammux", "primary-gie", "property"):
        assert groups[name].get("batch-size") == "2"
    assert groups["streammux"].get("live-source") == "1"
    assert groups["source0"].get("type") == "4"


def test_thresholds_are_the_contracts(int8: ModelBundle) -> None:
    def first(thresholds: planning.Thresholds) -> str | None:
        plan = planning.plan(int8, toy.ONE, "t4", "8.0", thresholds)
        return next(one for one in plan.infer if one.name == "class-attrs-0").get(
            "pre-cluster-threshold"
        )

    assert (first("operating"), first("evaluation")) == ("0.35", "0.02")


def test_every_app_of_a_device_can_have_ports_of_its_own(int8: ModelBundle) -> None:
    ports = {}
    for port in (8554, 8555, 600):
        stream = toy.LIVE.model_copy(update={"rtsp_port": port})
        plan = planning.plan(int8, stream, "t4", "8.0")
        sink = next(one for one in plan.app if one.name == "sink0")
        ports[sink.get("rtsp-port")] = sink.get("udp-port")
    assert ports == {"8554": "5400", "8555": "5401", "600": "5446"}


@pytest.mark.parametrize(
    ("wanted", "written"),
    [
        ({}, ["0.35", "0.5"]),
        ({"*": 0.2}, ["0.2", "0.2"]),
        ({"*": 0.2, "car": 0.9}, ["0.9", "0.2"]),
        ({"traffic light": 0.0}, ["0.35", "0.0"]),
    ],
)
def test_scores_that_were_asked_for_are_written(
    int8: ModelBundle, wanted: dict[str, float], written: list[str]
) -> None:
    stream = toy.ONE.model_copy(update={"min_scores": wanted})
    plan = planning.plan(int8, stream, "t4", "8.0")
    classes = [one for one in plan.infer if one.name.startswith("class-attrs")]
    assert [one.get("pre-cluster-threshold") for one in classes] == written
    measured = planning.plan(int8, stream, "t4", "8.0", "evaluation")
    assert measured.contract == int8.contract


def test_a_score_of_a_class_that_is_not_there_is_told(int8: ModelBundle) -> None:
    stream = toy.ONE.model_copy(update={"min_scores": {"cars": 0.2}})
    with pytest.raises(InputError, match="no class 'cars'") as caught:
        planning.plan(int8, stream, "t4", "8.0")
    assert "car, traffic light" in (caught.value.hint or "")


def test_files_are_played_again_where_it_is_asked_for(int8: ModelBundle) -> None:
    for loop, written in ((False, "0"), (True, "1")):
        plan = planning.plan(int8, toy.ONE.model_copy(update={"loop": loop}), "t4", "8.0")
        assert next(one for one in plan.app if one.name == "tests").get("file-loop") == written


def test_lists_of_boxes_are_read_by_deepstreams_own_library(tmp_path: Path) -> None:
    made = toy.contract()
    lists = replace(made, output=replace(made.output, parser="tf_ssd"))
    plan = planning.plan(toy.bundle(tmp_path / "b", made=lists), toy.ONE, "t4", "8.0")
    settings = next(one for one in plan.infer if one.name == "property")
    assert settings.get("parse-bbox-func-name") == "NvDsInferParseCustomTfSSD"
    library = settings.get("custom-lib-path")
    assert library is not None
    assert library.endswith("/lib/libnvds_infercustomparser.so")


def test_unlimited_topk_is_left_out_because_nvinfer_refuses_negatives(int8: ModelBundle) -> None:
    plan = planning.plan(int8, toy.ONE, "t4", "8.0")
    topk = [one.get("topk") for one in plan.infer if one.name.startswith("class-attrs")]
    assert topk == ["200", None]


def test_password_stays_out_of_the_record(int8: ModelBundle) -> None:
    record = app_record.record(planning.plan(int8, toy.LIVE, "t4", "8.0"))
    assert "secret" not in str(record)


@pytest.mark.parametrize(
    ("target", "version", "message", "hint"),
    [
        ("jetson-nano", "7.1", "JetPack 5", "6.0.1"),
        ("jetson-orin-nano", "8.0", "Thor", "7.1"),
        ("jetson-thor", "6.3", "JetPack 7", "8.0"),
        ("l4", "6.0", "CUDA 11.8", "6.2"),
        ("jetson-orin", "7.1", "unknown target", "jetson-orin-n"),
        ("t4", "7.3", "unknown DeepStream release", "7.1"),
    ],
)
def test_impossible_places_name_the_nearest(
    int8: ModelBundle, target: str, version: str, message: str, hint: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        planning.plan(int8, toy.ONE, target, version)
    assert hint in str(caught.value.hint)


def test_a_tracker_that_the_release_lacks_is_refused(int8: ModelBundle) -> None:
    stream = Stream(inputs=("a.mp4",), tracker="NvSORT")
    with pytest.raises(InputError, match="NvSORT"):
        planning.plan(int8, stream, "jetson-nano", "6.0")


@pytest.mark.parametrize(
    "given",
    [
        "a\n[sink0]\nenable=0.mp4",
        "rtsp://host/a,b",
        "rtsp://host/a b",
        "gopher://host/a",
        "a\x1b.mp4",
        "file:///x\u2028y.mp4",
        " a.mp4",
        "rtsp://host/" + "a" * 1000,
    ],
)
def test_inputs_that_would_break_a_file_are_refused(int8: ModelBundle, given: str) -> None:
    with pytest.raises(InputError):
        planning.plan(int8, Stream(inputs=(given,)), "t4", "8.0")


@pytest.mark.parametrize(("given", "node"), [("/dev/video2", 2), ("0", 0)])
def test_a_camera_at_the_device_is_told_where_it_goes(
    int8: ModelBundle, given: str, node: int
) -> None:
    with pytest.raises(InputError) as error:
        planning.plan(int8, Stream(inputs=(given,)), "jetson-orin-nano", "7.1")
    assert f"type=1, camera-v4l2-dev-node={node}" in (error.value.hint or "")


def test_no_input_is_refused_with_a_hint(int8: ModelBundle) -> None:
    with pytest.raises(InputError, match="no video") as caught:
        planning.plan(int8, Stream(), "t4", "8.0")
    assert "--input" in str(caught.value.hint)


@pytest.mark.parametrize("name", ["a\nb", "a;b", "", "a\rb", " a", "a\x00"])
def test_class_names_that_would_break_a_file_are_refused(tmp_path: Path, name: str) -> None:
    opened = toy.bundle(tmp_path / "bundle", made=toy.contract(name, "truck"))
    with pytest.raises(InputError):
        planning.plan(opened, toy.ONE, "t4", "8.0")


def test_two_classes_never_share_a_label(tmp_path: Path) -> None:
    opened = toy.bundle(tmp_path / "bundle", made=toy.contract("a b", "a_b"))
    with pytest.raises(InputError, match="a_b"):
        planning.plan(opened, toy.ONE, "t4", "8.0")


def test_an_old_tensorrt_is_told_of_a_new_opset(int8: ModelBundle) -> None:
    newer = ModelBundle(**{**vars(int8), "provenance": {"opset": 17}})
    for target, version, told in (("jetson-nano", "6.0", True), ("t4", "6.3", False)):
        reasons = planning.plan(newer, toy.ONE, target, version).reasons
        assert any("opset 17" in one for one in reasons) == told


def test_boxes_are_cut_at_the_edge_where_the_release_can(int8: ModelBundle) -> None:
    key = "crop-objects-to-roi-boundary"
    old = planning.plan(int8, toy.ONE, "jetson-nano", "6.0")
    new = planning.plan(int8, toy.ONE, "t4", "8.0")
    assert (old.infer[0].get(key), new.infer[0].get(key)) == (None, "1")
    assert any(key in one for one in old.reasons)
    assert not any(key in one for one in new.reasons)


def test_nms_inside_takes_the_graph_with_the_plugin_and_clusters_no_more(tmp_path: Path) -> None:
    opened = toy.bundle(tmp_path / "bundle")
    with_nms = {"model_nms": "model_nms.onnx", "model_fp32_nms": "model_fp32_nms.onnx"}
    both = ModelBundle(**{**vars(opened), "files": {**opened.files, **with_nms}})
    stream = toy.ONE.model_copy(update={"nms": "engine"})
    cached, typed = (planning.plan(both, stream, "jetson-agx-orin", one) for one in ("7.1", "9.1"))
    assert (cached.model.onnx, cached.model.lane) == ("model/model_fp32_nms.onnx", "int8-cache")
    assert (typed.model.onnx, typed.model.lane) == ("model/model_nms.onnx", "int8-qdq")
    assert set(cached.model.stand_ins) == {"model_fp32", "model", "model_cpu"}
    assert set(typed.model.stand_ins) == {"model", "model_cpu"}
    assert cached.infer[0].get("cluster-mode") == "4"
    assert cached.infer[1].get("nms-iou-threshold")
    assert any("EfficientNMS_TRT" in reason for reason in cached.reasons)
    usual = planning.plan(both, toy.ONE, "jetson-agx-orin", "7.1")
    assert usual.model.onnx == "model/model_fp32.onnx"


def test_nms_inside_without_such_a_graph_says_what_writes_it(int8: ModelBundle) -> None:
    stream = toy.ONE.model_copy(update={"nms": "engine"})
    with pytest.raises(InputError, match="no graph with EfficientNMS_TRT") as caught:
        planning.plan(int8, stream, "t4", "7.1")
    assert "--nms efficient" in str(caught.value.hint)
