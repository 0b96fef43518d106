"""From pixels to a folder of results."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.train2edge.evaluation.toys import CLASSES, CONTRACT, PaintFinder, paint, painted
from train2edge.contract import ClassThresholds, Contract
from train2edge.datasets.sample import Sample
from train2edge.detections import parse_kitti, read_json_lines
from train2edge.errors import InputError
from train2edge.evaluation.evaluate import EvaluationReport, evaluate
from train2edge.spec.evaluation import Evaluation

STRICT = tuple(ClassThresholds(operating=0.7, nms_iou=0.6) for _ in CLASSES)
CONTRACT_AT_07 = replace(CONTRACT, output=replace(CONTRACT.output, thresholds=STRICT))


@pytest.fixture
def report(tmp_path: Path) -> EvaluationReport:
    """Good boxes of 0.9 and loose ones of 0.5 beside them; the operating threshold parts them."""
    finder = PaintFinder(CONTRACT_AT_07, shrink=0.3)
    model = {"path": "runs/<toy>", "engine": "paint"}
    settings = Evaluation(average_precision="integrate")
    return evaluate(finder, painted(tmp_path / "pictures"), settings, split="test", model=model)


def test_scores_are_of_all_boxes_and_counts_of_those_shown(report: EvaluationReport) -> None:
    assert report.scores.ap == pytest.approx(1.0)
    assert [one.tp for one in report.shown] == [3, 3]
    assert [one.fp for one in report.shown] == [0, 0]
    assert {one.threshold for one in report.shown} == {0.7}
    assert sum(len(one) for one in report.found) > 6
    assert not any(one.count for one in report.mistakes)


def test_folder_holds_what_was_found(report: EvaluationReport, tmp_path: Path) -> None:
    out = report.write(tmp_path / "out")
    record = json.loads((out / "evaluation.json").read_text())
    assert record["ap50"] == report.scores.ap50
    assert record["classes"][1]["operating"]["tp"] == 3
    assert record["average_precision"] == "integrate"
    lines = list(read_json_lines(out / "detections.jsonl", CLASSES))
    for one, line in zip(report.found, lines, strict=True):
        kitti = parse_kitti(out / "kitti" / f"{Path(one.name).stem}.txt", CLASSES)
        np.testing.assert_allclose(line.boxes, one.boxes, rtol=1e-6)
        np.testing.assert_allclose(kitti.boxes, one.boxes, atol=1e-4)
        np.testing.assert_allclose(kitti.scores, one.scores, atol=1e-5)


def test_page_is_whole_and_safe(report: EvaluationReport, tmp_path: Path) -> None:
    page = (report.write(tmp_path / "out") / "report.html").read_text()
    assert "runs/&lt;toy&gt;" in page
    assert "<toy>" not in page
    assert page.count("<svg") == 1
    assert "currentColor" in page
    for loads in ('src="http', 'href="http', "@import", "<script"):
        assert loads not in page


def test_page_draws_the_worst_pictures(tmp_path: Path) -> None:
    samples = painted(tmp_path)
    wrong = replace(samples[1], class_ids=np.array([0], np.int32))
    report = evaluate(PaintFinder(), [samples[0], wrong], Evaluation())
    page = (report.write(tmp_path / "out", worst_pictures=3) / "report.html").read_text()
    assert page.count("data:image/jpeg;base64,") == 1
    assert "p1.png: 1 wrong, 1 missed" in page


def test_writing_again_leaves_nothing_old(report: EvaluationReport, tmp_path: Path) -> None:
    out = report.write(tmp_path / "out")
    (out / "kitti" / "old.txt").write_text("")
    (out / "mine.md").write_text("notes")
    report.write(out)
    assert not (out / "kitti" / "old.txt").exists()
    assert (out / "mine.md").exists()


def test_pictures_of_one_name_stay_apart(tmp_path: Path) -> None:
    samples = [paint(tmp_path / one, [[20, 30, 110, 90]], [0], "same.png") for one in "xy"]
    report = evaluate(PaintFinder(), samples, Evaluation())
    out = report.write(tmp_path / "out")
    assert sorted(path.name for path in (out / "kitti").iterdir()) == [
        "x__same.txt",
        "y__same.txt",
    ]


def test_no_pictures() -> None:
    with pytest.raises(InputError, match="no pictures to score"):
        evaluate(PaintFinder(), [], Evaluation())


@dataclass
class Blind:
    """Finds nothing."""

    contract: Contract

    def __call__(self, batch: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        output, count = self.contract.output, len(self.contract.output.classes)
        shape = (batch.shape[2] // output.stride, batch.shape[3] // output.stride)
        return {
            output.coverage: np.zeros((len(batch), count, *shape), np.float32),
            output.bbox: np.zeros((len(batch), 4 * count, *shape), np.float32),
        }


def test_a_report_on_many_classes_can_be_read(tmp_path: Path) -> None:
    names = tuple(f"class{number:02}" for number in range(40))
    output = replace(CONTRACT.output, classes=names, thresholds=(ClassThresholds(),) * 40)
    many = replace(CONTRACT, output=output)

    def sample(number: int, count: int) -> Sample:
        made = paint(tmp_path, [[20, 30, 110, 90]] * count, [0] * count, f"{number}.png")
        return replace(made, class_ids=np.full(count, number, np.int32))

    samples = [sample(number, 1 + number // 8) for number in range(16)]
    page = evaluate(Blind(many), samples, Evaluation()).write(tmp_path / "out") / "report.html"
    text = page.read_text()
    assert "24 classes are neither labelled nor found here." in text
    assert "class15" in text and "class16" not in text.partition("the whole contract")[0]
    assert "each of 40" in text
    curves = text.partition("<svg")[2].partition("</svg>")[0]
    drawn = set(re.findall(r"class\d\d", curves))
    assert len(drawn) == 7 and {"class08", "class09"} <= drawn
    assert "Of the 7 classes that have most objects, of 16." in text


def test_the_table_has_the_classes_that_are_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sample = paint(tmp_path, [[20, 30, 110, 90]], [0], "one.png")
    evaluate(PaintFinder(), [sample], Evaluation()).print()
    table = capsys.readouterr().out
    assert "car" in table and "bus" not in table
    assert "1 class is neither labelled nor found here" in table
    wrong = replace(sample, class_ids=np.asarray([1], np.int32))
    evaluate(PaintFinder(), [wrong], Evaluation()).print()
    (row,) = [one for one in capsys.readouterr().out.splitlines() if one.startswith("car")]
    objects, *_, precision, recall = row.split()[1:]
    assert (objects, precision, recall) == ("0", "0.000", "n/a")
