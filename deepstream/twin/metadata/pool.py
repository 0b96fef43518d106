"""NVIDIA's pools of metadata. The twin's never run dry: what is asked for is made."""

from __future__ import annotations

from typing import Any

from deepstream.twin.metadata.enums import NvDsMetaType
from deepstream.twin.metadata.record import Record, anything, choice, whole


class NvDsMetaPool(Record):
    meta_type: NvDsMetaType = choice(NvDsMetaType, NvDsMetaType.NVDS_INVALID_META)
    max_elements_in_pool: int = whole(signed=False)
    element_size: int = whole(signed=False)
    num_empty_elements: int = whole(signed=False)
    num_full_elements: int = whole(signed=False)
    empty_list: Any = anything()
    full_list: Any = anything()


class NvDsMeta(Record):
    """Metadata of a kind of its own on a buffer."""

    meta: Any = anything()
    meta_data: Any = anything()
    user_data: Any = anything()
    meta_type: int = whole()
