"""A new folder that appears whole or not at all."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from train2edge.errors import InputError


def check_new(path: Path, where: str = "--out") -> None:
    """``InputError`` if ``path`` is there already and is not an empty folder."""
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        kind = "is not empty" if path.is_dir() else "is a file"
        raise InputError(f"'{path}' {kind}", where=where, hint="give another -o, or remove it")


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Give a folder beside ``path`` to fill; when the block ends it takes the name ``path``."""
    path = path.absolute()
    check_new(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    try:
        yield beside
        beside.chmod(path.parent.stat().st_mode & 0o777)
        if path.exists():
            path.rmdir()
        beside.rename(path)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
