"""Most of the twin needs GStreamer: without it its tests are skipped, in CI they fail."""

from __future__ import annotations

import os

import pytest

from train2edge.errors import MissingError


@pytest.fixture(scope="session")
def gstreamer() -> None:
    try:
        from deepstream.twin import elements

        elements.register()
    except MissingError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no GStreamer: {error.message}")
