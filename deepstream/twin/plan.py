"""Which elements deepstream-app would build of a configuration, as plain data.

The order follows NVIDIA's ``create_pipeline`` (``deepstream_app.c``): sources, mux, preprocessing,
network, tracker, analytics, secondary networks, segmentation display, message converter; then
either the tiler or the demuxer, and behind it display and sinks (``outputs.py``).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from deepstream.app_sections import AppConfig, Extra, Gie
from deepstream.tracker_settings import LIBRARY
from deepstream.twin.draft import Draft
from deepstream.twin.encoders import NVMM
from deepstream.twin.inputs import Inputs
from deepstream.twin.outputs import Outputs
from deepstream.twin.pieces import Device, TwinPlan
from train2edge.errors import InputError, Problem, ProblemsError
from train2edge.runtime import Engine

NETWORK, TRACKER = "primary_gie", "tracker"
PLUGINS = {0: "nvinfer", 1: "nvinferserver"}  # plugin-type of a network
UNIFIED = 3  # NVBUF_MEM_CUDA_UNIFIED: pictures of a discrete GPU that the CPU can read
CAMERAS = {
    1: "a V4L2 camera",
    5: "a CSI camera of a Jetson",
    6: "sound",
    7: "sound",
    8: "a sound card",
    9: "another process of NVIDIA's",
}


def plan(
    config: AppConfig,
    out: Path | None = None,
    *,
    engine: Engine = "auto",
    limit: int | None = None,
    preview: bool = False,
    new_mux: bool = False,
    rgba: bool = False,
    device: Device | None = None,
) -> TwinPlan:
    """Decide the pipeline of ``config``, for the twin or for DeepStream on ``device``.

    ``out`` takes the place of the folders that the configuration names, ``limit`` is a number of
    frames for each source, ``new_mux`` what ``USE_NEW_NVSTREAMMUX`` asks for; ``rgba``: frames
    whose pixels a program can read pass ``counted``. ``InputError`` with ``file:line`` for what
    cannot be run.
    """
    _check(config, preview)
    planner = _Planner(config, engine, limit, new_mux, device)
    tail = planner.common(rgba)
    outputs = Outputs(config, planner.draft, out, preview, device)
    outputs.plan(tail)
    application = config.application
    return TwinPlan(
        pieces=tuple(planner.draft.pieces),
        links=tuple(planner.draft.links),
        uris=tuple(source.uri for source in config.sources),
        places=tuple(source.where for source in config.sources),
        counted=tail,
        kitti=outputs.place(application.gie_kitti_output_dir),
        kitti_track=outputs.place(application.kitti_track_output_dir)
        if config.tracker.enable
        else None,
        videos=tuple(outputs.videos),
        rtsp=tuple(outputs.rtsp),
        perf_interval=application.perf_measurement_interval_sec
        if application.enable_perf_measurement
        else None,
        warnings=(*config.warnings, *planner.draft.warnings),
    )


def _check(config: AppConfig, preview: bool) -> None:
    """Everything that the twin cannot run, at once."""
    where = str(config.path)
    if not config.sources and config.many is None:
        raise InputError("no source is enabled", where=where)
    if not config.sinks and not preview:
        raise InputError("no sink is enabled", where=where)
    problems = [*_bad_sources(config), *_bad_networks(config)]
    if problems:
        raise ProblemsError(problems)


def _bad_sources(config: AppConfig) -> Iterator[Problem]:
    for number, source in enumerate(config.sources):
        kind = CAMERAS.get(source.type)
        if kind is not None:
            why = (
                f"source {number} is of type {source.type}, {kind}; the CPU twin and the Python"
                " program read 2 and 3 (addresses) and 4 (RTSP)"
            )
            yield Problem(source.where, why, "type=2 and uri=file://VIDEO, or type=4 and rtsp://")


def _bad_networks(config: AppConfig) -> Iterator[Problem]:
    for gie in (config.primary_gie, *config.secondary_gies):
        if gie.enable and gie.plugin_type not in PLUGINS:
            kinds = " and ".join(f"{name} ({number})" for number, name in PLUGINS.items())
            yield Problem(gie.where, f"plugin-type={gie.plugin_type}: the CPU twin has {kinds}")


class _Planner:
    """The part of the pipeline that all streams share."""

    def __init__(
        self,
        config: AppConfig,
        engine: Engine,
        limit: int | None,
        new_mux: bool,
        device: Device | None,
    ) -> None:
        self.config, self.engine, self.limit, self.new_mux = config, engine, limit, new_mux
        self.device = device
        self.draft = Draft()

    def common(self, rgba: bool) -> str:
        """Sources to the last element before tiler or demuxer; gives its name."""
        memory = UNIFIED if rgba and self.device == "gpu" else None
        self._left_out()
        inputs = Inputs(self.config, self.draft, self.limit, self.new_mux)
        tail = self._extra(inputs.plan(memory), "nvdspreprocess", self.config.pre_process)
        tail = self._network(tail)
        tail = self._tracker(tail)
        tail = self._extra(tail, "nvdsanalytics", self.config.analytics)
        for number, gie in self._secondaries():
            tail = self._gie(tail, gie, f"secondary_gie_{number}", process_mode=2)
        tail = self._segvisual(tail)
        return self._rgba(tail, memory) if rgba else tail

    def _left_out(self) -> None:
        for name, where in self.config.other:
            self.draft.warnings.append(f"{where}: [{name}] is left out")

    def _rgba(self, tail: str, memory: int | None) -> str:
        convert = self.draft.add("nvvideoconvert", "rgba_convert", nvbuf_memory_type=memory)
        caps = self.draft.add("capsfilter", "rgba", caps=f"{NVMM},format=RGBA")
        return self.draft.row(tail, self.draft.queue("rgba"), convert, caps)

    def _extra(self, tail: str, factory: str, extra: Extra) -> str:
        if not extra.enable:
            return tail
        if extra.config_file is None:
            raise InputError("has no config-file", where=extra.where)
        self.draft.add(factory, factory, extra.where, config_file=str(extra.config_file))
        return self.draft.behind(tail, factory)

    def _network(self, tail: str) -> str:
        gie = self.config.primary_gie
        if not gie.enable:
            return tail
        tensor = gie.input_tensor_meta or self.config.pre_process.enable
        return self._gie(tail, gie, NETWORK, input_tensor_meta=tensor or None)

    def _secondaries(self) -> Iterator[tuple[int, Gie]]:
        """NVIDIA's ``should_create_secondary_gie``: networks that hang on the primary one, in an
        order in which each finds the objects it works on."""
        if not self.config.primary_gie.enable:
            return
        waiting = dict(enumerate(self.config.secondary_gies))
        known = {self.config.primary_gie.gie_unique_id or 1}
        while ready := [n for n, one in waiting.items() if one.operate_on_gie_id in known]:
            for number in ready:
                gie = waiting.pop(number)
                known.add(gie.gie_unique_id)
                yield number, gie
        for gie in waiting.values():
            self.draft.warnings.append(
                f"{gie.where}: left out, as deepstream-app does: operate-on-gie-id="
                f"{gie.operate_on_gie_id} is the gie-unique-id of no network before it"
            )

    def _gie(self, tail: str, gie: Gie, name: str, **properties: int | None) -> str:
        server = gie.plugin_type == 1
        classes = ":".join(str(one) for one in gie.operate_on_class_ids)
        secondary = properties.get("process_mode") == 2
        self.draft.add(
            PLUGINS[gie.plugin_type],
            name,
            gie.where,
            config_file_path=str(gie.config_file),
            batch_size=self._batch_size(gie, secondary) or None,
            interval=gie.interval if gie.interval >= 0 else None,
            unique_id=gie.gie_unique_id or None,
            infer_on_gie_id=gie.operate_on_gie_id if secondary else None,
            infer_on_class_ids=f"{classes}:" if classes and secondary else None,
            engine=None if server or self.device else self.engine,
            **properties,
        )
        return self.draft.behind(tail, name)

    def _batch_size(self, gie: Gie, secondary: bool) -> int:
        """With nvmultiurisrcbin deepstream-app takes what its group says; 0: the network's own."""
        many = self.config.many
        if many is None:
            return gie.batch_size
        return many.listed.sgie_batch_size if secondary else many.listed.max_batch_size

    def _tracker(self, tail: str) -> str:
        tracker = self.config.tracker
        if not tracker.enable:
            return tail
        file = tracker.ll_config_file
        if file is not None and not file.is_file():
            self.draft.warnings.append(f"{file} is not here: the tracker takes its own defaults")
            file = None
        self.draft.add(
            "nvtracker",
            TRACKER,
            tracker.where,
            ll_lib_file=(tracker.ll_lib_file or LIBRARY) if self.device else None,
            ll_config_file=str(file) if file else None,
            tracker_width=tracker.tracker_width,
            tracker_height=tracker.tracker_height,
            display_tracking_id=tracker.display_tracking_id,
        )
        return self.draft.behind(tail, TRACKER)

    def _segvisual(self, tail: str) -> str:
        seg = self.config.segvisual
        if not seg.enable:
            return tail
        self.draft.add(
            "nvsegvisual",
            "segvisual",
            seg.where,
            batch_size=seg.batch_size,
            width=seg.width,
            height=seg.height,
        )
        return self.draft.behind(tail, "segvisual")
