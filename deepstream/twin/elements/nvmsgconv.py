"""``nvmsgconv``: messages out of the metadata, in NVIDIA's full or minimal schema.

By default from the events that a program attached (``NVDS_EVENT_MSG_META``); with
``msg2p-newapi`` from the objects themselves, every ``frame-interval`` frames.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any

from deepstream.messages import full, minimal
from deepstream.messages.event import Event
from deepstream.messages.site import Site
from deepstream.messages.site import read as read_site
from deepstream.messages.text import utc
from deepstream.twin import messages
from deepstream.twin.elements.nvmm import template
from deepstream.twin.gst import GObject, Gst, GstBase
from deepstream.twin.guard import guarded, warn
from deepstream.twin.metadata import NvDsFrameMeta, NvDsMetaType, NvDsUserMeta, find
from deepstream.twin.metadata.event import NvDsEventMsgMeta, NvDsPayload
from train2edge.errors import InputError

FULL, MINIMAL = 0, 1
STOCK = ("libnvds_msgconv.so",)
ANY = Gst.Caps.new_any()
REASONS = {
    2: "the protobuf schema is not in the CPU twin",
    256: "NVIDIA keeps it for later",
    257: "its messages come from a library of your own, which the CPU twin cannot load",
}


class MsgConv(GstBase.BaseTransform):  # type: ignore[misc]
    __gtype_name__ = "nvmsgconv"
    __gstmetadata__ = ("Message converter", "Filter/Metadata", "train2edge twin", "train2edge")
    __gsttemplates__ = (template("sink", ANY), template("src", ANY))

    config = GObject.Property(type=str, default="")
    msg2p_lib = GObject.Property(type=str, default="")
    payload_type = GObject.Property(type=int, default=0, nick="0: full, 1: minimal")
    comp_id = GObject.Property(type=GObject.TYPE_UINT, default=0, nick="0: every component")
    debug_payload_dir = GObject.Property(type=str, default="")
    multiple_payloads = GObject.Property(type=bool, default=False)
    msg2p_newapi = GObject.Property(type=bool, default=False)
    frame_interval = GObject.Property(type=GObject.TYPE_UINT, default=30, minimum=1)
    dummy_payload = GObject.Property(type=bool, default=False)

    def __init__(self) -> None:
        super().__init__()
        self.set_passthrough(True)
        self.site: Site | None = None
        self.said: set[str] = set()

    @guarded(Gst.StateChangeReturn.FAILURE)
    def do_change_state(self, transition: Any) -> Any:
        """What is wrong is told on the way to READY: before a broker behind is connected to."""
        if transition == Gst.StateChange.NULL_TO_READY:
            self._check()
            self.site = read_site(Path(self.config)) if self.config else None
        return GstBase.BaseTransform.do_change_state(self, transition)

    @guarded(False)
    def do_start(self) -> bool:
        self.said.clear()
        for note in self.site.notes if self.site else ():
            self._warn(str(note))
        return True

    def _check(self) -> None:
        where = self.get_name()
        if self.payload_type not in (FULL, MINIMAL):
            reason = REASONS.get(self.payload_type, "there is no such schema")
            hint = "take 0, the full schema, or 1, the minimal one"
            raise InputError(f"payload-type={self.payload_type}: {reason}", where=where, hint=hint)
        if self.msg2p_lib and PurePath(self.msg2p_lib).name not in STOCK:
            message = f"the CPU twin cannot load msg2p-lib={self.msg2p_lib}"
            raise InputError(message, where=where, hint="it stands in for libnvds_msgconv.so")
        if self.payload_type == FULL and not self.config:
            raise InputError("nvmsgconv needs config for payload-type=0", where=where)
        folder = self.debug_payload_dir
        if folder and not (Path(folder).is_dir() and os.access(folder, os.W_OK)):
            raise InputError(f"debug-payload-dir={folder} is no folder to write to", where=where)

    @guarded(Gst.FlowReturn.ERROR)
    def do_transform_ip(self, buffer: Any) -> Any:
        batch = find(buffer)
        for frame in batch.frames if batch else ():
            texts = list(self._objects(frame) if self.msg2p_newapi else self._events(frame))
            for text in texts:
                size = len(text.encode())
                payload = NvDsPayload(payload=text, payloadSize=size, componentId=self.comp_id)
                frame.users.append(NvDsUserMeta.of(NvDsMetaType.NVDS_PAYLOAD_META, payload))
            if self.debug_payload_dir:
                self._keep(texts)
        return Gst.FlowReturn.OK

    def _events(self, frame: NvDsFrameMeta) -> Iterator[str]:
        attached = [
            messages.event(NvDsEventMsgMeta.cast(one.content))
            for one in frame.users
            if one.base_meta.meta_type == NvDsMetaType.NVDS_EVENT_MSG_META
        ]
        mine = [one for one in attached if self.comp_id in (0, one.component_id)]
        if self.payload_type == FULL:
            assert self.site is not None
            for one in mine:
                yield full.of_event(one, self.site, self._warn)
            return
        if not mine and self.dummy_payload:
            mine = [_nothing(frame)]
        if mine:
            yield minimal.of_events(mine, self.site)

    def _objects(self, frame: NvDsFrameMeta) -> Iterator[str]:
        if frame.frame_num % self.frame_interval:
            return
        found, now = messages.frame(frame), utc(time.time_ns())
        if self.payload_type == MINIMAL:
            yield minimal.of_frame(found, self.site, now)
            return
        assert self.site is not None
        for one in found.objects:
            yield full.of_object(found, one, self.site, now, self._warn)

    def _keep(self, texts: list[str]) -> None:
        path = Path(self.debug_payload_dir) / f"{utc(time.time_ns())}.txt"
        with path.open("a", encoding="utf-8") as file:
            file.writelines(f"{text} \n" for text in texts)

    def _warn(self, text: str) -> None:
        """Once for each text: it would come with every message."""
        if text not in self.said:
            self.said.add(text)
            warn(self, text)


def _nothing(frame: NvDsFrameMeta) -> Event:
    """``dummy-payload``: an event of no meaning, as NVIDIA makes it of zeros."""
    return Event(
        "ENTRY",
        "VEHICLE",
        frame_id=frame.frame_num,
        sensor_id=frame.source_id,
        timestamp=utc(frame.ntp_timestamp),
    )


ELEMENT = MsgConv
