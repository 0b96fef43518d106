"""What an engine was built by, on what and from what: a JSON file beside it.

An engine runs only on the TensorRT and the GPU that built it, and its boxes mean something only
with the contract of the bundle that it came from. Whoever loads one asks here first.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from exporter.engine.memory import Gpu
from exporter.engine.plan import EnginePlan
from train2edge.bundle import MANIFEST, ModelBundle
from train2edge.contract import Contract
from train2edge.errors import InputError, Problem, ProblemsError
from train2edge.files import digest_file, write_json

SCHEMA = 2


@dataclass(frozen=True)
class EngineRecord:
    """sha256 each: ``engine``, ``bundle`` of the bundle's manifest, ``cache`` of the calibration
    cache that gave the ranges, the bundle's or another."""

    tensorrt: str
    gpu: str
    capability: str
    engine: str
    plan: str
    bundle: str
    target: str
    precision: str
    batch: int
    dla: int | None
    cache: str | None
    contract: Contract

    def as_record(self) -> dict[str, Any]:
        return {"schema": SCHEMA, **asdict(self), "contract": json.loads(self.contract.to_json())}


def path_of(engine: Path) -> Path:
    return engine.with_name(f"{engine.name}.json")


def write(engine: Path, plan: EnginePlan, bundle: ModelBundle, tensorrt: str, gpu: Gpu) -> Path:
    """Note beside ``engine`` what it was just built by."""
    record = EngineRecord(
        tensorrt=tensorrt,
        gpu=gpu.name,
        capability=gpu.capability,
        engine=digest_file(engine),
        plan=plan.digest,
        bundle=digest_file(bundle.path / MANIFEST),
        target=plan.target,
        precision=plan.precision,
        batch=plan.batch,
        dla=plan.dla,
        cache=_cache(plan, bundle),
        contract=bundle.contract.with_nms_inside() if plan.nms_inside else bundle.contract,
    )
    write_json(path_of(engine), record.as_record())
    return path_of(engine)


def read(engine: Path) -> EngineRecord:
    """The record beside ``engine``; ``InputError`` without one or where it is something else."""
    file = path_of(engine)
    if not file.is_file():
        raise InputError(
            "nothing says what this engine was built from",
            where=str(file),
            hint="t2e engine BUNDLE --target NAME --build writes both; trtexec and nvinfer do not",
        )
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        if data.pop("schema") != SCHEMA:
            raise InputError("written by another version of train2edge", where=str(file))
        contract = Contract.from_json(json.dumps(data.pop("contract")), where=str(file))
        return EngineRecord(contract=contract, **data)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"not an engine's record: {error!r}", where=str(file)) from None


def check(
    engine: Path,
    record: EngineRecord,
    tensorrt: str,
    gpu: Gpu,
    wanted: tuple[EnginePlan, ModelBundle] | None = None,
) -> None:
    """``ProblemsError`` with every mismatch; an engine is never loaded in spite of one.

    ``wanted`` is what the engine should have been built by and from, where that is known; else it
    is the bundle that it lies in, if it lies in one.
    """
    where = str(engine)
    problems = []
    if wanted is not None and wanted[0].digest != record.plan:
        problems.append(Problem(where, "built by another plan: other options, target or release"))
    if wanted is not None and _cache(*wanted) != record.cache:
        problems.append(Problem(where, "built with another calibration cache"))
    if digest_file(engine) != record.engine:
        problems.append(Problem(where, "changed since its record was written"))
    if tensorrt != record.tensorrt:
        problems.append(Problem(where, f"built by TensorRT {record.tensorrt}, here is {tensorrt}"))
    if (gpu.name, gpu.capability) != (record.gpu, record.capability):
        built = f"built on {record.gpu} (compute capability {record.capability})"
        problems.append(Problem(where, f"{built}, here is {gpu.name} ({gpu.capability})"))
    manifest = (wanted[1].path if wanted else engine.parent) / MANIFEST
    if manifest.is_file() and digest_file(manifest) != record.bundle:
        problems.append(Problem(where, "the bundle was written anew since this engine was built"))
    if problems:
        last = problems[-1]
        hint = "build it here: t2e engine BUNDLE --target NAME --build"
        raise ProblemsError([*problems[:-1], Problem(last.where, last.message, hint)])


def _cache(plan: EnginePlan, bundle: ModelBundle) -> str | None:
    return digest_file(bundle.path / plan.cache) if plan.cache else None
