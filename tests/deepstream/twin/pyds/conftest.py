from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest


@pytest.fixture
def pyds(gstreamer: None) -> ModuleType:
    from deepstream.twin import pyds

    return pyds.make()


@pytest.fixture
def buffer(gstreamer: None) -> Any:
    """A batch of two frames, 4x2 pixels: all 10, all 20; an object in the second one."""
    from deepstream.twin.gst import Gst
    from deepstream.twin.metadata import NvDsBatchMeta, NvDsFrameMeta, attach
    from deepstream.twin.metadata.detected import detected

    made = Gst.Buffer.new()
    frames = []
    for index in range(2):
        pixels = np.full((2, 4, 4), 10 * (index + 1), np.uint8)
        made.append_memory(Gst.Buffer.new_wrapped(pixels.tobytes()).get_memory(0))
        frames.append(NvDsFrameMeta(batch_id=index, source_id=index, width=4, height=2))
    frames[1].objects.append(detected((1, 0, 2, 2), 0, "car", 0.5))
    attach(made, NvDsBatchMeta(frames=frames, surfaces=2))
    return made
