from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from exporter.quantize.belonging import (
    KEY,
    Belonging,
    calibration_digest,
    check_foreign,
    noted,
    problems,
)
from exporter.quantize.cache import CalibrationCache
from tests.exporter.toy import CONTRACT
from train2edge.bundle import ModelBundle
from train2edge.errors import InputError

CACHE = CalibrationCache({"a": 0.1, "b": 0.2}, 8502)


@pytest.fixture
def bundle(tmp_path: Path) -> ModelBundle:
    """A bundle whose graph is a file of a few bytes: only its digest matters here."""
    graph = tmp_path / "model_fp32.onnx"
    graph.write_bytes(b"graph")
    CACHE.write(tmp_path / "calibration.cache")
    note = Belonging.of(graph, CACHE, calibration_digest({"method": "mse"}, []), "8.5.2")
    files = {"model_fp32": graph.name, "calibration_cache": "calibration.cache"}
    return ModelBundle(tmp_path, "toy", "int8", CONTRACT, files, provenance={KEY: note.as_record()})


def test_the_own_cache_fits_under_any_first_line(bundle):
    own = bundle.file("calibration_cache")
    assert problems(bundle, own) == ()
    CACHE.for_version(100300).write(own)
    assert problems(bundle, own) == ()


def test_other_ranges_are_stale(bundle):
    own = bundle.file("calibration_cache")
    CalibrationCache({"a": 0.1, "b": 0.3}, 8502).write(own)
    assert [one.message.partition(":")[0] for one in problems(bundle, own)] == ["stale"]


def test_a_graph_that_was_trained_again_makes_the_cache_stale(bundle):
    bundle.file("model_fp32").write_bytes(b"another graph")
    (problem,) = problems(bundle, bundle.file("calibration_cache"))
    assert "model_fp32.onnx is not the graph" in problem.message


@pytest.mark.parametrize("note", [None, "first line for TensorRT 8.6.1", {"graph": "1"}])
def test_a_bundle_that_says_nothing_is_told(bundle, note):
    silent = replace(bundle, provenance={KEY: note})
    assert noted(silent) is None
    assert "does not say" in problems(silent, bundle.file("calibration_cache"))[0].message


def test_pictures_and_settings_make_the_calibration(tmp_path):
    picture = tmp_path / "1.jpg"
    picture.write_bytes(b"one")
    first = calibration_digest({"method": "mse"}, [picture])
    assert first != calibration_digest({"method": "max"}, [picture])
    picture.write_bytes(b"two")
    assert first != calibration_digest({"method": "mse"}, [picture])


def test_a_foreign_cache_is_held_against_the_graphs_tensors(tmp_path):
    cache = CalibrationCache({"a": 0.0, "z": 0.2}, None)
    notes = check_foreign(cache, ["a", "b"], tmp_path)
    assert [note.partition(" tensors")[0] for note in notes] == ["1", "1", "1"]
    assert "z" in notes[0] and "b" in notes[1] and "a" in notes[2]
    with pytest.raises(InputError, match="another model"):
        check_foreign(cache, ["other"], tmp_path)
