"""Write a bundle folder: built beside its place, renamed when it is whole."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from train2edge.bundle import is_bundle
from train2edge.errors import InputError
from train2edge.files import write_text

MODEL = "model.onnx"
MODEL_FP32 = "model_fp32.onnx"
MODEL_CPU = "model.cpu.onnx"
LABELS = "labels.txt"
CACHE = "calibration.cache"
CONTRACT = "contract.json"
REPORT = "report.json"


def check_place(out: Path) -> None:
    """``InputError`` unless ``out`` is free, empty, or a bundle that may be replaced."""
    if not out.exists() or is_bundle(out):
        return
    if not out.is_dir() or any(out.iterdir()):
        raise InputError(
            "exists and is not a bundle; it is not overwritten",
            where=str(out),
            hint="choose another -o, or remove it",
        )


@contextlib.contextmanager
def building(out: Path) -> Iterator[Path]:
    """Give a folder beside ``out`` to fill; when the block succeeds it takes ``out``'s place."""
    check_place(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    try:
        yield beside
        beside.chmod(0o755)
        _replace(out, beside)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _replace(out: Path, beside: Path) -> None:
    if not out.exists():
        beside.rename(out)
        return
    old = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}.old."))
    out.rename(old / out.name)
    beside.rename(out)
    shutil.rmtree(old)


def write_labels(path: Path, classes: tuple[str, ...]) -> None:
    """One class a line, LF: nvinfer splits rows at ';' and keeps a carriage return."""
    write_text(path, "".join(f"{name}\n" for name in classes))
