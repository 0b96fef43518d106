"""To which graph and which calibration a calibration cache belongs, and whether it still does.

TensorRT takes any cache whose names it finds: ranges of an older training are used without a
word, and a tensor that is missing is computed in floating point. The bundle therefore notes what
its cache was made from, and whoever uses the cache asks first.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from exporter.quantize.cache import CalibrationCache, read
from train2edge.bundle import ModelBundle
from train2edge.errors import InputError, Problem
from train2edge.files import digest_file

KEY = "calibration_cache"  # in the bundle's provenance
_SHOWN = 3


@dataclass(frozen=True)
class Belonging:
    """sha256 each: ``graph`` of the float file, ``scales`` of the cache without its first line.

    ``calibration`` is the sha256 of the settings and of the pictures that ranges were taken from.
    """

    graph: str
    scales: str
    calibration: str
    tensorrt: str

    @classmethod
    def of(cls, graph: Path, cache: CalibrationCache, calibration: str, tensorrt: str) -> Belonging:
        return cls(digest_file(graph), cache.digest, calibration, tensorrt)

    def as_record(self) -> dict[str, str]:
        return asdict(self)


def calibration_digest(settings: Mapping[str, Any], pictures: Iterable[Path]) -> str:
    """sha256 of the settings and of every picture's bytes, in order."""
    total = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for picture in pictures:
        total.update(bytes.fromhex(digest_file(picture)))
    return total.hexdigest()


def noted(bundle: ModelBundle) -> Belonging | None:
    """What the bundle says its cache belongs to; ``None`` where it says nothing that is whole."""
    note = bundle.provenance.get(KEY)
    if not isinstance(note, Mapping):
        return None
    try:
        return Belonging(**note)
    except TypeError:
        return None


def problems(bundle: ModelBundle, path: Path) -> tuple[Problem, ...]:
    """Why the cache ``path`` is not that of the bundle's graph; nothing when it is."""
    where, belonging = str(path), noted(bundle)
    if belonging is None:
        said = "the bundle does not say which graph and calibration this cache belongs to"
        return (Problem(where, said, "export the model again"),)
    found = []
    if read(path).digest != belonging.scales:
        said = "stale: not the ranges that this bundle was calibrated with"
        found.append(Problem(where, said, "take the bundle's own, or export again"))
    graph = bundle.file(bundle.cache_role)
    if digest_file(graph) != belonging.graph:
        said = f"stale: {graph.name} is not the graph that it was calibrated on"
        found.append(Problem(where, said, "export the model again"))
    return tuple(found)


def check_foreign(cache: CalibrationCache, tensors: Iterable[str], where: Path) -> tuple[str, ...]:
    """Notes on a cache from elsewhere; ``InputError`` when it names none of the graph's tensors."""
    names = set(tensors)
    known = [name for name in cache.scales if name in names]
    if not known:
        raise InputError(
            f"none of its {len(cache.scales)} tensors is in the graph (e.g. {_some(cache.scales)})",
            where=str(where),
            hint="it belongs to another model; TensorRT would compute everything in float",
        )
    notes = []
    if strange := [name for name in cache.scales if name not in names]:
        notes.append(f"{len(strange)} tensors of the cache are not in the graph: {_some(strange)}")
    if missing := sorted(names - set(cache.scales)):
        notes.append(f"{len(missing)} tensors have no range and stay in float: {_some(missing)}")
    if zero := [name for name, scale in cache.scales.items() if scale == 0]:
        notes.append(f"{len(zero)} tensors were always zero when calibrated: {_some(zero)}")
    return tuple(notes)


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return ", ".join(listed[:_SHOWN]) + more
