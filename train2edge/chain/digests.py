"""Content digests of inputs and products, remembered by size and time of change, as git does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from train2edge.files import digest_file, write_json


@dataclass
class DigestCache:
    """sha256 of files and folders; a file is read again only when its size or time changed."""

    path: Path
    known: dict[str, tuple[int, int, str]] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path) -> DigestCache:
        try:
            data = json.loads(path.read_text())
            return cls(path, {name: (one[0], one[1], one[2]) for name, one in data.items()})
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return cls(path)  # a cache: what is missing or spoilt is computed again

    def save(self) -> None:
        write_json(self.path, self.known)

    def of(self, paths: Iterable[Path]) -> str:
        """One digest over names and contents of files and, recursively, of folders."""
        total = hashlib.sha256()
        for path in paths:
            for name, file in _files(path):
                total.update(f"{name}\0{self._file(file)}\n".encode())
        return total.hexdigest()

    def _file(self, path: Path) -> str:
        status = path.stat()
        key = str(path.resolve())
        size, changed, digest = self.known.get(key, (-1, -1, ""))
        if (size, changed) != (status.st_size, status.st_mtime_ns):
            digest = digest_file(path)
            self.known[key] = (status.st_size, status.st_mtime_ns, digest)
        return digest


def _files(path: Path) -> Iterator[tuple[str, Path]]:
    if path.is_file():
        yield path.name, path
        return
    for file in sorted(one for one in path.rglob("*") if one.is_file()):
        yield str(file.relative_to(path)), file
