"""Foreign networks in FP16, and what FP16 does not hold."""

from __future__ import annotations

import numpy as np
import onnx
import onnx_graphsurgeon as gs

from exporter.onnx_file import from_graph
from exporter.quantize import fp16
from exporter.quantize.fp16_simulation import simulated
from exporter.runs import outputs_of
from tests.exporter.imports import toy
from tests.exporter.imports.importing import bundle_of, imported
from train2edge.bundle import ModelBundle


def stretched(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same network, whose first activations go up to millions and come back."""
    graph = gs.import_onnx(model)
    conv = next(one for one in graph.nodes if one.attrs.get("group") == 8)
    tensor = conv.inputs[0]
    for step, factor in enumerate((2000, 2000, 1 / 2000, 1 / 2000)):
        made, by = gs.Variable(f"stretched_{step}", np.float32), np.asarray(factor, np.float32)
        graph.nodes.append(
            gs.Node("Mul", f"stretch_{step}", {}, [tensor, gs.Constant(f"by_{step}", by)], [made])
        )
        tensor = made
    conv.inputs[0] = tensor
    return from_graph(graph)


def test_fp16_is_fp32_where_pictures_go_beyond_it(tmp_path, names, capsys):
    file = toy.write(stretched(toy.yolox()), tmp_path / "far.onnx")
    bundle = bundle_of(file, tmp_path, names, "--precision", "fp16")
    assert bundle.provenance["fp32_layers"] == ["stretch_1", "stretch_2"]
    assert "note: stretch_1 stays in FP32: FP16 ends at 65504" in capsys.readouterr().out
    batch = np.random.default_rng(3).uniform(0, 255, (2, 3, toy.SIDE, toy.SIDE)).astype(np.float32)
    half, full = (onnx.load(str(bundle.file(role))) for role in ("model", "model_fp32"))
    scores = [outputs_of(one, batch)[2] for one in (full, simulated(half))]
    np.testing.assert_allclose(*scores, atol=5e-3)
    checked = {one.what: one for one in bundle.verified}
    assert checked["FP16 against FP32 at the outputs, exact simulation"].passed
    blind, _ = fp16.to_fp16(full)
    assert not np.allclose(scores[0], outputs_of(simulated(blind), batch)[2], atol=0.05)


def test_int8_knows_what_goes_beyond_fp16(tmp_path, names, capsys):
    file = toy.write(stretched(toy.yolox()), tmp_path / "far.onnx")
    bundle = bundle_of(file, tmp_path, names, "--precision", "int8", "--allow-failed")
    assert bundle.provenance["fp32_layers"] == ["stretch_1", "stretch_2"]
    assert "2 layers go beyond FP16 (stretch_1" in capsys.readouterr().out


def test_fp16_that_goes_to_infinity_is_told_where_nothing_is_labelled(
    tmp_path, names, capsys, monkeypatch
):
    from exporter.quantize import overflow

    monkeypatch.setattr(overflow, "large_tensors", lambda model, pictures: frozenset())
    file = toy.write(stretched(toy.yolox()), tmp_path / "far.onnx")
    pictures = toy.pictures(tmp_path / "pictures") / "images"
    words = ("--recipe", "yolox", "--labels", names, "--precision", "fp16", "--calibrate", pictures)
    assert imported(file, tmp_path / "b", *words) == 1
    told = capsys.readouterr()
    table = told.out.splitlines()
    assert next(one for one in table if "FP16 against FP32" in one).endswith("FAILED")
    assert "1 of its checks failed: FP16 against FP32" in told.err
    assert ModelBundle.open(tmp_path / "b").verified  # there all the same
    assert imported(file, tmp_path / "c", *words, "--allow-failed") == 0


def test_fp16_without_pictures_says_that_nothing_was_looked_at(file, tmp_path, names, capsys):
    words = ("--recipe", "yolox", "--labels", names, "--precision", "fp16")
    assert imported(file, tmp_path / "b", *words) == 0
    assert "go beyond FP16 was not looked at" in capsys.readouterr().out
