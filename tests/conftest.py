"""Fixtures for every test: where the shared data is, and a quiet, reproducible process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from train2edge.errors import MissingError

SHARED = Path(os.environ.get("T2E_SHARED", Path(__file__).parents[2] / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of third-party data beside the project; absent on a stranger's machine."""
    if not SHARED.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"{SHARED} is absent in CI")
        pytest.skip(f"third-party data is not at {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def gstreamer() -> Iterator[None]:
    """The twin's elements: without GStreamer their tests are skipped, in CI they fail."""
    try:
        from deepstream.twin import elements, leftover

        elements.register()
    except MissingError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no GStreamer: {error.message}")
    yield
    leftover.stop()  # what a test that failed has left playing
