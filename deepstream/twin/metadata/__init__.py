"""What travels with a batch: NVIDIA's structures by NVIDIA's names, one noun a file.

Elements and scripts (as ``pyds``) see the same records. The lists that NVIDIA shows as linked
lists (``obj_meta_list``) are Python lists for elements (``objects``).
"""

from deepstream.twin.metadata.batch import NvDsBatchMeta
from deepstream.twin.metadata.buffer import attach, find, find_at, picture, register
from deepstream.twin.metadata.classifier import NvDsClassifierMeta, NvDsLabelInfo
from deepstream.twin.metadata.display import NvDsDisplayMeta
from deepstream.twin.metadata.enums import NvDsMetaType
from deepstream.twin.metadata.frame import NvDsFrameMeta
from deepstream.twin.metadata.objects import NvDsObjectMeta
from deepstream.twin.metadata.user import NvDsUserMeta

__all__ = [
    "NvDsBatchMeta",
    "NvDsClassifierMeta",
    "NvDsDisplayMeta",
    "NvDsFrameMeta",
    "NvDsLabelInfo",
    "NvDsMetaType",
    "NvDsObjectMeta",
    "NvDsUserMeta",
    "attach",
    "find",
    "find_at",
    "picture",
    "register",
]
