"""What lists hold, by the names that NVIDIA's binding gave its casts before ``cast``."""

from __future__ import annotations

from deepstream.twin.metadata import (
    NvDsBatchMeta,
    NvDsClassifierMeta,
    NvDsDisplayMeta,
    NvDsFrameMeta,
    NvDsLabelInfo,
    NvDsObjectMeta,
    NvDsUserMeta,
)
from deepstream.twin.metadata.event import NvDsEventMsgMeta, NvDsPersonObject, NvDsVehicleObject
from deepstream.twin.metadata.infer import NvDsInferTensorMeta
from deepstream.twin.metadata.surface import NvBufSurfaceParams

glist_get_nvds_batch_meta = NvDsBatchMeta.cast
glist_get_nvds_frame_meta = NvDsFrameMeta.cast
glist_get_nvds_object_meta = NvDsObjectMeta.cast
glist_get_nvds_user_meta = NvDsUserMeta.cast
glist_get_nvds_classifier_meta = NvDsClassifierMeta.cast
glist_get_nvds_display_meta = NvDsDisplayMeta.cast
glist_get_nvds_label_info = NvDsLabelInfo.cast
glist_get_nvds_event_msg_meta = NvDsEventMsgMeta.cast
glist_get_nvds_vehicle_object = NvDsVehicleObject.cast
glist_get_nvds_person_object = NvDsPersonObject.cast
glist_get_nvds_tensor_meta = NvDsInferTensorMeta.cast
glist_get_nvds_Surface_Params = NvBufSurfaceParams.cast
