"""``[class-attrs-all]`` and ``[class-attrs-N]`` of an nvinfer configuration."""

from __future__ import annotations

from dataclasses import dataclass

from train2edge.contract import ClassThresholds
from train2edge.nvinfer.frame_filter import ClassLimits
from train2edge.nvinfer.keys import key
from train2edge.nvinfer.values import integer, listed, number


@dataclass(frozen=True)
class ClassAttrs:
    """One class's values, with nvinfer's defaults; sizes in frame pixels, colours in 0..1."""

    pre_cluster_threshold: float = key(number(0), 0.2)
    post_cluster_threshold: float = key(number(0), 0.0)
    topk: int = key(integer(0), -1)  # no limit; an explicit negative is refused
    nms_iou_threshold: float = key(number(0, 1), 0.3)
    eps: float = key(number(0), 0.0)
    min_boxes: int = key(integer(0), 0, "minBoxes")
    dbscan_min_score: float = key(number(0), 0.0)
    group_threshold: int = key(integer(0), 0)
    roi_top_offset: int = key(integer(0), 0)
    roi_bottom_offset: int = key(integer(0), 0)
    detected_min_w: int = key(integer(0), 0)
    detected_min_h: int = key(integer(0), 0)
    detected_max_w: int = key(integer(0), 0)
    detected_max_h: int = key(integer(0), 0)
    border_color: tuple[float, ...] = key(listed(number(), 4), (1.0, 0.0, 0.0, 1.0))
    bg_color: tuple[float, ...] | None = key(listed(number(), 4), None)

    def thresholds(self) -> ClassThresholds:
        return ClassThresholds(
            pre_cluster=self.pre_cluster_threshold,
            operating=self.pre_cluster_threshold,
            post_cluster=self.post_cluster_threshold,
            topk=self.topk,
            nms_iou=self.nms_iou_threshold,
            eps=self.eps,
            min_boxes=self.min_boxes,
            dbscan_min_score=self.dbscan_min_score,
        )

    def limits(self) -> ClassLimits:
        return ClassLimits(
            self.roi_top_offset,
            self.roi_bottom_offset,
            self.detected_min_w,
            self.detected_min_h,
            self.detected_max_w,
            self.detected_max_h,
        )
