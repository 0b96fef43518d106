"""A tracker by overlap, with the life of a target as NVIDIA's NvMultiObjectTracker describes it.

The settings are those of the tracker's own ``.yml``: IOU's, NvSORT's, NvDCF's and NvDeepSORT's
files are read alike. What has no counterpart here is named by ``TrackerSettings.left_out``.
"""

from deepstream.twin.tracker.settings import TrackerSettings, read_settings
from deepstream.twin.tracker.similarity import iou, size_similarity
from deepstream.twin.tracker.targets import IouTracker, Past, Target

__all__ = [
    "IouTracker",
    "Past",
    "Target",
    "TrackerSettings",
    "iou",
    "read_settings",
    "size_similarity",
]
