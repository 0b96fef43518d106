"""``stream:`` the DeepStream app: sources, mux, tracker, sinks; ``targets:`` where it will run."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from train2edge.spec.section import AnyPath, Count, Fraction, Section

NEVER = 2**31 - 1  # G_MAXINT
EVERY_CLASS = "*"


class Secondary(Section):
    """A classifier that looks at the detector's objects, one by one."""

    bundle: AnyPath = Field(description="bundle of t2e export")
    classes: tuple[str, ...] = Field(
        (), description="the detector's classes whose objects it looks at; default: all"
    )
    threshold: Fraction | None = Field(
        None, description="nvinfer's classifier-threshold; default: the bundle's"
    )
    min_width: Count | None = Field(
        None, description="narrower objects are not looked at, pixels; default: as trained"
    )
    min_height: Count | None = Field(
        None, description="lower objects are not looked at, pixels; default: as trained"
    )
    batch_size: Count = Field(16, description="objects at a time")
    async_mode: bool = Field(
        False, description="labels may come a few frames late; needs a tracker"
    )
    # nvinfer's own default is never; but an object is often cut off when it is seen first
    reinfer_interval: int = Field(
        30, ge=0, le=NEVER, description="frames after which a tracked object is looked at again"
    )


class Stream(Section):
    """One DeepStream application."""

    inputs: tuple[str, ...] = Field(
        (), description="videos: files, rtsp://, file:// or https:// addresses"
    )
    loop: bool = Field(False, description="play files again and again, until the app is stopped")
    width: Count = Field(1280, description="nvstreammux width, pixels")
    height: Count = Field(720, description="nvstreammux height, pixels")
    batched_push_timeout: int = Field(40000, ge=-1, description="nvstreammux, microseconds")
    interval: int = Field(0, ge=0, description="batches between two inferences")
    min_scores: dict[str, Fraction] = Field(
        default_factory=dict,
        description="class, or * for all -> smallest score that is shown; default: the bundle's "
        "operating threshold; not for apps that average precision is measured with",
    )
    secondaries: tuple[Secondary, ...] = Field(
        (), description="classifiers of the detector's objects"
    )
    analytics: AnyPath | None = Field(
        None, description="nvdsanalytics' file: regions, crowds, lines and directions to count by"
    )
    tracker: Literal["none", "IOU", "NvSORT", "NvDCF_perf"] = Field("IOU", description="nvtracker")
    sink: Literal["file", "fake", "display", "rtsp"] = Field("file", description="where frames go")
    rtsp_port: int = Field(
        8554, ge=1, le=65535, description="of sink rtsp: rtsp://DEVICE:PORT/ds-test"
    )
    nms: Literal["cluster", "engine"] = Field(
        "cluster",
        description="who removes overlaps: nvinfer's clustering, or EfficientNMS_TRT in the engine"
        " (a bundle of t2e models import --nms efficient)",
    )
    dla: int | None = Field(
        None, ge=0, description="DLA core of a Jetson that the detector runs on; default: its GPU"
    )
    bitrate: Count = Field(4_000_000, description="of the encoded video, bit/s")
    kitti: bool = Field(True, description="write KITTI files, a frame each")


class Target(Section):
    """A device and the DeepStream release on it."""

    device: str = Field(description="a name of configs/targets (t2e targets)")
    deepstream: str = Field(description="DeepStream release, e.g. '7.1'")
