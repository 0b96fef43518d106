"""``nvmsgbroker``: sends nvmsgconv's messages to a broker (``deepstream.messages.brokers``)."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deepstream.messages import broker, brokers
from deepstream.twin.elements.nvmm import template
from deepstream.twin.gst import GObject, Gst, GstBase
from deepstream.twin.guard import guarded, warn
from deepstream.twin.metadata import NvDsBatchMeta, NvDsMetaType, NvDsUserMeta, find
from deepstream.twin.metadata.event import NvDsPayload
from deepstream.twin.metadata.memory import of_address
from train2edge.errors import InputError


class MsgBroker(GstBase.BaseSink):  # type: ignore[misc]
    """``new-api``: a lost connection is made again instead of ending the pipeline."""

    __gtype_name__ = "nvmsgbroker"
    __gstmetadata__ = ("Message broker", "Sink/Metadata", "train2edge twin", "train2edge")
    __gsttemplates__ = (template("sink", Gst.Caps.new_any()),)

    proto_lib = GObject.Property(type=str, default="")
    conn_str = GObject.Property(type=str, default="")
    config = GObject.Property(type=str, default="")
    topic = GObject.Property(type=str, default="")
    comp_id = GObject.Property(type=GObject.TYPE_UINT, default=0, nick="0: every component")
    new_api = GObject.Property(type=bool, default=False)
    sleep_time = GObject.Property(type=GObject.TYPE_UINT, default=0)

    def __init__(self) -> None:
        super().__init__()
        self.connection: broker.Connection | None = None
        self.subject: str | None = None

    @guarded(False)
    def do_start(self) -> bool:
        where = self.get_name()
        if not self.proto_lib:
            raise InputError("nvmsgbroker needs proto-lib", where=where)
        if not self.conn_str:
            raise InputError("nvmsgbroker needs conn-str=host;port;topic", where=where)
        if broker.address(self.conn_str, self.topic, where).topic is None:
            hint = "set topic, or conn-str=host;port;topic"
            raise InputError("nvmsgbroker has no topic", where=where, hint=hint)
        return True

    @guarded(Gst.StateChangeReturn.FAILURE)
    def do_change_state(self, transition: Any) -> Any:
        """Connect once all elements are READY: what is wrong with them has been told by then."""
        if transition == Gst.StateChange.READY_TO_PAUSED and self.connection is None:
            self._connect()
        return GstBase.BaseSink.do_change_state(self, transition)

    def _connect(self) -> None:
        where = self.get_name()
        address = broker.address(self.conn_str, self.topic, where)
        self.subject = address.topic
        self.connection = brokers.connect(
            self.proto_lib,
            address,
            Path(self.config) if self.config else None,
            functools.partial(warn, self),
            reconnect=self.new_api,
            where=where,
        )

    @guarded(False)
    def do_stop(self) -> bool:
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.close()
        return True

    @guarded(Gst.FlowReturn.ERROR)
    def do_render(self, buffer: Any) -> Any:
        batch = find(buffer)
        if batch is not None and self.connection is not None and self.subject is not None:
            for payload in self._payloads(batch):
                self.connection.send(self.subject, _bytes(payload))
        return Gst.FlowReturn.OK

    def _payloads(self, batch: NvDsBatchMeta) -> Iterator[NvDsPayload]:
        users: list[NvDsUserMeta] = [one for frame in batch.frames for one in frame.users]
        for one in (*users, *batch.users):
            if one.base_meta.meta_type == NvDsMetaType.NVDS_PAYLOAD_META:
                payload = NvDsPayload.cast(one.content)
                if self.comp_id in (0, payload.componentId):
                    yield payload


def _bytes(payload: NvDsPayload) -> bytes:
    """nvmsgconv's text, or what a script put there."""
    content = payload.payload
    if isinstance(content, int):
        content = of_address(content).data.raw
    data = content.encode() if isinstance(content, str) else bytes(content)
    return data[: payload.payloadSize] if payload.payloadSize else data


ELEMENT = MsgBroker
