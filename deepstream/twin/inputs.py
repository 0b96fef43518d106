"""What stands before the network: the sources and the mux, or one element that is both."""

from __future__ import annotations

from deepstream.app_sections import AppConfig, ManySources, Source
from deepstream.twin.draft import Draft
from deepstream.twin.pieces import Value
from train2edge.errors import InputError

MUX = "mux"
Properties = dict[str, Value | None]


class Inputs:
    """Adds them to ``draft``. ``limit`` is a number of frames for each source, ``new_mux`` what
    ``USE_NEW_NVSTREAMMUX`` asks for."""

    def __init__(self, config: AppConfig, draft: Draft, limit: int | None, new_mux: bool) -> None:
        self.config, self.draft, self.limit, self.new_mux = config, draft, limit, new_mux

    def plan(self, memory: int | None) -> str:
        """All of them; gives the last piece. ``memory`` is the kind that pictures are to be in."""
        if self.config.many is not None:
            return self._many(self.config.many, memory)
        mux = self.config.streammux
        self.draft.add(
            "nvstreammux",
            MUX,
            mux.where,
            batch_size=max(mux.batch_size, 1),
            **self._mux(memory),
        )
        for number, source in enumerate(self.config.sources):
            self.draft.link(self._source(number, source), f"{MUX}.sink_{number}")
        return MUX

    def _mux(self, memory: int | None) -> Properties:
        mux = self.config.streammux
        live = mux.live_source or any(source.live for source in self.config.sources)
        if not self.new_mux and not (mux.width and mux.height):
            raise InputError(
                "[streammux] needs width and height", where=mux.where or str(self.config.path)
            )
        old: Properties = {
            "width": mux.width,
            "height": mux.height,
            "batched_push_timeout": mux.batched_push_timeout,
            "live_source": live,
            "enable_padding": mux.enable_padding,
        }
        file = mux.config_file_path or mux.config_file
        return {
            "sync_inputs": mux.sync_inputs or None,
            "max_latency": mux.max_latency or None,
            "frame_num_reset_on_eos": mux.frame_num_reset_on_eos or None,
            "frame_num_reset_on_stream_reset": mux.frame_num_reset_on_stream_reset or None,
            "drop_pipeline_eos": mux.drop_pipeline_eos or None,
            "config_file_path": str(file) if file and self.new_mux else None,
            "nvbuf_memory_type": None if self.new_mux else memory,
            **({} if self.new_mux else old),
        }

    def _source(self, number: int, source: Source) -> str:
        self.draft.add(
            "nvurisrcbin",
            f"source{number}",
            source.where,
            uri=source.uri,
            file_loop=True if self.config.file_loop and not source.live else None,
            **self._played(source, source.live),
        )
        return f"source{number}.vsrc_0"

    def _played(self, source: Source, live: bool) -> Properties:
        """How an address is played; ``live``: whether it is a camera's, or may be."""
        return {
            "limit": self.limit,
            "drop_frame_interval": source.drop_frame_interval or None,
            "latency": source.latency if live else None,
            "drop_on_latency": True if source.drop_on_latency and live else None,
            "udp_buffer_size": source.udp_buffer_size or None,
            "select_rtp_protocol": source.select_rtp_protocol or None,
            "rtsp_reconnect_interval": source.rtsp_reconnect_interval_sec or None,
            "init_rtsp_reconnect_interval": source.init_rtsp_reconnect_interval_sec or None,
            "rtsp_reconnect_attempts": source.rtsp_reconnect_attempts if live else None,
        }

    def _many(self, many: ManySources, memory: int | None) -> str:
        listed = many.listed
        self.draft.add(
            "nvmultiurisrcbin",
            MUX,
            listed.where,
            uri_list=",".join(source.uri for source in self.config.sources) or None,
            sensor_id_list=_commas(listed.sensor_id_list) or None,
            sensor_name_list=_commas(listed.sensor_name_list) or None,
            max_batch_size=listed.max_batch_size,
            ip_address=listed.http_ip,
            port=str(listed.http_port),
            low_latency_mode=listed.low_latency_mode or None,
            file_loop=self.config.file_loop or None,
            **self._played(many.shared, live=True),
            **self._mux(memory),
        )
        return MUX


def _commas(text: str) -> str:
    """GKeyFile's list as the element wants it."""
    return ",".join(one.strip() for one in text.rstrip("; ").split(";"))
