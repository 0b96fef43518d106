"""The bundle: an exported model as a folder that says what it is and proves that it is whole.

``manifest.json`` carries the schema version, the contract, precision, provenance, what was
verified with which figure, and the sha256 of every other file. Reading it needs neither torch
nor onnx. Files have roles: ``model`` (the precision asked for), ``model_fp32``, ``labels``,
``calibration_cache``, ``model_cached`` (``model_fp32`` with the biases that its ranges want),
``model_cpu`` (a copy for CPUs whose int8 kernels saturate).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from train2edge.contract import Contract
from train2edge.errors import InputError, Problem, ProblemsError
from train2edge.files import digest_file, write_json

SCHEMA = 1
MANIFEST = "manifest.json"
Precision = Literal["fp32", "fp16", "int8"]


@dataclass(frozen=True)
class Verified:
    """One thing that was checked: ``what``, the ``figure`` seen, and whether it is good enough."""

    what: str
    figure: str
    passed: bool = True


@dataclass(frozen=True)
class ModelBundle:
    """An exported folder. ``files`` maps a role to a file name inside ``path``."""

    path: Path
    name: str
    precision: Precision
    contract: Contract
    files: Mapping[str, str]
    verified: tuple[Verified, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def labels(self) -> tuple[str, ...]:
        return self.contract.output.classes

    def file(self, role: str) -> Path:
        """Path of the file with this role; ``InputError`` when the bundle has none."""
        if role not in self.files:
            raise InputError(
                f"the bundle has no {role} file, only {', '.join(sorted(self.files))}",
                where=str(self.path),
                hint="export it again with the precision that writes it",
            )
        return self.path / self.files[role]

    def has(self, role: str) -> bool:
        return role in self.files

    def check_batch(self, batch: int) -> None:
        """``InputError`` where ``batch`` frames at once are more than the graph is written for."""
        if batch > 1 and not self.provenance.get("dynamic_batch", True):
            raise InputError(
                f"{batch} frames at once are asked of a network that was exported for 1",
                where=str(self.path),
                hint="export it with --set export.dynamic_batch=true",
            )

    @property
    def beyond_fp16(self) -> tuple[str, ...]:
        """The layers whose values FP16 does not hold: an FP16 bundle leaves them in FP32."""
        return tuple(self.provenance.get("fp32_layers", ()))

    @property
    def cache_role(self) -> str:
        """Of the float graph that the calibration cache is for."""
        return "model_cached" if self.has("model_cached") else "model_fp32"

    def write_manifest(self) -> Path:
        """Write ``manifest.json`` with the digests of the files as they are now."""
        manifest = self.path / MANIFEST
        write_json(
            manifest,
            {
                "schema": SCHEMA,
                "name": self.name,
                "precision": self.precision,
                "contract": json.loads(self.contract.to_json()),
                "files": dict(self.files),
                "sha256": {name: digest_file(self.path / name) for name in self.files.values()},
                "verified": [vars(one) for one in self.verified],
                "provenance": dict(self.provenance),
            },
        )
        return manifest

    @classmethod
    def open(cls, path: Path, *, check_digests: bool = True) -> ModelBundle:
        """Read a bundle folder; every missing or changed file is told at once."""
        manifest = Path(path) / MANIFEST
        if not manifest.is_file():
            raise InputError(
                "not a bundle: it has no manifest.json",
                where=str(path),
                hint="t2e export RUN -o BUNDLE writes one",
            )
        data = _read(manifest)
        bundle = _from_manifest(Path(path), data, manifest)
        if check_digests:
            _check_files(bundle, data["sha256"])
        return bundle


def is_bundle(path: Path) -> bool:
    return (Path(path) / MANIFEST).is_file()


def _read(manifest: Path) -> dict[str, Any]:
    try:
        data = json.loads(manifest.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"not JSON: {error}", where=str(manifest)) from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        found = data.get("schema") if isinstance(data, dict) else None
        raise InputError(
            f"manifest schema {found!r}, this version reads {SCHEMA}",
            where=str(manifest),
            hint="export the model again",
        )
    return data


def _from_manifest(path: Path, data: dict[str, Any], manifest: Path) -> ModelBundle:
    try:
        if data["precision"] not in get_args(Precision):
            raise InputError(f"unknown precision {data['precision']!r}", where=str(manifest))
        for name in data["files"].values():
            if Path(name).name != name:
                raise InputError(f"file {name!r} is not inside the bundle", where=str(manifest))
        return ModelBundle(
            path=path,
            name=data["name"],
            precision=data["precision"],
            contract=Contract.from_json(json.dumps(data["contract"]), where=str(manifest)),
            files=dict(data["files"]),
            verified=tuple(Verified(**one) for one in data["verified"]),
            provenance=dict(data["provenance"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"not a bundle manifest: {error!r}", where=str(manifest)) from None


def _check_files(bundle: ModelBundle, digests: Mapping[str, str]) -> None:
    problems = []
    for name in bundle.files.values():
        file = bundle.path / name
        if not file.is_file():
            problems.append(Problem(str(file), "named in the manifest but missing"))
        elif digests.get(name) != digest_file(file):
            problems.append(
                Problem(str(file), "changed since the bundle was written", "export it again")
            )
    if problems:
        raise ProblemsError(problems)
