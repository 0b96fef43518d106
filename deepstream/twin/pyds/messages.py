"""Event messages: what describes an object to the world, and its life in user metadata."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from deepstream.twin.metadata import NvDsUserMeta, memory
from deepstream.twin.metadata.event import (
    NvDsEvent,
    NvDsEventMsgMeta,
    NvDsFaceObject,
    NvDsPayload,
    NvDsPersonObject,
    NvDsVehicleObject,
)
from deepstream.twin.metadata.record import CString, Record, whole

Copy = Callable[[Any, Any], Any]
Release = Callable[[Any, Any], None]


class CustomDataStruct(Record):
    """The structure of NVIDIA's own example of a custom binding."""

    structId: int = whole()
    sampleInt: int = whole()
    message = CString()


def alloc_nvds_event_msg_meta(user_meta: NvDsUserMeta | None = None) -> NvDsEventMsgMeta:
    """A message; with ``user_meta``, which it is for, it is copied and released by itself."""
    if user_meta is not None:
        user_meta.copy_function = _copy_message
    return NvDsEventMsgMeta()


def _copy_message(data: Any, _user_data: Any) -> NvDsEventMsgMeta:
    source = NvDsEventMsgMeta.cast(NvDsUserMeta.cast(data).content)
    copied = source.copy()
    if source.ts:
        copied.ts = memory.allocate(memory.string_at(source.ts).encode() + b"\0")
    if isinstance(source.attached, Record):
        copied.attached = source.attached.copy()
    return copied


def alloc_nvds_event() -> NvDsEvent:
    return NvDsEvent()


def alloc_nvds_payload() -> NvDsPayload:
    return NvDsPayload()


def alloc_nvds_vehicle_object() -> NvDsVehicleObject:
    return NvDsVehicleObject()


def alloc_nvds_person_object() -> NvDsPersonObject:
    return NvDsPersonObject()


def alloc_nvds_face_object() -> NvDsFaceObject:
    return NvDsFaceObject()


def alloc_custom_struct(arg0: NvDsUserMeta) -> CustomDataStruct:
    return CustomDataStruct()


def generate_ts_rfc3339(buffer: int, size: int) -> None:
    """Write the time, UTC, into the buffer at ``buffer``: ``2026-01-31T08:15:30.123Z``."""
    now = datetime.now(timezone.utc)
    text = now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"
    memory.write(buffer, text.encode()[: max(0, size - 1)] + b"\0")


def user_copyfunc(meta: NvDsUserMeta, func: Copy) -> None:
    meta.copy_function = func


def user_releasefunc(meta: NvDsUserMeta, func: Release) -> None:
    meta.release_function = func


set_user_copyfunc, set_user_releasefunc = user_copyfunc, user_releasefunc


def register_user_copyfunc(arg0: Copy) -> None:
    """Of old versions; without effect, as NVIDIA's since 1.1.0."""


def register_user_releasefunc(arg0: Release) -> None:
    """Of old versions; without effect, as NVIDIA's since 1.1.0."""


def unset_callback_funcs() -> None:
    """Without effect: functions live with their metadata."""
