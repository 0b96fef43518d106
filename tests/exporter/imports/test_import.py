"""``t2e models import`` on tiny foreign files, from the command to the bundle."""

from __future__ import annotations

import json

import numpy as np
import onnx
import pytest

from deepstream.twin.inference.network import load
from exporter import heads
from exporter.imports import parity, recipe
from exporter.onnx_file import from_graph
from exporter.runs import outputs_of
from exporter.surgery.append_topk import ListPlan
from tests.exporter.imports import toy
from tests.exporter.imports.importing import bundle_of, imported
from tests.exporter.toy import Toy
from train2edge.bundle import ModelBundle
from train2edge.cli import run
from train2edge.evaluation.predictor import open_predictor
from train2edge.nvinfer import settings
from train2edge.nvinfer.postprocess import of_picture


def test_int8_ends_as_a_bundle_with_its_score(file, tmp_path, names, capsys):
    bundle = bundle_of(file, tmp_path, names)
    assert bundle.contract.output.parser == "tf_ssd"
    assert bundle.contract.input.color == "BGR"
    assert {"model", "model_fp32", "model_cpu", "calibration_cache", "labels"} <= set(bundle.files)
    assert bundle.provenance["recipe"] == "yolox"
    written = capsys.readouterr().out
    assert "note: INT8 ranges from 3 pictures: on others" in written
    assert "AP50 of model.onnx on 3 validation pictures" in written
    assert "nvinfer's are black" in written
    assert written.splitlines()[-1] == str(bundle.path)


def test_pictures_without_labels_gate_on_decibels_and_say_that_nothing_was_scored(
    file, tmp_path, names, capsys
):
    photos = toy.pictures(tmp_path / "pictures") / "images"
    words = ("--recipe", "yolox", "--labels", names, "--calibrate", photos)
    assert imported(file, tmp_path / "b", *words) == 0
    told = capsys.readouterr().out
    assert "accuracy is NOT measured: no labelled pictures" in told
    assert f"t2e evaluate {tmp_path / 'b'} --data LABELLED" in told
    assert "AP50" not in told
    report = json.loads((tmp_path / "b" / "report.json").read_text())
    assert report["quantization"]["mixed"]["trials"][-1]["sqnr"] >= 18
    assert ModelBundle.open(tmp_path / "b").provenance["gate"]["min_sqnr"] == 18


def test_few_and_broken_calibration_pictures_are_told(file, tmp_path, names, capsys):
    photos = toy.pictures(tmp_path / "pictures") / "images"
    (photos / "half.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    (photos / "._1.png").write_bytes(b"Mac OS X")
    words = ("--recipe", "yolox", "--labels", names, "--calibrate", photos)
    assert imported(file, tmp_path / "b", *words) == 0
    told = capsys.readouterr().out
    assert f"left out: {photos / 'half.jpg'}: truncated" in told
    assert "INT8 ranges from 3 pictures" in told
    assert ModelBundle.open(tmp_path / "b").provenance["calibration"]["pictures"] == 3


def test_labelled_pictures_alone_give_ranges_and_a_score_but_not_the_same_ones(
    file, tmp_path, names, capsys
):
    data = toy.pictures(tmp_path / "pictures", 5)
    words = ("--recipe", "yolox", "--labels", names, "--data", data)
    assert imported(file, tmp_path / "b", *words) == 0
    told = capsys.readouterr().out
    assert "2 of the labelled pictures give the INT8 ranges, the other 3 are scored on" in told
    assert "AP50 of model.onnx on 3 validation pictures" in told


def test_a_bundle_is_scored_later_on_a_folder_of_labelled_pictures(file, tmp_path, names, capsys):
    words = ("--recipe", "yolox", "--labels", names, "--precision", "fp32")
    assert imported(file, tmp_path / "b", *words) == 0
    data = toy.pictures(tmp_path / "pictures")
    command = ["evaluate", str(tmp_path / "b"), "--data", str(data), "-o", str(tmp_path / "out")]
    assert run(command) == 0
    record = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert (record["pictures"], record["split"]) == (3, "labelled")
    capsys.readouterr()
    assert run([*command, "--split", "test"]) == 2
    assert "--data takes the place of" in capsys.readouterr().err


def test_a_folder_in_parts_is_scored_on_the_part_that_was_not_learned(
    file, tmp_path, names, capsys
):
    words = ("--recipe", "yolox", "--labels", names, "--precision", "fp32")
    for part, count in (("train", 5), ("valid", 3), ("test", 2)):
        toy.pictures(tmp_path / "data" / part, count)
    assert imported(file, tmp_path / "b", *words, "--data", tmp_path / "data") == 0
    assert "of the labelled folder the train part was taken" in capsys.readouterr().out
    out = tmp_path / "out"
    command = ["evaluate", str(tmp_path / "b"), "--data", str(tmp_path / "data"), "-o", str(out)]
    assert run(command) == 0
    assert "scored on the test part" in capsys.readouterr().err
    record = json.loads((out / "evaluation.json").read_text())
    assert (record["pictures"], record["split"]) == (2, "test")


def test_the_bundles_boxes_are_the_files_own(file, tmp_path, names):
    bundle = bundle_of(file, tmp_path, names, "--precision", "fp32")
    frame = bundle.contract.input
    batch = np.random.default_rng(3).uniform(0, 255, (2, 3, toy.SIDE, toy.SIDE)).astype(np.float32)
    found = open_predictor(bundle.path, "exact").predictor(batch)
    head = heads.load("yolox")
    sized = heads.HeadPlan(frame.width, frame.height, dict(head.DEFAULTS))
    raw = head.reference(outputs_of(onnx.load(str(file)), batch), sized)
    wanted = parity.select(raw, ListPlan(300))
    assert parity.selection(list(found.values()), wanted, (toy.SIDE, toy.SIDE)) < 1e-4


def test_a_batch_is_its_pictures_one_by_one(file, tmp_path, names):
    bundle = bundle_of(file, tmp_path, names, "--precision", "fp32")
    predictor = open_predictor(bundle.path, "onnxruntime").predictor
    batch = np.random.default_rng(3).uniform(0, 255, (3, 3, toy.SIDE, toy.SIDE)).astype(np.float32)
    together = predictor(batch)["detection_scores"]
    alone = [predictor(one[None])["detection_scores"][0] for one in batch]
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_a_std_for_each_channel_goes_into_the_first_conv(file, tmp_path, names):
    words = ("--precision", "fp32", "--std", "50,60,70", "--mean", "1,2,3")
    bundle = bundle_of(file, tmp_path, names, *words)
    assert bundle.contract.input.scale == pytest.approx(1 / 60)
    assert bundle.contract.input.offsets == (1, 2, 3)
    ops = [node.op_type for node in onnx.load(str(bundle.file("model"))).graph.node]
    assert ops[0] == "Conv"


def test_the_plugin_stands_in_files_of_its_own_with_float_outputs(file, tmp_path, names, capsys):
    bundle = bundle_of(file, tmp_path, names, "--nms", "efficient", "--precision", "fp16")
    model = onnx.load(str(bundle.file("model_nms")))
    plugin = next(node for node in model.graph.node if node.op_type == "EfficientNMS_TRT")
    producers = {name: node.op_type for node in model.graph.node for name in node.output}
    assert (plugin.domain, len(plugin.output)) == ("TRT", 4)
    assert producers["num_detections"] == producers["detection_classes"] == "Cast"
    assert {one.type.tensor_type.elem_type for one in model.graph.output} == {1}
    assert "TopK" not in producers.values()
    assert "TensorRT for RTX" in capsys.readouterr().out


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_an_app_with_nms_in_the_engine_gives_the_same_boxes_in_the_twin(
    file, tmp_path, names, precision
):
    bundle = bundle_of(file, tmp_path, names, "--nms", "efficient", "--precision", precision)
    found = []
    for nms in ("cluster", "engine"):
        place = ["--target", "t4", "--deepstream", "7.1", "--nms", nms]
        app = tmp_path / nms
        words = [str(bundle.path), "-o", str(app), *place, "--input", "rtsp://camera/1"]
        assert run(["stream", "config", *words]) == 0
        network = load(settings.read(app / "infer.txt"), engine="exact")
        size = (toy.SIDE, toy.SIDE)
        picture = np.random.default_rng(3).uniform(0, 255, (3, *size)).astype(np.float32)
        found.append(network.read(of_picture(network.model(picture[None]), 0)))
    assert "cluster-mode=4" in (tmp_path / "engine" / "infer.txt").read_text()
    graph = {"fp32": "model_fp32", "int8": "model_cached"}[precision]
    assert (tmp_path / "engine" / "model" / f"{graph}_nms.onnx").is_file()
    assert len(found[0]) > 0
    np.testing.assert_array_equal(found[0].boxes, found[1].boxes)


def test_a_dry_run_tells_and_writes_nothing(file, tmp_path, names, capsys):
    words = ("--recipe", "yolox", "--labels", names, "--dry-run", "--json")
    assert imported(file, tmp_path / "b", *words) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["contract"]["output"]["classes"] == list(toy.CLASSES)
    assert not (tmp_path / "b").exists()


def test_an_open_size_is_asked_for_and_taken(tmp_path, names, capsys):
    file = toy.write(toy.yolox(13, "side"), tmp_path / "open.onnx")
    words = ("--recipe", "yolox", "--labels", names, "--precision", "fp32")
    assert imported(file, tmp_path / "b", *words) == 2
    assert "--size WIDTHxHEIGHT" in capsys.readouterr().err
    assert imported(file, tmp_path / "b", *words, "--size", "64x32") == 0
    rigid = toy.yolox(13, "side")
    parts = [onnx.helper.make_tensor("four", 7, [4], [1, 3, 32, 32])]
    rigid.graph.initializer.extend(parts)
    rigid.graph.node.insert(
        0, onnx.helper.make_node("Reshape", [rigid.graph.input[0].name, "four"], ["fixed"])
    )
    for node in rigid.graph.node[1:]:
        node.input[:] = ["fixed" if one == rigid.graph.input[0].name else one for one in node.input]
    words = ("--recipe", "yolox", "--labels", names, "--precision", "fp32", "--size", "40x32")
    assert imported(toy.write(rigid, tmp_path / "rigid.onnx"), tmp_path / "c", *words) == 2
    assert "--size: the network does not run on 40x32" in capsys.readouterr().err
    assert ModelBundle.open(tmp_path / "b").contract.input.width == 64


def detectnet() -> onnx.ModelProto:
    net = Toy(12)
    graph = net.detector(net.input)
    graph.outputs.reverse()
    graph.inputs[0].name = "input_1:0"
    return from_graph(graph)


def test_detectnet_keeps_its_grid_under_the_names_that_nvinfer_finds(tmp_path, names):
    file = toy.write(detectnet(), tmp_path / "dn.onnx")
    words = ("--recipe", "detectnet_v2", "--labels", names, "--precision", "fp32")
    assert imported(file, tmp_path / "b", *words) == 0
    bundle = ModelBundle.open(tmp_path / "b")
    assert bundle.contract.output.parser == "detectnet_v2"
    found = open_predictor(bundle.path, "exact").predictor(
        np.zeros((1, 3, toy.SIDE, toy.SIDE), np.float32)
    )
    assert {name: one.shape[1] for name, one in found.items()} == {
        "output_cov/Sigmoid": 2,
        "output_bbox/BiasAdd": 8,
    }


def test_what_comes_after_the_raw_outputs_is_cut_off(tmp_path, names, capsys):
    model = toy.yolox(13)
    raw = model.graph.output[0].name
    boxes = onnx.helper.make_node("ReduceMax", [raw], ["best"], axes=[1])
    model.graph.node.append(boxes)
    model.graph.output[0].CopyFrom(onnx.helper.make_tensor_value_info("best", 1, [1, 1, 7]))
    file = toy.write(model, tmp_path / "long.onnx")
    words = ("--recipe", "yolox", "--labels", names, "--precision", "fp32")
    assert imported(file, tmp_path / "b", *words) == 2
    assert imported(file, tmp_path / "b", *words, "--outputs", raw + "x") == 2
    assert f"it has {raw}" in capsys.readouterr().err
    assert imported(file, tmp_path / "b", *words, "--outputs", raw) == 0


def test_every_recipe_is_whole_and_names_a_head():
    for name, text in recipe.descriptions().items():
        one = recipe.read(name)
        assert one.head in heads.names()
        assert text == one.description
        assert len(text) > 20
    assert len(recipe.labels("coco80")) == 80
