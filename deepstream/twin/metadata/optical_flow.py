"""What nvof would tell: a vector for each block of pixels. (The twin has no nvof.)"""

from __future__ import annotations

from typing import Any

from deepstream.twin.metadata.record import Record, anything, whole


class NvOFFlowVector(Record):
    flowx: int = whole(bits=16)
    flowy: int = whole(bits=16)


class NvDsOpticalFlowMeta(Record):
    rows: int = whole(signed=False)
    cols: int = whole(signed=False)
    mv_size: int = whole(signed=False)
    frame_num: int = whole(bits=64, signed=False)
    data: Any = anything()
    priv: Any = anything()
    reserved: Any = anything()
