"""``evaluation:`` the score, and the clustering that nvinfer will do on the device."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from train2edge.spec.section import Count, Fraction, Section


class Clustering(Section):
    """nvinfer's clustering. ``auto`` values are chosen on validation, never on test."""

    mode: Literal["auto", "nms", "dbscan", "hybrid", "none"] = Field(
        "nms", description="nvinfer: cluster-mode 2, 1, 3 or 4"
    )
    nms_iou: Fraction | Literal["auto"] = Field("auto", description="nvinfer: nms-iou-threshold")
    eps: Fraction | Literal["auto"] = Field("auto", description="nvinfer: eps")
    min_boxes: Count = Field(1, description="nvinfer: minBoxes")
    dbscan_min_score: float = Field(0.0, ge=0, description="nvinfer: dbscan-min-score")
    topk: Count = Field(100, description="nvinfer: topk")
    pre_cluster: Fraction = Field(0.02, description="threshold under which nothing is scored")
    operating: Fraction | Literal["auto"] = Field(
        "auto", description="threshold of the deployed app; auto: best F1 a class on validation"
    )


class Evaluation(Section):
    """How detections are scored."""

    average_precision: Literal["coco", "integrate", "sample"] = Field(
        "coco", description="coco: 101 points; integrate: area; sample: VOC's 11 points"
    )
    iou: Fraction = Field(0.5, description="smallest IoU of a hit (COCO also reports .5:.95)")
    clustering: Clustering = Field(Clustering(), description="boxes from the grid")
    classifier_threshold: Fraction | Literal["auto"] = Field(
        "auto",
        description="classification, nvinfer's classifier-threshold: below it an object gets no "
        "label; auto: best F1 on validation",
    )
    worst_pictures: int = Field(12, ge=0, description="pictures drawn in the report")
