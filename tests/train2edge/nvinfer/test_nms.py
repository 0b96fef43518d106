"""NMS against the same algorithm written plainly, box by box, in float32."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from train2edge.contract import ClassThresholds
from train2edge.nvinfer.cluster import nms
from train2edge.nvinfer.objects import Objects

F = np.float32


def shared(a: F, a_end: F, b: F, b_end: F) -> F:
    if a > b:
        a, a_end, b, b_end = b, b_end, a, a_end
    return F(0) if a_end < b else F(min(a_end, b_end) - b)


def iou(objects: Objects, one: int, other: int) -> F:
    left, top, width, height = objects.left, objects.top, objects.width, objects.height
    x = shared(left[one], left[one] + width[one], left[other], left[other] + width[other])
    y = shared(top[one], top[one] + height[one], top[other], top[other] + height[other])
    union = width[one] * height[one] + width[other] * height[other] - x * y
    return F(0) if union == 0 else F(x * y / union)


def plain(objects: Objects, chosen: ClassThresholds) -> Objects:
    order = sorted(range(len(objects)), key=lambda index: -objects.score[index])
    kept: list[int] = []
    for index in order:
        if all(iou(objects, index, other) <= F(chosen.nms_iou) for other in kept):
            kept.append(index)
    above = [index for index in kept if objects.score[index] > F(chosen.post_cluster)]
    limit = len(above) if chosen.topk < 0 else chosen.topk
    return objects.take(np.array(above[:limit], np.intp))


@st.composite
def crowds(draw: st.DrawFn) -> Objects:
    """Boxes on a coarse grid: many ties, equal boxes, touching, empty and inverted ones."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count, spread = draw(st.integers(0, 90)), draw(st.sampled_from([4, 12, 60]))
    left, top = random.integers(-2, spread, (2, count)).astype(F)
    width, height = random.integers(draw(st.sampled_from([-2, 0, 1])), 8, (2, count)).astype(F)
    score = (random.integers(0, 12, count) / F(12)).astype(F)
    return Objects(left, top, width, height, score, np.zeros(count, np.int32))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    crowds(),
    st.sampled_from([0.0, 0.25, 0.5, 1.0]),
    st.sampled_from([0.0, 0.25]),
    st.sampled_from([-1, 0, 5, 40]),
)
def test_is_the_plain_algorithm(crowd: Objects, limit: float, post: float, topk: int) -> None:
    chosen = ClassThresholds(nms_iou=limit, post_cluster=post, topk=topk)
    found, expected = nms.cluster(crowd, chosen), plain(crowd, chosen)
    for field in ("left", "top", "width", "height", "score"):
        np.testing.assert_array_equal(getattr(found, field), getattr(expected, field))
