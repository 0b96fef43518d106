from __future__ import annotations

from pathlib import Path

import pytest

from deepstream.app_config import load
from train2edge.errors import InputError, ProblemsError

APP = """[application]
gie-kitti-output-dir=out/kitti
[source0]
enable=0
uri=file://ignored.mp4
[source1]
enable=1
type=3
num-sources=2
uri=file://street_%d.mp4
[source2]
enable=1
type=4
uri=rtsp://camera/1
[streammux]
width=1280
height=720
[primary-gie]
enable=1
config-file=infer.txt
bbox-border-color1=0;1;0;1
[sink0]
enable=0
[sink1]
enable=1
type=3
output-file=out/video.mp4
[tests]
file-loop=1
"""


def write(folder: Path, text: str, name: str = "app.txt") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_enabled_groups_are_read_with_absolute_paths(tmp_path: Path) -> None:
    config = load(write(tmp_path, APP))
    assert [one.uri for one in config.sources] == [
        f"file://{tmp_path}/street_0.mp4",
        f"file://{tmp_path}/street_1.mp4",
        "rtsp://camera/1",
    ]
    assert [one.live for one in config.sources] == [False, False, True]
    assert config.primary_gie.config_file == tmp_path / "infer.txt"
    assert config.primary_gie.border_colors == ((1, (0.0, 1.0, 0.0, 1.0)),)
    assert [one.output_file for one in config.sinks] == [tmp_path / "out/video.mp4"]
    assert config.application.gie_kitti_output_dir == tmp_path / "out/kitti"
    assert config.file_loop
    assert config.warnings == ()


def test_every_wrong_value_is_told_with_its_line(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "[streammux]\nwidth=wide\nheight=-1\n[sink0]\ntype=12\nsync=maybe\n"
        "[osd]\ntext-color=1;1\n[source0]\nenable=1\n[primary-gie]\nenable=1\n",
    )
    with pytest.raises(ProblemsError) as caught:
        load(path)
    told = {(one.where, one.message.split(":")[0]) for one in caught.value.problems}
    assert told == {
        (f"{path}:2", "width=wide"),
        (f"{path}:3", "height=-1"),
        (f"{path}:5", "type=12"),
        (f"{path}:6", "sync=maybe"),
        (f"{path}:8", "text-color=1;1"),
        (f"{path}:9", "[source0] has no uri"),
        (f"{path}:11", "[primary-gie] has no config-file"),
    }


def test_unknown_keys_and_groups_warn_and_hardware_keys_do_not(tmp_path: Path) -> None:
    path = write(tmp_path, "[osd]\nenable=1\ngpu-id=0\nboarder-width=3\n[oswald]\nenable=1\n")
    assert load(path).warnings == (
        f"{path}:4: unknown key 'boarder-width' in [osd]",
        f"{path}:5: unknown group [oswald]",
    )


def test_enabled_groups_without_a_twin_are_named_with_their_line(tmp_path: Path) -> None:
    text = "[img-save]\nenable=1\n[replay]\nenable=0\n[dewarper0]\nenable=1\n"
    path = write(tmp_path, text)
    assert load(path).other == (("img-save", f"{path}:1"), ("dewarper0", f"{path}:5"))


def test_secondary_networks_come_by_number_with_their_own_keys(tmp_path: Path) -> None:
    second = "[secondary-gie{}]\nenable={}\ngie-unique-id={}\noperate-on-gie-id=1\n"
    text = (
        second.format(1, 1, 5) + "config-file=b.txt\noperate-on-class-ids=0;2;\n"
        "bbox-border-color0=1;0;0;1\n" + second.format(0, 1, 4) + "config-file=a.yml\n"
    ) + second.format(2, 0, 6)
    config = load(write(tmp_path, text))
    assert [(one.gie_unique_id, one.config_file) for one in config.secondary_gies] == [
        (4, tmp_path / "a.yml"),
        (5, tmp_path / "b.txt"),
    ]
    assert config.secondary_gies[1].operate_on_class_ids == (0, 2)
    assert config.secondary_gies[1].border_colors == ((0, (1.0, 0.0, 0.0, 1.0)),)
    assert config.warnings == ()


MANY = "[source-attr-all]\nenable=1\n[source-list]\nlist={}\nuse-nvmultiurisrcbin=1\n"


def test_a_source_list_shares_the_keys_of_all(tmp_path: Path) -> None:
    text = (
        "[source-list]\nnum-source-bins=3\nlist=file://a.mp4;rtsp://host/b;usb:0;\n"
        "[source-attr-all]\nenable=1\ntype=3\nlatency=250\n"
    )
    config = load(write(tmp_path, text))
    assert [(one.type, one.uri, one.latency) for one in config.sources] == [
        (2, f"file://{tmp_path}/a.mp4", 250),
        (4, "rtsp://host/b", 250),
        (1, "usb:0", 250),
    ]


def test_a_group_of_its_own_changes_a_source_of_the_list(tmp_path: Path) -> None:
    text = (
        "[source-list]\nlist=file://a.mp4;file://b.mp4;file://c.mp4\nsgie-batch-size=9\n"
        "[source-attr-all]\nenable=1\nlatency=250\ndrop-frame-interval=2\n"
        "[source1]\nenable=1\ndrop-frame-interval=5\n[source2]\nenable=0\nuri=file://d.mp4\n"
        "[streammux]\nbatch-size=1\n[primary-gie]\nenable=1\nbatch-size=8\nconfig-file=p.txt\n"
        "[secondary-gie0]\nenable=1\nconfig-file=s.txt\n"
    )
    config = load(write(tmp_path, text))
    assert [(one.uri[-5:], one.latency, one.drop_frame_interval) for one in config.sources] == [
        ("a.mp4", 250, 2),
        ("b.mp4", 100, 5),
        ("c.mp4", 250, 2),
    ]
    gies = (config.primary_gie, *config.secondary_gies)
    assert (config.streammux.batch_size, *(one.batch_size for one in gies)) == (3, 3, 9)


@pytest.mark.parametrize("switch", ["", "enable=0\n"])
def test_what_all_sources_share_says_whether_they_are_on(tmp_path: Path, switch: str) -> None:
    listed = "[source-list]\nlist=file://a.mp4\n"
    assert load(write(tmp_path, f"{listed}[source-attr-all]\n{switch}")).sources == ()


def test_without_a_list_there_is_nothing_to_share(tmp_path: Path) -> None:
    text = "[source-attr-all]\nenable=1\nlatency=250\n[source0]\nenable=1\nuri=file://a.mp4\n"
    assert [one.latency for one in load(write(tmp_path, text)).sources] == [100]


def test_one_element_for_all_sources_is_what_the_list_asks_for(tmp_path: Path) -> None:
    text = MANY.format("file://a.mp4;rtsp://b") + "sensor-id-list=1;2\nhttp-port=0\n"
    many = load(write(tmp_path, text)).many
    assert many is not None
    assert (many.listed.sensor_id_list, many.listed.http_port) == ("1;2", 0)
    assert (many.listed.http_ip, many.listed.max_batch_size) == ("localhost", 30)
    assert (
        load(write(tmp_path, text.replace("nvmultiurisrcbin=1", "nvmultiurisrcbin=0"))).many is None
    )


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[source-list]\nlist=rtsp://a\n[source-attr-all]\nenable=1\n[source1]\nenable=1\n", 5),
        (
            "[source-list]\nlist=rtsp://a\n[source-attr-all]\nenable=1\n[source0]\nenable=1\ntype=3\n",
            7,
        ),
        ("[source-list]\nlist=file://a.mp4\n", 1),
        ("[source-list]\nnum-source-bins=2\nlist=file://a.mp4\n[source-attr-all]\nenable=1\n", 2),
        (MANY.format("file://a;file://b") + "max-batch-size=1\n", 6),
        (MANY.format("file://a,b"), 4),
        (MANY.format("") + "http-port=65536\n", 6),
    ],
)
def test_a_source_list_that_does_not_fit_is_told_with_its_line(
    tmp_path: Path, text: str, where: int
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ProblemsError) as caught:
        load(path)
    assert [one.where for one in caught.value.problems] == [f"{path}:{where}"]


def test_a_number_ends_at_the_first_blank_as_in_nvidias_samples(tmp_path: Path) -> None:
    text = "[sink0]\nenable=1 # on\ntype=3 # a file\noutput-file=a.mp4\n"
    (sink,) = load(write(tmp_path, text)).sinks
    assert (sink.type, sink.enable) == (3, True)


def test_the_yaml_form_takes_its_sources_from_a_csv(tmp_path: Path) -> None:
    (tmp_path / "sources.csv").write_text("enable,type,uri\n1,2,file://a.mp4\n0,2,file://b.mp4\n")
    text = (
        "source:\n  csv-file-path: sources.csv\nstreammux:\n  width: 64\n"
        "osd:\n  text-color: 1;0;0;1\n"
    )
    config = load(write(tmp_path, text, "app.yaml"))
    assert [one.uri for one in config.sources] == [f"file://{tmp_path}/a.mp4"]
    assert config.streammux.width == 64
    assert config.osd.text_color == (1.0, 0.0, 0.0, 1.0)


def test_a_csv_row_of_another_length_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "sources.csv").write_text("enable,type,uri\n1,2\n")
    path = write(tmp_path, "source:\n  csv-file-path: sources.csv\n", "app.yml")
    with pytest.raises(InputError, match="2 values for 3 columns") as caught:
        load(path)
    assert caught.value.where == f"{tmp_path}/sources.csv:2"


@pytest.mark.parametrize("text", ["width=3\n", "[streammux]\nwidth\n", ": [\n"])
def test_what_is_no_configuration_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=r":[12]"):
        load(write(tmp_path, text, "app.yaml" if text.startswith(":") else "app.txt"))


def test_nvidias_own_samples_are_read(shared: Path) -> None:
    """Those of its network transport are of another program, its overrides hold no source."""
    files = sorted((shared / "data/deepstream_configs/app").glob("*.txt"))
    files = [one for one in files if not ("nmos" in one.name or "override" in one.name)]
    assert len(files) > 10
    for file in files:
        config = load(file)
        assert config.sources and config.sinks, file
        assert not config.warnings, file
