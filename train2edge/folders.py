"""Writing folders so that nobody ever sees half of one, and nothing of the user's is lost."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from train2edge.errors import InputError
from train2edge.files import umask


def check_free(path: Path, mark: str | None = None) -> None:
    """``InputError`` unless ``path`` can be written, and is absent, an empty folder or one of ours.

    ``mark`` is the file by which a folder of the same kind is known: such a one may be replaced.
    """
    _check_rights(path.absolute().parent)
    ours = mark is not None and (path / mark).is_file()
    if not path.exists() or ours or (path.is_dir() and not any(path.iterdir())):
        return
    kind = "is not empty" if path.is_dir() else "is a file"
    raise InputError(f"'{path}' {kind}", where="--out", hint="give another -o, or remove it")


def _check_rights(folder: Path) -> None:
    """Known at once, not when the work is done and there is nowhere to put it."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if not there.is_dir():
        raise InputError(f"'{there}' is a file", where="--out", hint="give another -o")
    if not os.access(there, os.W_OK | os.X_OK):
        raise InputError(f"no right to write in '{there}'", where="--out", hint="give another -o")


@contextlib.contextmanager
def building(path: Path, mark: str | None = None) -> Iterator[Path]:
    """Give a folder beside ``path`` to fill; when the block ends well it takes ``path``'s place."""
    path = path.absolute()
    check_free(path, mark)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    try:
        yield beside
        beside.chmod(0o777 & ~umask())
        _take_place(path, beside)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


@contextlib.contextmanager
def filling(path: Path) -> Iterator[Path]:
    """Give an empty folder beside ``path``; when the block ends well, what is in it goes there.

    It takes the place of what has the same name; anything else in ``path`` stays.
    """
    path = path.absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    try:
        yield beside
        path.mkdir(exist_ok=True)
        for one in sorted(beside.iterdir()):
            _clear(path / one.name)
            one.rename(path / one.name)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _clear(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _take_place(path: Path, beside: Path) -> None:
    if not path.exists():
        beside.rename(path)
        return
    old = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.old."))
    path.rename(old / path.name)
    beside.rename(path)
    shutil.rmtree(old)
