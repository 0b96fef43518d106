"""Metadata from a batch's pools, into its lists and out of them. (A pool here never runs dry.)"""

from __future__ import annotations

from typing import Any, TypeVar

from deepstream.twin.metadata import (
    NvDsBatchMeta,
    NvDsClassifierMeta,
    NvDsDisplayMeta,
    NvDsFrameMeta,
    NvDsLabelInfo,
    NvDsObjectMeta,
    NvDsUserMeta,
)
from deepstream.twin.metadata.base_meta import Meta
from deepstream.twin.metadata.lists import GList, items_of
from deepstream.twin.metadata.memory import Capsule

Kind = TypeVar("Kind", bound=Meta)


def nvds_acquire_meta_lock(batch_meta: NvDsBatchMeta) -> None:
    batch_meta.meta_mutex.acquire()


def nvds_release_meta_lock(batch_meta: NvDsBatchMeta) -> None:
    batch_meta.meta_mutex.release()


def nvds_create_batch_meta(max_batch_size: int) -> NvDsBatchMeta:
    return NvDsBatchMeta(max_frames_in_batch=max_batch_size)


def nvds_destroy_batch_meta(batch_meta: NvDsBatchMeta) -> int:
    batch_meta.clear()
    return 1


def _new(kind: type[Kind], batch: NvDsBatchMeta) -> Kind:
    made = kind()
    made.belongs_to(batch)
    return made


def nvds_acquire_frame_meta_from_pool(batch_meta: NvDsBatchMeta) -> NvDsFrameMeta:
    return _new(NvDsFrameMeta, batch_meta)


def nvds_acquire_obj_meta_from_pool(batch_meta: NvDsBatchMeta) -> NvDsObjectMeta:
    return _new(NvDsObjectMeta, batch_meta)


def nvds_acquire_classifier_meta_from_pool(batch_meta: NvDsBatchMeta) -> NvDsClassifierMeta:
    return _new(NvDsClassifierMeta, batch_meta)


def nvds_acquire_label_info_meta_from_pool(batch_meta: NvDsBatchMeta) -> NvDsLabelInfo:
    return _new(NvDsLabelInfo, batch_meta)


def nvds_acquire_display_meta_from_pool(batch_meta: NvDsBatchMeta) -> NvDsDisplayMeta:
    return _new(NvDsDisplayMeta, batch_meta)


def nvds_acquire_user_meta_from_pool(batch_meta: NvDsBatchMeta) -> NvDsUserMeta:
    return _new(NvDsUserMeta, batch_meta)


def nvds_add_frame_meta_to_batch(batch_meta: NvDsBatchMeta, frame_meta: NvDsFrameMeta) -> None:
    batch_meta.frames.append(frame_meta)


def nvds_add_obj_meta_to_frame(
    frame_meta: NvDsFrameMeta, obj_meta: NvDsObjectMeta, obj_parent: NvDsObjectMeta | None
) -> None:
    obj_meta.parent = obj_parent
    frame_meta.objects.append(obj_meta)


def nvds_add_classifier_meta_to_object(
    obj_meta: NvDsObjectMeta, classifier_meta: NvDsClassifierMeta
) -> None:
    obj_meta.classifiers.append(classifier_meta)


def nvds_add_label_info_meta_to_classifier(
    classifier_meta: NvDsClassifierMeta, label_info_meta: NvDsLabelInfo
) -> None:
    classifier_meta.labels.append(label_info_meta)


def nvds_add_display_meta_to_frame(
    frame_meta: NvDsFrameMeta, display_meta: NvDsDisplayMeta
) -> None:
    frame_meta.displays.append(display_meta)


def nvds_add_user_meta_to_batch(batch_meta: NvDsBatchMeta, user_meta: NvDsUserMeta) -> None:
    batch_meta.users.append(user_meta)


def nvds_add_user_meta_to_frame(frame_meta: NvDsFrameMeta, user_meta: NvDsUserMeta) -> None:
    frame_meta.users.append(user_meta)


def nvds_add_user_meta_to_obj(obj_meta: NvDsObjectMeta, user_meta: NvDsUserMeta) -> None:
    obj_meta.users.append(user_meta)


def _take(items: list[Any], one: Any) -> None:
    """Take ``one`` itself out of ``items``; user metadata is released."""
    items[:] = [other for other in items if other is not one]
    if isinstance(one, NvDsUserMeta):
        one.release()


def nvds_remove_frame_meta_from_batch(batch_meta: NvDsBatchMeta, frame_meta: NvDsFrameMeta) -> None:
    _take(batch_meta.frames, frame_meta)


def nvds_remove_obj_meta_from_frame(frame_meta: NvDsFrameMeta, obj_meta: NvDsObjectMeta) -> None:
    _take(frame_meta.objects, obj_meta)
    for one in obj_meta.users:
        one.release()


def nvds_remove_classifier_meta_from_obj(
    obj_meta: NvDsObjectMeta, classifier_meta: NvDsClassifierMeta
) -> None:
    _take(obj_meta.classifiers, classifier_meta)


def nvds_remove_label_info_meta_from_classifier(
    classifier_meta: NvDsClassifierMeta, label_info_meta: NvDsLabelInfo
) -> None:
    _take(classifier_meta.labels, label_info_meta)


def nvds_remove_display_meta_from_frame(
    frame_meta: NvDsFrameMeta, display_meta: NvDsDisplayMeta
) -> None:
    _take(frame_meta.displays, display_meta)


def nvds_remove_user_meta_from_batch(batch_meta: NvDsBatchMeta, user_meta: NvDsUserMeta) -> None:
    _take(batch_meta.users, user_meta)


def nvds_remove_user_meta_from_frame(frame_meta: NvDsFrameMeta, user_meta: NvDsUserMeta) -> None:
    _take(frame_meta.users, user_meta)


def nvds_remove_user_meta_from_object(obj_meta: NvDsObjectMeta, user_meta: NvDsUserMeta) -> None:
    _take(obj_meta.users, user_meta)


def _clear(items: list[Any], meta_list: GList[Any] | None) -> None:
    for one in items_of(meta_list):
        _take(items, one)


def nvds_clear_frame_meta_list(batch_meta: NvDsBatchMeta, meta_list: GList[Any] | None) -> None:
    _clear(batch_meta.frames, meta_list)


def nvds_clear_obj_meta_list(frame_meta: NvDsFrameMeta, meta_list: GList[Any] | None) -> None:
    _clear(frame_meta.objects, meta_list)


def nvds_clear_display_meta_list(frame_meta: NvDsFrameMeta, meta_list: GList[Any] | None) -> None:
    _clear(frame_meta.displays, meta_list)


def nvds_clear_batch_user_meta_list(
    batch_meta: NvDsBatchMeta, meta_list: GList[Any] | None
) -> None:
    _clear(batch_meta.users, meta_list)


def nvds_clear_frame_user_meta_list(
    frame_meta: NvDsFrameMeta, meta_list: GList[Any] | None
) -> None:
    _clear(frame_meta.users, meta_list)


def nvds_clear_obj_user_meta_list(
    object_meta: NvDsObjectMeta, meta_list: GList[Any] | None
) -> None:
    _clear(object_meta.users, meta_list)


def nvds_clear_meta_list(
    batch_meta: NvDsBatchMeta, meta_list: GList[Any] | None, meta_pool: Any
) -> None:
    """Take the list's elements out of wherever they are in the batch."""
    for frame in batch_meta.frames:
        for items in (frame.objects, frame.displays, frame.users):
            _clear(items, meta_list)
        for one in frame.objects:
            _clear(one.classifiers, meta_list)
            _clear(one.users, meta_list)
    _clear(batch_meta.frames, meta_list)
    _clear(batch_meta.users, meta_list)


def nvds_copy_frame_meta_list(
    src_frame_meta_list: GList[Any] | None, dst_batch_meta: NvDsBatchMeta
) -> None:
    dst_batch_meta.frames += [one.copy() for one in items_of(src_frame_meta_list)]


def nvds_copy_obj_meta_list(
    src_obj_meta_list: GList[Any] | None, dst_frame_meta: NvDsFrameMeta
) -> None:
    dst_frame_meta.objects += [one.copy() for one in items_of(src_obj_meta_list)]


def nvds_copy_display_meta_list(
    src_display_meta_list: GList[Any] | None, dst_frame_meta: NvDsFrameMeta
) -> None:
    dst_frame_meta.displays += [one.copy() for one in items_of(src_display_meta_list)]


def nvds_copy_batch_user_meta_list(
    src_user_meta_list: GList[Any] | None, dst_batch_meta: NvDsBatchMeta
) -> None:
    dst_batch_meta.users += [one.copy() for one in items_of(src_user_meta_list)]


def nvds_copy_frame_user_meta_list(
    src_user_meta_list: GList[Any] | None, dst_frame_meta: NvDsFrameMeta
) -> None:
    dst_frame_meta.users += [one.copy() for one in items_of(src_user_meta_list)]


def nvds_batch_meta_copy_func(data: Any, user_data: Any) -> Capsule[NvDsBatchMeta]:
    return Capsule(NvDsBatchMeta.cast(data).copy())


def nvds_batch_meta_release_func(data: Any, user_data: Any) -> None:
    NvDsBatchMeta.cast(data).clear()


def nvds_get_nth_frame_meta(frame_meta_list: GList[Any] | None, index: int) -> NvDsFrameMeta:
    frames = items_of(frame_meta_list)
    if not 0 <= index < len(frames):
        raise IndexError(f"frame {index} of {len(frames)}")
    found: NvDsFrameMeta = frames[index]
    return found


def nvds_get_current_metadata_info(batch_meta: NvDsBatchMeta) -> int:
    """Print what the batch holds; 1, as NVIDIA's function."""
    objects = sum(one.num_obj_meta for one in batch_meta.frames)
    print(f"{batch_meta.num_frames_in_batch} frames, {objects} objects")
    return 1
