from __future__ import annotations

from tests.deepstream.twin.conftest import gstreamer
from tests.deepstream.twin.pyds.conftest import buffer, pyds

__all__ = ["buffer", "gstreamer", "pyds"]
