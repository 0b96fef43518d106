"""``stream:`` the DeepStream app: sources, mux, tracker, sinks; ``targets:`` where it will run."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from train2edge.spec.section import Count, Section


class Stream(Section):
    """One DeepStream application."""

    inputs: tuple[str, ...] = Field(
        (), description="videos: files, rtsp://, file:// or https:// addresses"
    )
    width: Count = Field(1280, description="nvstreammux width, pixels")
    height: Count = Field(720, description="nvstreammux height, pixels")
    batched_push_timeout: int = Field(40000, ge=-1, description="nvstreammux, microseconds")
    interval: int = Field(0, ge=0, description="batches between two inferences")
    tracker: Literal["none", "IOU", "NvSORT", "NvDCF_perf"] = Field("IOU", description="nvtracker")
    sink: Literal["file", "fake", "display", "rtsp"] = Field("file", description="where frames go")
    bitrate: Count = Field(4_000_000, description="of the encoded video, bit/s")
    kitti: bool = Field(True, description="write KITTI files, a frame each")


class Target(Section):
    """A device and the DeepStream release on it."""

    device: str = Field(description="a name of configs/targets (t2e targets)")
    deepstream: str = Field(description="DeepStream release, e.g. '7.1'")
