from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from deepstream.app_config import load
from deepstream.twin.pieces import TwinPlan
from deepstream.twin.plan import plan
from tests.deepstream.twin.toy import FILE_SINK, OSD, write_app
from train2edge.errors import InputError

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


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    app = write_app(
        tmp_path,
        [tmp_path / "a.mp4"],
        tracker={"enable": 1, "ll-config-file": "absent.yml"},
        sink0={"enable": 1, "type": 2},
        nvds_analytics={"enable": 1, "config-file": "a.txt"},
    )
    told = " ".join(plan(load(app)).warnings)
    for word in ("absent.yml", "nvds-analytics", "window"):
        assert word in told


def test_a_tracker_that_does_less_than_its_file_asks_for_says_so(tmp_path: Path) -> None:
    tracker = {"enable": 1, "ll-config-file": "tracker.yml"}
    app = write_app(tmp_path, [tmp_path / "a.mp4"], tracker=tracker, sink0={"enable": 1, "type": 1})
    (tmp_path / "tracker.yml").write_text("%YAML:1.0\nVisualTracker:\n  visualTrackerType: 1\n")
    assert plan(load(app)).warnings == (
        "the CPU twin tracks by overlap, without the correlation filters of NvDCF",
    )


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"source0": {"enable": 0}}, "no source"),
        ({"sink0": {"enable": 0}}, "no sink"),
        ({"source0": {"enable": 1, "type": 5, "uri": "x"}}, "type 5"),
        ({"streammux": {"width": 0}}, "width"),
        ({"primary_gie": {"enable": 1, "plugin-type": 1, "config-file": "a"}}, "plugin-type=1"),
        ({"sink0": {"enable": 1, "type": 3}}, "output-file"),
    ],
)
def test_what_cannot_be_run_is_refused(
    tmp_path: Path, groups: dict[str, dict[str, object]], message: str
) -> None:
    app = write_app(tmp_path, [tmp_path / "a.mp4"], **groups)
    with pytest.raises(InputError, match=message):
        plan(load(app))


def test_class_colours_reach_the_display(tmp_path: Path) -> None:
    app = write_app(tmp_path, [tmp_path / "a.mp4"], tiled_display=TILES, osd=OSD)
    config = load(app)
    gie = dataclasses.replace(config.primary_gie, border_colors=((1, (0.0, 1.0, 0.0, 1.0)),))
    decided = plan(dataclasses.replace(config, primary_gie=gie))
    osd = next(piece for piece in decided.pieces if piece.factory == "nvdsosd")
    assert osd.properties["class-colors"] == "1:0;1;0;1"
