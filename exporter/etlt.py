"""``.etlt``, the encrypted model file of NVIDIA's TLT and TAO, through NVIDIA's own codec.

The file: a little-endian int32 N, N bytes of an input's name, the encrypted payload. N is 0 for an
ONNX payload, the only one that is of use today; otherwise it is UFF. The cipher is not public and
carries no checksum: a wrong key gives garbage without a word, so what comes out is looked at.
The codec runs in its own interpreter. Has not been run with NVIDIA's codec itself, which has no
wheel for the Python that the tests run on, but with a stand-in of the same two functions.
"""

from __future__ import annotations

import json
import os
import stat
import struct
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exporter import onnx_file
from train2edge.errors import InputError, MissingError, WorkError
from train2edge.files import digest_file, replacing

CHILD = Path(__file__).with_name("etlt_child.py")
PACKAGE = "nvidia-eff-tao-encryption"
HINT = (
    f"wheels of {PACKAGE} exist for Python 3.10 and 3.12: install it in a venv of such a Python and"
    " give --python VENV/bin/python"
)
_HEADER = struct.Struct("<i")
_LONGEST_NAME = 4096
_TIMEOUT = 600


@dataclass(frozen=True)
class Codec:
    """NVIDIA's codec in ``python``, with a ``key`` that no repr shows."""

    python: Path
    key: str

    def __repr__(self) -> str:
        return f"Codec({self.python})"


def key_of(file: Path | None, variable: str | None) -> str:
    """The key from a file that only its owner reads, or from an environment variable.

    ``-`` as the file is stdin. ``InputError`` for none, both, an empty or an open one.
    """
    if (file is None) == (variable is None):
        raise InputError("which key?", hint="one of --key-file FILE and --key-env VARIABLE")
    if variable is not None:
        key = os.environ.get(variable, "")
        return _checked(key, f"--key-env {variable}")
    assert file is not None
    if str(file) == "-":
        return _checked(sys.stdin.readline(), "stdin")
    return _checked(_private_text(file), str(file))


def decrypt(source: Path, out: Path, codec: Codec) -> Path:
    """Write the ONNX file inside ``source`` to ``out``.

    ``InputError`` for a UFF payload and for a wrong key, ``MissingError`` (exit 3) without codec.
    """
    skip = _payload(source)
    with replacing(out) as beside:
        _run(codec, "decrypt", source, beside, skip)
        try:
            onnx_file.read(beside)
        except InputError:
            raise InputError(
                "what comes out is no ONNX model: the key is wrong, or the payload is another",
                where=str(source),
            ) from None
    return out


def encrypt(source: Path, out: Path, codec: Codec) -> Path:
    """Write the ONNX file ``source`` as ``out``, after reading it back to be sure."""
    onnx_file.read(source)
    with replacing(out) as beside, tempfile.TemporaryDirectory() as folder:
        beside.write_bytes(_HEADER.pack(0))
        _run(codec, "encrypt", source, beside, 0)
        again = Path(folder) / "again.onnx"
        _run(codec, "decrypt", beside, again, _HEADER.size)
        if digest_file(again) != digest_file(source):
            raise WorkError(f"{PACKAGE} does not give back what it was given; nothing is written")
    return out


def _payload(source: Path) -> int:
    """Where the payload begins; ``InputError`` for UFF and for anything that is no .etlt."""
    with source.open("rb") as file:
        head = file.read(_HEADER.size)
        size = _HEADER.unpack(head)[0] if len(head) == _HEADER.size else -1
        name = file.read(size) if 0 < size <= _LONGEST_NAME else b""
    if not 0 <= size <= _LONGEST_NAME or len(name) != size:
        raise InputError("not an .etlt file", where=str(source))
    if size:
        raise InputError(
            f"its payload is UFF (input '{name.decode(errors='replace')}'), which no TensorRT"
            " since 10 reads and nothing converts",
            where=str(source),
            hint="NVIDIA published most of these models again as ONNX",
        )
    return _HEADER.size


def _run(codec: Codec, action: str, source: Path, target: Path, skip: int) -> None:
    order = {
        "action": action,
        "source": str(source.absolute()),
        "target": str(target.absolute()),
        "skip": skip,
        "key": codec.key,
    }
    answer = _ask(codec, order)
    if answer["status"] == "missing":
        raise MissingError(f"{codec.python} has no {PACKAGE} ({answer['message']})", hint=HINT)
    if answer["status"] != "done":
        raise WorkError(f"{PACKAGE} could not {action} {source}: {_hidden(codec, answer)}")


def _ask(codec: Codec, order: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in os.environ.items() if value != codec.key}
    try:
        done = subprocess.run(
            [str(codec.python.absolute()), str(CHILD)],
            input=json.dumps(order),
            capture_output=True,
            text=True,
            env=kept,
            timeout=_TIMEOUT,
            check=False,
        )
    except OSError as error:
        reason = f"cannot be run: {error.strerror}"
        raise InputError(reason, where=f"--python {codec.python}") from None
    except subprocess.TimeoutExpired:
        raise WorkError(f"{PACKAGE} gave no answer within {_TIMEOUT} s") from None
    try:
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer
    except (IndexError, ValueError):
        last = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        said = {"message": f"exit code {done.returncode}, last it said: {last}"}
        return {"status": "failed", "message": _hidden(codec, said)}


def _hidden(codec: Codec, answer: Mapping[str, Any]) -> str:
    """The codec's message without the key, whatever it quotes."""
    return str(answer["message"]).replace(codec.key, "***")


def _private_text(file: Path) -> str:
    try:
        mode = file.stat().st_mode
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text file"
        raise InputError(f"the key cannot be read: {reason}", where=f"--key-file {file}") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise InputError(
            f"others may read this key (mode {stat.S_IMODE(mode):o})",
            where=str(file),
            hint=f"chmod 600 {file}",
        )
    return text


def _checked(key: str, where: str) -> str:
    key = key.rstrip("\r\n")
    if not key:
        raise InputError("there is no key in it", where=where)
    if "\n" in key:
        raise InputError("a key is one line", where=where)
    return key
