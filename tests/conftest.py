"""Fixtures for every test: where the shared data is, and a quiet, reproducible process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("T2E_SHARED", Path(__file__).parents[2] / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of third-party data beside the project; absent on a stranger's machine."""
    if not SHARED.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"{SHARED} is absent in CI")
        pytest.skip(f"third-party data is not at {SHARED}")
    return SHARED
