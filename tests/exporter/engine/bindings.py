"""What TensorRT's Python API is, release by release, from the bindings that NVIDIA publishes.

The wheels hold the compiled module without TensorRT itself. Its libraries are replaced by empty
ones, the module is imported in a process of its own, and pybind11's docstrings give every
signature. Wheels and signatures are kept in a cache folder of the user; nothing is vendored.

    python -m tests.exporter.engine.bindings       # fetch them all, as scripts/install --dev does
"""

from __future__ import annotations

import functools
import json
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

PACKAGES = {
    "8.6.1": "tensorrt-bindings",
    "10.3.0": "tensorrt-cu12-bindings",
    "10.13.3.9": "tensorrt-cu12-bindings",
    "10.16.1.11": "tensorrt-cu12-bindings",
    "11.4.0.106": "tensorrt-cu13-bindings",
}
READER = Path(__file__).with_name("read_bindings.py")
SCHEMA = 2  # of the signatures' JSON: a change here reads the bindings anew
LIBRARIES = ("nvinfer", "nvinfer_plugin", "nvonnxparser", "nvparsers")
# Every function of theirs that the bindings name. They are never called.
FUNCTIONS = (
    "createInferBuilder_INTERNAL",
    "createInferRefitter_INTERNAL",
    "createInferRuntime_INTERNAL",
    "createNvOnnxParser_INTERNAL",
    "createNvOnnxParserRefitter_INTERNAL",
    "getBuilderPluginRegistry",
    "getNvOnnxParserVersion",
    "getPluginRegistry",
    "initLibNvInferPlugins",
    "_ZN11nvuffparser15createUffParserEv",
    "_ZN11nvuffparser8FieldMapC1EPKcPKvNS_9FieldTypeEi",
    "_ZN14nvcaffeparser117createCaffeParserEv",
    "_ZN14nvcaffeparser123shutdownProtobufLibraryEv",
)


class Unavailable(Exception):
    """The bindings cannot be had here; the text says why."""


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "train2edge" / "tensorrt-bindings"


@functools.cache
def book(version: str) -> dict[str, Any]:
    """The signatures of ``version``; ``Unavailable`` where they can neither be found nor made."""
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    file = cache_folder() / f"{version}-{python}-{SCHEMA}.json"
    if not file.is_file():
        text = _read(_unpacked(version, python), version)
        beside = file.with_name(f"{file.name}.{os.getpid()}")
        beside.write_text(text)
        beside.replace(file)
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def _unpacked(version: str, python: str) -> Path:
    folder = cache_folder() / f"{version}-{python}"
    if folder.is_dir():
        return folder
    beside = folder.with_name(f"{folder.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(_download(version, beside)) as wheel:
            wheel.extractall(beside)
        beside.rename(folder)
    except OSError:
        if not folder.is_dir():  # unless another process was faster
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return folder


def _download(version: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "-q"]
    command += ["--no-deps", "--only-binary=:all:", "-d", str(folder)]
    command += [f"{PACKAGES[version]}=={version}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        raise Unavailable("pip download did not answer within two minutes") from None
    wheels = list(folder.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        lines = done.stderr.strip().splitlines() or ["pip gave no reason"]
        raise Unavailable(f"pip download {PACKAGES[version]}=={version}: {lines[-1]}")
    return wheels[0]


def _read(folder: Path, version: str) -> str:
    libraries = folder / "stand-ins"
    libraries.mkdir(exist_ok=True)
    for name in LIBRARIES:
        _stand_in(libraries / f"lib{name}.so.{version.partition('.')[0]}")
    done = subprocess.run(
        [sys.executable, str(READER), str(folder)],
        capture_output=True,
        text=True,
        env={**os.environ, "LD_LIBRARY_PATH": str(libraries)},
        timeout=120,
        check=False,
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise Unavailable(f"TensorRT {version}'s bindings cannot be imported here: {lines[-1]}")
    return done.stdout


def _stand_in(path: Path) -> None:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or platform.machine() != "x86_64":
        raise Unavailable("needs a C compiler (gcc) on x86-64 for empty stand-in libraries")
    source = "".join(f"void {name}(void) {{ __builtin_trap(); }}\n" for name in FUNCTIONS)
    command = [compiler, "-shared", "-fPIC", "-nostdlib", "-x", "c", "-", "-o", str(path)]
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unavailable(f"the C compiler made no stand-in library: {done.stderr.strip()[-200:]}")


def main() -> int:
    """Fetch every release; a line for each that is not to be had, and success all the same."""
    for version in PACKAGES:
        try:
            book(version)
        except Unavailable as why:
            print(f"TensorRT {version}: its tests will be skipped, {why}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
