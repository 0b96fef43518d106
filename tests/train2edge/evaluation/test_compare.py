"""Detections of the same pictures, whoever wrote them, side by side."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.train2edge.evaluation.toys import CLASSES, PaintFinder, painted
from train2edge.datasets.sample import Sample
from train2edge.detections import FrameDetections, write_kitti
from train2edge.errors import InputError, ProblemsError
from train2edge.evaluation.compare import compare
from train2edge.evaluation.detection_sets import DetectionSet, parse_named, read_set
from train2edge.evaluation.evaluate import evaluate
from train2edge.spec.evaluation import Evaluation


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    return painted(tmp_path / "pictures")


@pytest.fixture
def evaluated(samples: list[Sample], tmp_path: Path) -> Path:
    return evaluate(PaintFinder(), samples, Evaluation()).write(tmp_path / "evaluated")


def _deepstream(source: DetectionSet, folder: Path, samples: list[Sample]) -> Path:
    """The same detections as deepstream-app would write them, and the film's frames.txt."""
    folder.mkdir()
    order = [2, 0, 3, 1]
    for number, row in enumerate(order):
        write_kitti(source.frames[row], CLASSES, folder / f"00_000_{number:06d}.txt")
    listed = folder.with_suffix(".frames")
    lines = (f"{number} {samples[row].name}\n" for number, row in enumerate(order))
    listed.write_text("".join(lines))
    return listed


def test_the_same_detections_in_three_forms_agree(
    samples: list[Sample], evaluated: Path, tmp_path: Path
) -> None:
    first = read_set("evaluation", evaluated, samples, CLASSES)
    by_name = read_set("kitti", evaluated / "kitti", samples, CLASSES)
    frames = _deepstream(first, tmp_path / "app", samples)
    app = read_set("app", tmp_path / "app", samples, CLASSES, frames=frames)
    report = compare([first, by_name, app], samples, CLASSES, average_precision="coco")
    assert {one.ap50 for one in report.scores} == {1.0}
    for other in ("kitti", "app"):
        agreement = report.agreement("evaluation", other)
        assert agreement.boxes == 6
        assert set(agreement.matched.values()) == {1.0}
        assert agreement.mean_iou == pytest.approx(1.0, abs=1e-5)


def test_agreement_counts_what_moved_and_what_went(samples: list[Sample]) -> None:
    first = _labels_as_detections("first", samples, 0.9)
    frames = list(first.frames)
    frames[0] = replace(frames[0], boxes=frames[0].boxes + np.float32([9, 0, 9, 0]))
    frames[1] = FrameDetections.empty("p1.png")
    second = DetectionSet("second", Path(), tuple(frames))
    report = compare([first, second], samples, CLASSES, average_precision="coco")
    one, back = report.agreement("first", "second"), report.agreement("second", "first")
    assert (one.boxes, back.boxes) == (6, 5)
    assert one.matched[0.5] == pytest.approx(5 / 6)
    assert one.matched[0.9] == pytest.approx(3 / 6)
    assert back.matched[0.5] == 1.0
    assert one.mean_score_difference == pytest.approx(0)


def test_the_floor_is_for_the_first_set_only(samples: list[Sample]) -> None:
    strong, weak = (
        _labels_as_detections("strong", samples, 0.35),
        _labels_as_detections("weak", samples, 0.25),
    )
    report = compare([strong, weak], samples, CLASSES, average_precision="coco", floor=0.3)
    assert report.agreement("strong", "weak").matched[0.9] == 1.0
    assert report.agreement("strong", "weak").mean_score_difference == pytest.approx(0.1)
    nothing = report.agreement("weak", "strong")
    assert (nothing.boxes, nothing.matched[0.5], nothing.mean_iou) == (0, None, None)


def test_report_is_written_and_printed(
    samples: list[Sample], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sets = [_labels_as_detections(label, samples, 0.9) for label in ("one", "<two>")]
    report = compare(sets, samples, CLASSES, average_precision="sample")
    out = report.write(tmp_path / "out")
    record = json.loads((out / "compare.json").read_text())
    assert [one["label"] for one in record["sets"]] == ["one", "<two>"]
    assert record["agreement"][0]["matched"] == {"0.5": 1.0, "0.75": 1.0, "0.9": 1.0}
    page = (out / "compare.html").read_text()
    assert "&lt;two&gt;" in page and "<two>" not in page
    report.print()
    assert "+0.000" in capsys.readouterr().out


def test_a_table_in_a_file_is_whole(
    samples: list[Sample], capsys: pytest.CaptureFixture[str]
) -> None:
    label = "a label of so many words that eighty columns cannot hold it beside the figures"
    sets = [_labels_as_detections(one, samples, 0.9) for one in (label, f"{label} again")]
    compare(sets, samples, CLASSES, average_precision="coco").print()
    told = capsys.readouterr().out
    assert "…" not in told and f"{label} again" in told


def test_film_of_fitted_pictures_is_unfitted(samples: list[Sample], tmp_path: Path) -> None:
    first = _labels_as_detections("first", samples, 0.9)
    half = tuple(replace(one, boxes=one.boxes / 2) for one in first.frames)
    frames = _deepstream(replace(first, frames=half), tmp_path / "app", samples)
    found = read_set("app", tmp_path / "app", samples, CLASSES, frames=frames, film=(160, 120))
    for one, other in zip(found.frames, first.frames, strict=True):
        np.testing.assert_allclose(one.boxes, other.boxes, atol=1e-4)


def test_missing_pictures_are_told(samples: list[Sample], evaluated: Path) -> None:
    (evaluated / "kitti" / "p2.txt").unlink()
    with pytest.raises(InputError, match=r"app: nothing is written of 1 of 4 pictures.*p2\.png"):
        read_set("app", evaluated / "kitti", samples, CLASSES)


def test_frames_of_deepstream_need_their_list(samples: list[Sample], tmp_path: Path) -> None:
    first = _labels_as_detections("first", samples, 0.9)
    frames = _deepstream(first, tmp_path / "app", samples)
    with pytest.raises(InputError, match="named after no picture") as told:
        read_set("app", tmp_path / "app", samples, CLASSES)
    assert "--frames" in str(told.value)
    frames.write_text("0 p0.png\none p1.png\n")
    with pytest.raises(InputError, match=r"frames:2: expected '1 NAME'"):
        read_set("app", tmp_path / "app", samples, CLASSES, frames=frames)


def test_two_streams_are_no_film(samples: list[Sample], tmp_path: Path) -> None:
    first = _labels_as_detections("first", samples, 0.9)
    frames = _deepstream(first, tmp_path / "app", samples)
    write_kitti(first.frames[0], CLASSES, tmp_path / "app" / "00_001_000000.txt")
    with pytest.raises(InputError, match="holds 2 streams"):
        read_set("app", tmp_path / "app", samples, CLASSES, frames=frames)


def test_what_holds_no_detections(samples: list[Sample], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no KITTI files"):
        read_set("x", tmp_path, samples, CLASSES)
    (tmp_path / "notes.md").write_text("")
    with pytest.raises(InputError, match="neither an evaluation nor a folder"):
        read_set("x", tmp_path / "notes.md", samples, CLASSES)
    with pytest.raises(InputError, match="nothing to compare"):
        compare([], samples, CLASSES, average_precision="coco")


def test_labels_and_paths(tmp_path: Path) -> None:
    assert parse_named([f"pruned, retrained={tmp_path}"]) == {"pruned, retrained": tmp_path}
    with pytest.raises(ProblemsError) as told:
        parse_named(["nothing", f"a={tmp_path}", f"a={tmp_path}", "b=/no/such/place"])
    text = str(told.value)
    assert "expected LABEL=PATH" in text
    assert "called 'a' already" in text
    assert "/no/such/place does not exist" in text


def _labels_as_detections(label: str, samples: list[Sample], value: float) -> DetectionSet:
    frames = tuple(
        FrameDetections(
            one.name, one.boxes, np.full(len(one.boxes), value, np.float32), one.class_ids
        )
        for one in samples
    )
    return DetectionSet(label, Path(label), frames)
