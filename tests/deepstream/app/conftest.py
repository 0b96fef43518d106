from __future__ import annotations

from tests.deepstream.twin.pyds.conftest import buffer, pyds

__all__ = ["buffer", "pyds"]
