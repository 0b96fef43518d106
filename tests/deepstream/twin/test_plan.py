from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from deepstream.app_config import load
from deepstream.twin.pieces import TwinPlan
from deepstream.twin.plan import plan
from tests.deepstream.twin.toy import FILE_SINK, OSD, write_app
from train2edge.errors import InputError, T2EError

TILES = {"enable": 1, "rows": 1, "columns": 1, "width": 320, "height": 240}


def factories(decided: TwinPlan) -> list[str]:
    """The elements from the mux on, without queues, in the order of the links."""
    kinds = {piece.name: piece.factory for piece in decided.pieces}
    at, found = "mux", []
    following = {link.source.partition(".")[0]: link.sink for link in decided.links}
    while at in following:
        at = following[at].partition(".")[0]
        found.append(kinds[at])
    return [one for one in found if one != "queue"]


def test_the_order_is_deepstream_apps(tmp_path: Path) -> None:
    app = write_app(
        tmp_path,
        [tmp_path / "a.mp4"],
        tiled_display=TILES,
        tracker={"enable": 1, "ll-config-file": "tracker.yml"},
        osd=OSD,
        sink0={**FILE_SINK, "output-file": "out/v.mp4"},
    )
    decided = plan(load(app), tmp_path / "results")
    assert factories(decided) == [
        *("nvinfer", "nvtracker", "nvmultistreamtiler"),
        *("nvvideoconvert", "capsfilter", "nvdsosd"),
        *("nvvideoconvert", "capsfilter", "nvv4l2h264enc", "h264parse", "mp4mux", "filesink"),
    ]
    assert decided.videos == (tmp_path / "results/v.mp4",)
    assert decided.kitti == tmp_path / "results/kitti"
    assert "nvinfer name=primary_gie" in decided.describe()


def test_without_tiles_only_the_sources_that_a_sink_names_are_shown(tmp_path: Path) -> None:
    videos = [tmp_path / "a.mp4", tmp_path / "b.mp4"]
    app = write_app(tmp_path, videos, sink0={"enable": 1, "type": 1, "source-id": 1})
    decided = plan(load(app))
    assert [link.source for link in decided.links if link.source.startswith("demux.")] == [
        "demux.src_1"
    ]
    lost = write_app(tmp_path, videos, sink0={"enable": 1, "type": 1, "source-id": 2})
    with pytest.raises(InputError, match="source-id"):
        plan(load(lost))


def test_several_sinks_share_one_picture_by_a_tee(tmp_path: Path) -> None:
    app = write_app(
        tmp_path,
        [tmp_path / "a.mp4"],
        tiled_display=TILES,
        sink1={"enable": 1, "type": 4, "rtsp-port": 8555, "udp-port": 5401},
    )
    decided = plan(load(app), preview=True)
    assert len([link for link in decided.links if link.source == "tee"]) == 3
    assert [(one.port, one.udp_port) for one in decided.rtsp] == [(8555, 5401)]
    assert "appsink" in {piece.factory for piece in decided.pieces}


def test_a_camera_makes_the_mux_live_and_is_connected_to_again(tmp_path: Path) -> None:
    camera = {"enable": 1, "type": 4, "uri": "rtsp://a/b", "rtsp-reconnect-interval-sec": 3}
    app = write_app(tmp_path, [], source0=camera, streammux={"batch-size": 1})
    pieces = {piece.name: piece for piece in plan(load(app)).pieces}
    assert pieces["mux"].properties["live-source"] is True
    assert pieces["source0"].properties["rtsp-reconnect-interval"] == 3


LOGGER = {"enable": 1, "type": 1, "nvdslogger": 1}


@pytest.mark.parametrize("tiles", [1, 0])
def test_a_logger_stands_before_all_sinks_of_a_picture(tmp_path: Path, tiles: int) -> None:
    videos = [tmp_path / "a.mp4", tmp_path / "b.mp4"]
    sinks = {
        "sink0": {"enable": 1, "type": 1},
        "sink1": {**LOGGER, "show-latency": 1},
        "sink2": {"enable": 1, "type": 1, "source-id": 1},
    }
    app = write_app(tmp_path, videos, tiled_display={**TILES, "enable": tiles}, osd=OSD, **sinks)
    decided = plan(load(app))
    found = {one.name: one for one in decided.pieces if one.factory == "nvdslogger"}
    assert list(found) == (["logger"] if tiles else ["logger0", "logger1"])
    behind = {link.source: link.sink for link in decided.links}
    for name, one in found.items():
        assert one.properties == {"show-fps": False, "show-latency": True}
        assert behind[f"osd{name.removeprefix('logger')}"] == f"{name}_queue"


def test_a_logger_is_not_beside_the_tiles_nor_silent_without_a_word(tmp_path: Path) -> None:
    app = write_app(
        tmp_path,
        [tmp_path / "a.mp4"],
        tiled_display={**TILES, "enable": 2},
        sink0=LOGGER,
        sink1={"enable": 1, "type": 1, "link-to-demux": 1},
    )
    decided = plan(load(app))
    assert [one.name for one in decided.pieces if one.factory == "nvdslogger"] == ["logger"]
    assert "without show-fps=1" in " ".join(decided.warnings)


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    app = write_app(
        tmp_path,
        [tmp_path / "a.mp4"],
        tracker={"enable": 1, "ll-config-file": "absent.yml"},
        sink0={"enable": 1, "type": 2},
        img_save={"enable": 1},
    )
    told = " ".join(plan(load(app)).warnings)
    for word in ("absent.yml", "img-save", "window"):
        assert word in told


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"source0": {"enable": 0}}, "no source"),
        ({"sink0": {"enable": 0}}, "no sink"),
        ({"source0": {"enable": 1, "type": 5, "uri": "x"}}, "type 5"),
        ({"streammux": {"width": 0}}, "width"),
        ({"primary_gie": {"enable": 1, "plugin-type": 3, "config-file": "a"}}, "plugin-type=3"),
        ({"sink0": {"enable": 1, "type": 6}}, "msg-broker-proto-lib"),
        ({"sink0": {"enable": 1, "type": 4, "codec": 3}}, "H.264 or H.265"),
        ({"tiled_display": {"enable": 2}}, "link-to-demux"),
        ({"pre_process": {"enable": 1}}, "config-file"),
        ({"sink0": {"enable": 1, "type": 3}}, "output-file"),
    ],
)
def test_what_cannot_be_run_is_refused(
    tmp_path: Path, groups: dict[str, dict[str, object]], message: str
) -> None:
    app = write_app(tmp_path, [tmp_path / "a.mp4"], **groups)
    with pytest.raises(T2EError, match=message) as caught:
        plan(load(app))
    assert "app.txt" in str(caught.value)


def test_class_colours_reach_the_display(tmp_path: Path) -> None:
    app = write_app(tmp_path, [tmp_path / "a.mp4"], tiled_display=TILES, osd=OSD)
    config = load(app)
    gie = dataclasses.replace(config.primary_gie, border_colors=((1, (0.0, 1.0, 0.0, 1.0)),))
    decided = plan(dataclasses.replace(config, primary_gie=gie))
    osd = next(piece for piece in decided.pieces if piece.factory == "nvdsosd")
    assert osd.properties["class-colors"] == "1:0;1;0;1"


FULL = {
    "pre_process": {"enable": 1, "config-file": "pre.txt"},
    "tracker": {"enable": 1},
    "nvds_analytics": {"enable": 1, "config-file": "lines.txt"},
    "secondary_gie0": {
        "enable": 1,
        "gie-unique-id": 5,
        "operate-on-gie-id": 4,
        "config-file": "color.txt",
    },
    "secondary_gie1": {
        "enable": 1,
        "gie-unique-id": 4,
        "operate-on-gie-id": 1,
        "operate-on-class-ids": "0;2",
        "config-file": "make.txt",
    },
    "segvisual": {"enable": 1},
}


def test_everything_that_the_streams_share_stands_in_deepstream_apps_order(tmp_path: Path) -> None:
    app = write_app(tmp_path, [tmp_path / "a.mp4"], tiled_display=TILES, **FULL)
    decided = plan(load(app))
    assert factories(decided) == [
        *("nvdspreprocess", "nvinfer", "nvtracker", "nvdsanalytics"),
        *("nvinfer", "nvinfer", "nvsegvisual", "nvmultistreamtiler", "fakesink"),
    ]
    pieces = {piece.name: piece for piece in decided.pieces}
    assert decided.counted == "segvisual"
    assert pieces["primary_gie"].properties["input-tensor-meta"] is True
    make, color = pieces["secondary_gie_1"], pieces["secondary_gie_0"]
    assert make.properties["process-mode"] == 2
    assert make.properties["infer-on-gie-id"] == 1
    assert make.properties["infer-on-class-ids"] == "0:2:"
    assert make.properties["config-file-path"] == str(tmp_path / "make.txt")
    assert "infer-on-class-ids" not in color.properties
    order = [piece.name for piece in decided.pieces]
    assert order.index("secondary_gie_1") < order.index("secondary_gie_0")
    line = app.read_text().splitlines().index("[secondary-gie1]") + 1
    assert make.where == f"{app}:{line}"


def test_a_secondary_network_that_hangs_on_nothing_is_left_out_and_told(tmp_path: Path) -> None:
    lost = {"enable": 1, "gie-unique-id": 5, "operate-on-gie-id": 9, "config-file": "x.txt"}
    decided = plan(load(write_app(tmp_path, [tmp_path / "a.mp4"], secondary_gie0=lost)))
    assert "operate-on-gie-id=9" in " ".join(decided.warnings)
    assert [piece.name for piece in decided.pieces if piece.factory == "nvinfer"] == ["primary_gie"]


BROKER = {
    "enable": 1,
    "type": 6,
    "msg-conv-config": "conv.txt",
    "msg-conv-payload-type": 1,
    "msg-broker-proto-lib": "/opt/lib/libnvds_mqtt_proto.so",
    "msg-broker-conn-str": "localhost;1883",
    "topic": "cars",
}


def test_messages_are_made_of_the_batches_before_they_are_tiled(tmp_path: Path) -> None:
    app = write_app(tmp_path, [tmp_path / "a.mp4"], tiled_display=TILES, sink1=BROKER)
    decided = plan(load(app))
    ends = [link.sink for link in decided.links if link.source == "common_tee"]
    assert ends == ["broker1_queue", "tiler_queue"]
    pieces = {piece.name: piece.properties for piece in decided.pieces}
    assert pieces["broker1_conv"]["payload-type"] == 1
    assert pieces["broker1_conv"]["config"] == str(tmp_path / "conv.txt")
    assert pieces["broker1"]["conn-str"] == "localhost;1883"
    assert pieces["broker1"]["topic"] == "cars"


def test_a_common_converter_takes_the_place_of_each_sinks_own(tmp_path: Path) -> None:
    app = write_app(
        tmp_path,
        [tmp_path / "a.mp4"],
        tiled_display=TILES,
        message_converter={"enable": 1, "msg-conv-config": "conv.txt"},
        sink1={**BROKER, "disable-msgconv": 1},
    )
    decided = plan(load(app))
    assert [one.name for one in decided.pieces if one.factory == "nvmsgconv"] == ["common_msg_conv"]
    assert factories(decided)[:2] == ["nvinfer", "nvmsgconv"]


def test_tiles_and_one_stream_beside_them(tmp_path: Path) -> None:
    app = write_app(
        tmp_path,
        [tmp_path / "a.mp4", tmp_path / "b.mp4"],
        tiled_display={**TILES, "enable": 2, "columns": 2},
        sink1={"enable": 1, "type": 1, "source-id": 1, "link-to-demux": 1},
        sink2={"enable": 1, "type": 1, "source-id": 0, "link-to-demux": 1},
    )
    decided = plan(load(app))
    ends = [link.sink for link in decided.links if link.source == "common_tee"]
    assert ends == ["demux_queue", "tiler_queue"]
    assert [one.source for one in decided.links if one.source.startswith("demux.")] == [
        "demux.src_1"
    ]
    assert "source 1 has the demuxer already" in " ".join(decided.warnings)


def test_too_few_tiles_get_rows_as_in_deepstream_app(tmp_path: Path) -> None:
    videos = [tmp_path / f"{number}.mp4" for number in range(5)]
    decided = plan(load(write_app(tmp_path, videos, tiled_display={**TILES, "columns": 2})))
    tiler = next(piece for piece in decided.pieces if piece.factory == "nvmultistreamtiler")
    assert (tiler.properties["rows"], tiler.properties["columns"]) == (3, 2)


def test_the_new_mux_is_not_told_of_a_size(tmp_path: Path) -> None:
    mux = {"width": 0, "height": 0, "config-file-path": "mux.txt"}
    app = write_app(tmp_path, [tmp_path / "a.mp4"], streammux=mux)
    pieces = {piece.name: piece.properties for piece in plan(load(app), new_mux=True).pieces}
    assert pieces["mux"] == {"batch-size": 1, "config-file-path": str(tmp_path / "mux.txt")}


@pytest.mark.parametrize(
    ("codec", "enc_type", "factory"),
    [(1, 0, "nvv4l2h264enc"), (2, 0, "nvv4l2h265enc"), (1, 1, "x264enc"), (2, 1, "x265enc")],
)
def test_the_encoder_is_that_of_codec_and_type(
    tmp_path: Path, codec: int, enc_type: int, factory: str
) -> None:
    sink = {
        **FILE_SINK,
        "codec": codec,
        "enc-type": enc_type,
        "container": 2,
        "output-file": "v.mkv",
    }
    app = write_app(tmp_path, [tmp_path / "a.mp4"], tiled_display=TILES, sink0=sink)
    found = factories(plan(load(app)))
    assert factory in found and found[-2:] == ["matroskamux", "filesink"]


def test_nvidias_own_samples_are_planned(shared: Path) -> None:
    """Every one becomes a pipeline; only files of other programs are refused."""
    files = sorted((shared / "data/deepstream_configs/app").glob("*.txt"))
    files = [one for one in files if not ("nmos" in one.name or "override" in one.name)]
    for file in files:
        decided = plan(load(file))
        assert len(decided.uris) >= 1, file
        assert all(piece.where for piece in decided.pieces if piece.factory == "nvinfer")


def test_on_a_device_there_is_nothing_of_the_twins_own(tmp_path: Path) -> None:
    screen = {"enable": 1, "type": 2, "sync": 0}
    app = write_app(tmp_path, [tmp_path / "a.mp4"], osd=OSD, tracker={"enable": 1}, sink0=screen)
    jetson = {one.name: one for one in plan(load(app), device="jetson").pieces}
    assert "engine" not in jetson["primary_gie"].properties
    assert set(jetson["osd0"].properties) == {"display-text", "display-bbox"}
    assert str(jetson["tracker"].properties["ll-lib-file"]).endswith("multiobjecttracker.so")
    assert jetson["sink0_0"].factory == "nv3dsink"
    twin = {one.name: one for one in plan(load(app)).pieces}
    assert "ll-lib-file" not in twin["tracker"].properties
    assert (twin["sink0_0"].factory, twin["osd0"].properties["app-style"]) == ("fakesink", True)


def test_pixels_that_a_program_reads_are_rgba_and_on_a_gpu_unified(tmp_path: Path) -> None:
    app = load(write_app(tmp_path, [tmp_path / "a.mp4"], tiled_display=TILES))
    decided = plan(app, rgba=True, device="gpu")
    assert factories(decided)[:4] == [
        *("nvinfer", "nvvideoconvert", "capsfilter", "nvmultistreamtiler")
    ]
    pieces = {one.name: one.properties for one in decided.pieces}
    assert pieces[decided.counted]["caps"] == "video/x-raw(memory:NVMM),format=RGBA"
    assert pieces["mux"]["nvbuf-memory-type"] == pieces["rgba_convert"]["nvbuf-memory-type"] == 3
    for device in ("jetson", None):
        pieces = {one.name: one.properties for one in plan(app, rgba=True, device=device).pieces}
        assert "nvbuf-memory-type" not in {*pieces["mux"], *pieces["rgba_convert"]}


def test_one_element_plays_all_sources_where_the_list_asks_for_it(tmp_path: Path) -> None:
    listed = {
        "list": "file:///a.mp4;rtsp://b/c",
        "sensor-id-list": "left;right",
        "use-nvmultiurisrcbin": 1,
        "max-batch-size": 5,
        "sgie-batch-size": 40,
        "http-port": 9123,
    }
    shared = {"enable": 1, "latency": 250, "rtsp-reconnect-interval-sec": 3}
    app = write_app(
        tmp_path, [], source_attr_all=shared, source_list=listed, streammux={"batch-size": 1}
    )
    decided = plan(load(app))
    first = decided.pieces[0]
    assert (first.factory, first.name) == ("nvmultiurisrcbin", "mux")
    assert first.properties["uri-list"] == "file:///a.mp4,rtsp://b/c"
    assert first.properties["sensor-id-list"] == "left,right"
    assert first.properties["port"] == "9123"
    assert (first.properties["max-batch-size"], first.properties["latency"]) == (5, 250)
    assert (first.properties["width"], first.properties["live-source"]) == (320, True)
    network = next(piece for piece in decided.pieces if piece.factory == "nvinfer")
    assert network.properties["batch-size"] == 5
    assert "nvurisrcbin" not in {piece.factory for piece in decided.pieces}
    assert decided.uris == ("file:///a.mp4", "rtsp://b/c")


def test_a_list_without_an_address_waits_for_requests(tmp_path: Path) -> None:
    listed = {"num-source-bins": 0, "use-nvmultiurisrcbin": 1}
    app = write_app(
        tmp_path, [], source_attr_all={"enable": 1}, source_list=listed, streammux={"batch-size": 1}
    )
    assert "uri-list" not in plan(load(app)).pieces[0].properties
    lost = write_app(
        tmp_path,
        [],
        source_attr_all={"enable": 1},
        source_list={"num-source-bins": 0},
        streammux={"batch-size": 1},
    )
    with pytest.raises(InputError, match="no source is enabled"):
        plan(load(lost))
