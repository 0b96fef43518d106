"""Other looks at the same pictures: moved in the network's input, found in their own pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.train2edge.evaluation.toys import CLASSES, CONTRACT, PaintFinder, painted
from train2edge.evaluation.displaced import SHARES, Displaced, raw_looks
from train2edge.evaluation.run import decode
from train2edge.metrics.detection import score

LOOKS = 1 + len(SHARES)


def test_every_look_finds_the_boxes_where_they_are(tmp_path: Path) -> None:
    samples = painted(tmp_path)
    raws = list(raw_looks(PaintFinder(), samples, LOOKS))
    frames = [decode(raw, CONTRACT) for raw in raws]
    assert [raw.sample for raw in raws] == samples * LOOKS
    for at in range(0, len(frames), len(samples)):
        look = frames[at : at + len(samples)]
        found = score(zip(samples, look, strict=True), CLASSES, average_precision="coco")
        assert found.ap50 == 1.0
        first = look[0].boxes[look[0].class_ids == 0][0]
        np.testing.assert_allclose(first, samples[0].boxes[0], atol=2.5)


def test_every_look_is_another(tmp_path: Path) -> None:
    samples = painted(tmp_path)[:1]
    seen = [raw.outputs["input"] for raw in raw_looks(Seen(), samples, LOOKS)]
    assert len({one.tobytes() for one in seen}) == LOOKS


@pytest.mark.parametrize(("right", "down"), [(2, 1), (-2, -1), (0, 0)])
def test_the_edge_is_repeated(right: int, down: int) -> None:
    batch = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
    moved = Displaced(Seen(), right, down)(batch)["input"]
    padded = np.pad(batch, ((0, 0), (0, 0), (1, 1), (2, 2)), mode="edge")
    top, left = 1 - down, 2 - right
    np.testing.assert_array_equal(moved, padded[:, :, top : top + 4, left : left + 5])


class Seen:
    """Tells what it was shown."""

    contract = CONTRACT

    def __call__(self, batch: np.ndarray) -> dict[str, np.ndarray]:
        return {"input": batch}
