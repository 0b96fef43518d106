"""What a classifier says of an object: a label for each of its outputs."""

from __future__ import annotations

from deepstream.twin.metadata.base_meta import Meta
from deepstream.twin.metadata.enums import NvDsMetaType
from deepstream.twin.metadata.lists import GList
from deepstream.twin.metadata.record import part, real, text, whole


class NvDsLabelInfo(Meta):
    kind = NvDsMetaType.NVDS_LABEL_INFO_META

    num_classes: int = whole(signed=False)
    result_label: str = text()
    pResult_label: str = text()
    result_class_id: int = whole(signed=False)
    label_id: int = whole(signed=False)
    result_prob: float = real()


class NvDsClassifierMeta(Meta):
    """``labels`` is the list that ``label_info_list`` shows."""

    kind = NvDsMetaType.NVDS_CLASSIFIER_META

    unique_component_id: int = whole()
    classifier_type: str = text()
    labels: list[NvDsLabelInfo] = part(list)

    @property
    def num_labels(self) -> int:
        return len(self.labels)

    @property
    def label_info_list(self) -> GList[NvDsLabelInfo] | None:
        return self.shown(self.labels)
