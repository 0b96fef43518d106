"""What is wrong with an import is told in one line, and nothing is left."""

from __future__ import annotations

import onnx
import pytest

from tests.exporter.imports import toy
from tests.exporter.imports.importing import bundle_of, imported


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--recipe", "none"], "no import recipe 'none'"),
        (["--recipe", "yolox"], "the network has 2 classes, there are 80 names"),
        (["--recipe", "nanodet"], "this head has for each of 3 levels"),
        (["--recipe", "yolox", "--labels", "NAMES"], "INT8 needs pictures"),
        (["--recipe", "yolox", "--labels", "NAMES", "--size", "64x64"], "takes 32x32 alone"),
        (["--recipe", "yolox", "--labels", "NAMES", "--std", "1,2"], "2 values for 3 channels"),
        (["--recipe", "yolox", "--std", "a"], "is not numbers"),
        (
            ["--recipe", "yolox", "--precision", "fp16", "--min-sqnr", "9"],
            "--min-sqnr: of no effect",
        ),
        (
            ["--recipe", "yolox", "--precision", "fp16", "--max-drop", "9"],
            "--max-drop: of no effect",
        ),
        (["--recipe", "yolox", "--precision", "fp32", "--method", "max"], "--method: of no effect"),
        (
            ["--recipe", "yolox", "--precision", "fp32", "--pictures", "9"],
            "--pictures: of no effect",
        ),
        (["--recipe", "yolox", "--max-drop", "1"], "--max-drop: of no effect without labelled"),
        (["--recipe", "yolox", "--rows", "3841"], "TopK gives at most 3840"),
        (["--recipe", "detectnet_v2", "--rows", "9"], "no list of boxes"),
        (["--recipe", "detectnet_v2", "--nms", "efficient"], "no list of boxes for a plugin"),
        (["--recipe", "yolox", "--size", "big"], "is not WIDTHxHEIGHT"),
    ],
)
def test_what_is_wrong_is_told_in_one_line_and_nothing_is_left(
    file, tmp_path, names, capsys, words, message
):
    given = [names if one == "NAMES" else one for one in words]
    assert imported(file, tmp_path / "b", *given) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert not (tmp_path / "b").exists()


def test_more_calibration_pictures_than_there_are_are_refused_in_the_commands_own_words(
    file, tmp_path, names, capsys
):
    pictures = toy.pictures(tmp_path / "pictures")
    words = ("--recipe", "yolox", "--labels", names, "--pictures", 3)
    assert imported(file, tmp_path / "b", *words, "--data", pictures) == 2  # two are scored on
    assert "--pictures: 3 calibration pictures asked for, there are 1" in capsys.readouterr().err


def test_a_threshold_of_nothing_is_a_threshold(file, tmp_path, names):
    words = ("--precision", "fp32", "--operating", "0")
    bundle = bundle_of(file, tmp_path, names, *words)
    assert {one.operating for one in bundle.contract.output.thresholds} == {0.0}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe\x00", "not a text file"),
        (b"cat\ncat\n", "class 'cat' is named twice"),
        (b"a/b\ncat\n", "class name 'a/b'"),
        (b"\xef\xbb\xbfcat\ncat\n", "class 'cat' is named twice"),
    ],
)
def test_a_bad_label_file_is_named_with_its_line(file, tmp_path, capsys, content, message):
    labels = tmp_path / "bad.txt"
    labels.write_bytes(content)
    words = ("--recipe", "yolox", "--labels", labels, "--precision", "fp32")
    assert imported(file, tmp_path / "b", *words) == 2
    error = capsys.readouterr().err
    assert message in error
    assert str(labels) in error


def test_what_is_no_onnx_is_refused(tmp_path, names, capsys):
    file = tmp_path / "text.onnx"
    file.write_text("hello")
    assert imported(file, tmp_path / "b", "--recipe", "yolox", "--labels", names) == 2
    assert "not a whole ONNX model" in capsys.readouterr().err


def test_pictures_without_a_class_of_the_network_are_refused(file, tmp_path, capsys):
    pictures = toy.pictures(tmp_path / "pictures")
    names = toy.labels(tmp_path / "other.txt", ("cat", "cow"))
    words = ("--recipe", "yolox", "--labels", names, "--precision", "fp32", "--data", pictures)
    assert imported(file, tmp_path / "b", *words) == 2
    told = capsys.readouterr().err
    assert "no label of the pictures is a class of the network: person" in told
    assert "its classes are cat, cow;" in told


def test_two_inputs_and_other_types_are_refused(tmp_path, names, capsys):
    model = toy.yolox(13)
    model.graph.input.append(onnx.helper.make_tensor_value_info("sizes", 1, [1, 2]))
    file = toy.write(model, tmp_path / "two.onnx")
    assert imported(file, tmp_path / "b", "--recipe", "yolox", "--labels", names) == 2
    assert "2 inputs" in capsys.readouterr().err


def test_without_a_recipe_those_are_told_that_the_outputs_fit(file, tmp_path, capsys):
    assert imported(file, tmp_path / "b") == 2
    told = capsys.readouterr().err
    assert "--recipe: which family is it? Its outputs are 1x21x7" in told
    assert "its outputs fit: yolox (2 classes)" in told
    assert "nanodet" not in told


def test_a_file_that_is_quantised_already_is_refused(file, tmp_path, names, capsys):
    words = ("--recipe", "yolox", "--labels", names)
    photos = toy.pictures(tmp_path / "pictures")
    assert imported(file, tmp_path / "b", *words, "--calibrate", photos, "--data", photos) == 0
    model = onnx.load(str(tmp_path / "b" / "model.onnx"))
    del model.metadata_props[:]
    again = toy.write(model, tmp_path / "quantised.onnx")
    for precision in ("fp16", "int8"):
        assert imported(again, tmp_path / "c", *words, "--precision", precision) == 2
        told = capsys.readouterr().err
        assert "quantised already" in told and "FP32 file" in told
    assert not (tmp_path / "c").exists()
