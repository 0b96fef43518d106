"""``model:`` the network: architecture, backbone, input, pretrained weights."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from train2edge.spec.section import AnyPath, Count, Section

Backbone = Literal[
    "darknet19",
    "darknet53",
    "efficientnet_b0",
    "googlenet",
    "mobilenet_v1",
    "mobilenet_v2",
    "resnet10",
    "resnet18",
    "resnet34",
    "resnet50",
    "squeezenet",
    "vgg16",
    "vgg19",
]

Normalization = Literal["imagenet", "half"]


class NetworkInput(Section):
    """The network's input, and how a frame gets there (nvinfer's own words)."""

    width: Count = Field(416, description="pixels, a multiple of 16")
    height: Count = Field(416, description="pixels, a multiple of 16")
    maintain_aspect_ratio: bool = Field(
        True, description="letterbox instead of stretching (nvinfer: maintain-aspect-ratio)"
    )
    symmetric_padding: bool = Field(
        False, description="picture in the middle of the letterbox (nvinfer: symmetric-padding)"
    )
    filter: Literal["nearest", "bilinear"] = Field(
        "bilinear", description="nvinfer: scaling-filter 0 or 1"
    )

    @field_validator("width", "height")
    @classmethod
    def _multiple_of_16(cls, value: int) -> int:
        if value % 16:
            raise ValueError(f"{value} is not a multiple of 16, the network's stride")
        return value


class Pretrained(Section):
    """First weights: a name of configs/pretrained.yaml, a file, or a URL with its sha256."""

    name: str | None = Field(None, description="a name of configs/pretrained.yaml")
    file: AnyPath | None = Field(
        None, description=".pth or .safetensors with torchvision's or timm's names"
    )
    url: str | None = Field(None, description="https URL of such a file; needs sha256")
    sha256: str | None = Field(None, description="64 hexadecimal digits, checked before loading")
    normalization: Normalization = Field(
        "imagenet",
        description="of the pictures that a file's weights know: ImageNet's mean and deviation, "
        "or half, 0.5 of each (timm's mobilenetv1); a name has its own",
    )

    @model_validator(mode="after")
    def _exactly_one(self) -> Pretrained:
        given = [key for key in ("name", "file", "url") if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of name, file, url")
        if self.url is not None and not self.url.startswith("https://"):
            raise ValueError(f"url {self.url!r} is not https")
        if self.url is not None and self.sha256 is None:
            raise ValueError("a url needs its sha256")
        if self.name is not None and self.normalization != "imagenet":
            raise ValueError(f"normalization: {self.name} has its own; it is for a file or a url")
        if self.sha256 is not None and not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise ValueError("sha256 is 64 lower-case hexadecimal digits")
        return self


class Model(Section):
    """The network."""

    architecture: Literal["detectnet_v2", "classifier"] = Field(
        "detectnet_v2",
        description="head: detectnet_v2 for detection, classifier for classification",
    )
    backbone: Backbone = Field("mobilenet_v2", description="feature extractor (t2e models list)")
    input: NetworkInput = Field(NetworkInput(), description="network input")
    pretrained: Pretrained | None = Field(
        None, description="ImageNet weights; without them training starts from random weights"
    )
    freeze_blocks: tuple[int, ...] = Field(
        (),
        description="backbone blocks whose weights stay as they are (0 = stem; docs/backbones.md "
        "has the others); not when a pruned network is retrained",
    )
    freeze_bn: bool = Field(False, description="keep BatchNorm's running statistics as they are")
    dropout: float = Field(0.0, ge=0, lt=1, description="dropout before the heads")

    @field_validator("pretrained", mode="before")
    @classmethod
    def _name_alone(cls, value: object) -> object:
        return {"name": value} if isinstance(value, str) else value
