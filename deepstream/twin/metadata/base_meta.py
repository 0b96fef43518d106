"""What every structure of a batch begins with: its kind, and the batch it belongs to."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, ClassVar

from deepstream.twin.metadata.enums import NvDsMetaType
from deepstream.twin.metadata.lists import GList, first
from deepstream.twin.metadata.record import Record, anything, choice

if TYPE_CHECKING:
    from deepstream.twin.metadata.batch import NvDsBatchMeta


class NvDsBaseMeta(Record):
    meta_type: NvDsMetaType = choice(NvDsMetaType, NvDsMetaType.NVDS_INVALID_META)
    uContext: Any = anything()

    @property
    def batch_meta(self) -> NvDsBatchMeta | None:
        batch = self.__dict__.get("_batch")
        found: NvDsBatchMeta | None = batch() if batch else None
        return found


class Meta(Record):
    """A structure with ``base_meta``. It knows its batch from the moment that a list shows it."""

    kind: ClassVar[NvDsMetaType]

    @property
    def base_meta(self) -> NvDsBaseMeta:
        mine = self.__dict__
        base = mine.get("_base")
        if base is None:
            base = mine["_base"] = NvDsBaseMeta(meta_type=self.kind)
        base.__dict__["_batch"] = mine.get("_batch")
        found: NvDsBaseMeta = base
        return found

    def copy(self) -> Any:
        twin = super().copy()
        base = twin.__dict__.get("_base")
        if base is not None:
            twin.__dict__["_base"] = base.copy()
        twin.__dict__.pop("_batch", None)
        return twin

    def shown(self, items: list[Any]) -> GList[Any] | None:
        """``items`` as NVIDIA's list; each of them belongs to the batch that this belongs to."""
        batch = self.__dict__.get("_batch")
        for one in items:
            one.__dict__["_batch"] = batch
        return first(items)

    def belongs_to(self, batch: NvDsBatchMeta) -> None:
        self.__dict__["_batch"] = weakref.ref(batch)
