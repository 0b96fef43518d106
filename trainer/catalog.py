"""Pretrained weights that are known by name: ``configs/pretrained.yaml``."""

from __future__ import annotations

import importlib.resources
from pathlib import PurePosixPath
from typing import Annotated
from urllib.parse import urlsplit

import yaml
from pydantic import Field, TypeAdapter, model_validator

from train2edge.spec.model import Normalization
from train2edge.spec.section import Section


class _Weights(Section):
    backbone: str
    description: str
    megabytes: float
    license: str
    normalization: Normalization = "imagenet"


class PackageEntry(_Weights):
    """A member of a package's wheel, and the member's sha256."""

    package: str
    version: str
    member: str
    sha256: str


class UrlEntry(_Weights):
    """A published file whose name carries the beginning of its sha256, which is all that
    is known of it."""

    url: str
    sha256_begins: Annotated[str, Field(pattern="^[0-9a-f]{8}$")]

    @model_validator(mode="after")
    def _as_its_name_says(self) -> UrlEntry:
        if not self.url.startswith("https://"):
            raise ValueError(f"url {self.url!r} is not https")
        if not PurePosixPath(self.file).stem.endswith(f"-{self.sha256_begins}"):
            raise ValueError(f"{self.file} does not end in -{self.sha256_begins}")
        return self

    @property
    def file(self) -> str:
        return PurePosixPath(urlsplit(self.url).path).name


Entry = PackageEntry | UrlEntry


def catalog() -> dict[str, Entry]:
    """Every entry by its name."""
    text = (importlib.resources.files("configs") / "pretrained.yaml").read_text(encoding="utf-8")
    return TypeAdapter(dict[str, Entry]).validate_python(yaml.safe_load(text))
