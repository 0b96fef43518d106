"""Real DeepStream configuration files: ``T2E_CONFIGS``, or those of the shared data."""

from __future__ import annotations

import os
from pathlib import Path

from tests.conftest import SHARED

FOLDER = Path(os.environ.get("T2E_CONFIGS", SHARED / "data/deepstream_configs"))
SUFFIXES = {".txt", ".yml", ".yaml", ".csv", ".cfg", ".conf", ".pbtxt", ".prototxt", ".ini"}


def files() -> list[Path]:
    """Every configuration file below the folder, in the order of names."""
    found = FOLDER.rglob("*") if FOLDER.is_dir() else ()
    return sorted(one for one in found if one.is_file() and one.suffix in SUFFIXES)
