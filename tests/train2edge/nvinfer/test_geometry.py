from __future__ import annotations

from pathlib import Path

import pytest

from tests.train2edge.nvinfer.vectors import cases, read
from train2edge.contract import InputContract
from train2edge.nvinfer.geometry import Rect, plan


@pytest.mark.parametrize("path", cases("scaling"))
def test_scales_as_nvinfer_does(path: Path) -> None:
    vector = read(path)
    meta, arrays = vector.meta, vector.arrays
    contract = InputContract(
        meta["net_width"],
        meta["net_height"],
        maintain_aspect_ratio=bool(meta["maintain_aspect_ratio"]),
        symmetric_padding=bool(meta["symmetric_padding"]),
    )
    found = plan(4000, 4000, contract, Rect(*meta["crop_rect_left_top_width_height"]))
    assert found.src == Rect(*arrays["exp_src_rect"].tolist())
    assert found.dst == Rect(*arrays["exp_dst_rect"].tolist())
    assert [found.ratio_x, found.ratio_y] == arrays["exp_scale_ratio"].tolist()
    assert [found.offset_left, found.offset_top] == arrays["exp_offset"].tolist()
