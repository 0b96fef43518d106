"""Event messages live as long as their batch, are copied with it, and released after it."""

from __future__ import annotations

import gc
import re
import weakref
from types import ModuleType
from typing import Any

import pytest


def message(pyds: ModuleType, user: Any = None) -> Any:
    made = pyds.alloc_nvds_event_msg_meta(user)
    made.ts = pyds.alloc_buffer(33)
    pyds.generate_ts_rfc3339(made.ts, 32)
    made.sensorStr = "sensor-0"
    thing = pyds.NvDsVehicleObject.cast(pyds.alloc_nvds_vehicle_object())
    thing.color = "blue"
    made.extMsg, made.extMsgSize = thing, 1
    made.objType = pyds.NvDsObjectType.NVDS_OBJECT_TYPE_VEHICLE
    return made


def test_the_time_is_written_as_rfc_3339(pyds: ModuleType) -> None:
    text = pyds.get_string(message(pyds).ts)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text)


def test_a_message_is_copied_with_its_strings_and_what_it_describes(pyds: ModuleType) -> None:
    batch = pyds.nvds_create_batch_meta(1)
    user = pyds.nvds_acquire_user_meta_from_pool(batch)
    user.user_meta_data = message(pyds, user)
    user.base_meta.meta_type = pyds.NvDsMetaType.NVDS_EVENT_MSG_META
    pyds.nvds_add_user_meta_to_batch(batch, user)
    time = pyds.get_string(pyds.NvDsEventMsgMeta.cast(user.user_meta_data).ts)
    copied = pyds.NvDsBatchMeta.cast(pyds.nvds_batch_meta_copy_func(batch, None))
    pyds.free_buffer(pyds.NvDsEventMsgMeta.cast(user.user_meta_data).ts)
    found = pyds.NvDsUserMeta.cast(copied.batch_user_meta_list.data)
    assert found.base_meta.meta_type == pyds.NvDsMetaType.NVDS_EVENT_MSG_META
    other = pyds.NvDsEventMsgMeta.cast(found.user_meta_data)
    assert other is not user.content and pyds.get_string(other.ts) == time
    assert pyds.get_string(other.sensorStr) == "sensor-0"
    assert pyds.get_string(pyds.NvDsVehicleObject.cast(other.extMsg).color) == "blue"


def test_a_scripts_own_functions_copy_and_release(pyds: ModuleType) -> None:
    released = []

    def copy(data: Any, _user: Any) -> Any:
        source = pyds.NvDsEventMsgMeta.cast(pyds.NvDsUserMeta.cast(data).user_meta_data)
        twin = pyds.NvDsEventMsgMeta.cast(pyds.memdup(pyds.get_ptr(source), 1))
        twin.ts = pyds.memdup(source.ts, 33)
        return twin

    def release(data: Any, _user: Any) -> None:
        held = pyds.NvDsEventMsgMeta.cast(pyds.NvDsUserMeta.cast(data).user_meta_data)
        pyds.free_buffer(held.ts)
        pyds.free_gbuffer(held.extMsg)
        released.append(held.ts)

    batch = pyds.nvds_create_batch_meta(1)
    frame = pyds.nvds_acquire_frame_meta_from_pool(batch)
    pyds.nvds_add_frame_meta_to_batch(batch, frame)
    user = pyds.nvds_acquire_user_meta_from_pool(batch)
    user.user_meta_data = message(pyds)
    pyds.user_copyfunc(user, copy)
    pyds.user_releasefunc(user, release)
    pyds.nvds_add_user_meta_to_frame(frame, user)
    first, second = user.content.ts, batch.copy()
    assert second.frames[0].users[0].content.ts != first
    copied = weakref.ref(second.frames[0].users[0].content)
    pyds.nvds_remove_user_meta_from_frame(frame, user)
    pyds.nvds_destroy_batch_meta(second)
    del second
    gc.collect()
    assert copied() is None  # NVIDIA's samples never free what they duplicate for a copy
    assert len(released) == 2 and released[0] == first
    with pytest.raises(ValueError, match="nothing is at"):
        pyds.get_string(first)


def test_buffers_are_freed_once_and_for_all(pyds: ModuleType) -> None:
    text = pyds.NvOSD_TextParams()
    text.display_text = "car"
    twin = pyds.strdup(text.display_text)
    assert twin != text.display_text and pyds.get_string(twin) == "car"
    assert pyds.strdup2str(text.display_text) == "car" and pyds.strdup(0) == 0
    pyds.free_buffer(text.display_text)  # not allocated by a script: stays
    assert pyds.get_string(text.display_text) == "car"
    pyds.free_buffer(twin)
    pyds.free_buffer(twin)
    with pytest.raises(ValueError, match="nothing is at"):
        pyds.get_string(twin)


def test_metadata_goes_into_lists_and_out_of_them(pyds: ModuleType) -> None:
    batch = pyds.nvds_create_batch_meta(1)
    frame = pyds.nvds_acquire_frame_meta_from_pool(batch)
    pyds.nvds_add_frame_meta_to_batch(batch, frame)
    with_label = pyds.nvds_acquire_obj_meta_from_pool(batch)
    pyds.nvds_acquire_meta_lock(batch)
    pyds.nvds_add_obj_meta_to_frame(frame, with_label, None)
    pyds.nvds_release_meta_lock(batch)
    found = pyds.nvds_acquire_classifier_meta_from_pool(batch)
    label = pyds.nvds_acquire_label_info_meta_from_pool(batch)
    label.result_label = "red"
    pyds.nvds_add_label_info_meta_to_classifier(found, label)
    pyds.nvds_add_classifier_meta_to_object(with_label, found)
    shown = pyds.NvDsObjectMeta.cast(frame.obj_meta_list.data)
    meta = pyds.glist_get_nvds_classifier_meta(shown.classifier_meta_list.data)
    assert pyds.NvDsLabelInfo.cast(meta.label_info_list.data).result_label == "red"
    assert (frame.num_obj_meta, meta.num_labels, batch.num_frames_in_batch) == (1, 1, 1)
    pyds.nvds_remove_obj_meta_from_frame(frame, with_label)
    assert frame.obj_meta_list is None
    assert pyds.nvds_get_nth_frame_meta(batch.frame_meta_list, 0) is frame
    pyds.nvds_clear_frame_meta_list(batch, batch.frame_meta_list)
    assert batch.num_frames_in_batch == 0
