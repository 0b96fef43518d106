"""The frames of a batch, and what a buffer carries."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from numpy.typing import NDArray

from deepstream.twin.metadata.base_meta import Meta
from deepstream.twin.metadata.enums import NvDsMetaType
from deepstream.twin.metadata.frame import NvDsFrameMeta
from deepstream.twin.metadata.lists import GList
from deepstream.twin.metadata.pool import NvDsMetaPool
from deepstream.twin.metadata.record import numbers, part, whole
from deepstream.twin.metadata.user import NvDsUserMeta


class NvDsBatchMeta(Meta):
    """``frames`` and ``users`` are the lists that ``..._meta_list`` shows.

    ``surfaces``, the twin's own, is the number of pictures (memories) in the buffer.
    """

    kind = NvDsMetaType.NVDS_BATCH_META

    max_frames_in_batch: int = whole(signed=False)
    misc_batch_info: NDArray[Any] = numbers(4)
    reserved: NDArray[Any] = numbers(4)
    surfaces: int = whole(signed=False)
    frames: list[NvDsFrameMeta] = part(list)
    users: list[NvDsUserMeta] = part(list)

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.belongs_to(self)

    @property
    def num_frames_in_batch(self) -> int:
        return len(self.frames)

    @property
    def frame_meta_list(self) -> GList[NvDsFrameMeta] | None:
        return self.shown(self.frames)

    @property
    def batch_user_meta_list(self) -> GList[NvDsUserMeta] | None:
        return self.shown(self.users)

    @property
    def meta_mutex(self) -> Any:
        mutex = self.__dict__.get("_mutex")
        return mutex or self.__dict__.setdefault("_mutex", threading.RLock())

    @property
    def frame_meta_pool(self) -> NvDsMetaPool:
        return NvDsMetaPool(meta_type=NvDsMetaType.NVDS_FRAME_META)

    @property
    def obj_meta_pool(self) -> NvDsMetaPool:
        return NvDsMetaPool(meta_type=NvDsMetaType.NVDS_OBJ_META)

    @property
    def classifier_meta_pool(self) -> NvDsMetaPool:
        return NvDsMetaPool(meta_type=NvDsMetaType.NVDS_CLASSIFIER_META)

    @property
    def display_meta_pool(self) -> NvDsMetaPool:
        return NvDsMetaPool(meta_type=NvDsMetaType.NVDS_DISPLAY_META)

    @property
    def user_meta_pool(self) -> NvDsMetaPool:
        return NvDsMetaPool(meta_type=NvDsMetaType.NVDS_USER_META)

    @property
    def label_info_meta_pool(self) -> NvDsMetaPool:
        return NvDsMetaPool(meta_type=NvDsMetaType.NVDS_LABEL_INFO_META)

    def copy(self) -> NvDsBatchMeta:
        """The same again, to be changed apart (boxes of a tile are not those of the frame)."""
        twin: NvDsBatchMeta = super().copy()
        twin.__dict__.pop("_mutex", None)
        twin.belongs_to(twin)
        return twin

    def all_users(self) -> Iterator[NvDsUserMeta]:
        """Every user metadata of the batch, of its frames and of their objects."""
        yield from self.users
        for frame in self.frames:
            yield from frame.users
            for one in frame.objects:
                yield from one.users

    def clear(self) -> None:
        """Release all user metadata and forget the frames."""
        for one in self.all_users():
            one.release()
        self.frames, self.users = [], []

    def __del__(self) -> None:
        for one in self.all_users():
            one.release()
