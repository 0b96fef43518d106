"""Odd forms that real files have, read as their real readers read them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from train2edge.errors import InputError
from train2edge.settings_file import Document, differences, open_document

GKEYFILE = (
    b"# head\r\n[property]\r\n  gpu-id = 0 \r\nname=\\sa\\tb\t\r\n[property]\r\ngpu-id=1 # one\r\n"
    b"list=1;2;\r\n;odd=1\r\nempty=\r\nw==2\r\n# caf\xe9\r\n[tail] \r\nx=1"
)
YAML = (
    "# head\n%YAML:1.0\n---\nBaseConfig:   # why\n  a:\t0.5\t# tab\n  b: \"x: y\"\n  c: 'it''s'\n"
    "  d: [1, 2]   # list\n  e:\n  - 1\n  - f: 2\n    g: 3\n  e: again\nempty:\n  h:\n# tail\n"
)
PROTOTXT = (
    "# head\ninfer_config { unique_id: 5 # id\n  gpu_ids: [0, 1], a < b: 'it' \"s\" >\n"
    '  outputs [ {name: "x\\ty"} ];\n  m { key: 0 value { t: -1.5e-3 } }\n}\n'
    "input_control { process_mode : PROCESS_MODE_FULL_FRAME }\n"
)
SENSORS = """# head
%YAML 1.2

# decode
---
name: video_source
type: ds3d::gstparsebin
config_body:
  parse_bin: >-
    multifilesrc location=camera_%05d.jpg ! image/jpeg, framerate=10/1 ! m.sink_0
    nvstreammux name=m width=1920 # no comment

# filter
---
name: filter
config_body:
  # why
  model_inputs:
    - name: feats # what
      shape: [4, 8000, 10, 9]
  cam_intrinsic: [
    [2175.554,    0.000, 969.823, 0.000,
        0.000, 2320.126, 572.754, 0.000]]
  labels:
    - car:
        color: [255, 158, 0]
---
  name: debugdump
  eos_auto_stop: True
"""
PROTOTXT_EDITED = b"infer_config { unique_id: 6 # id"
CSV = "enable,type,uri\n1,4, rtsp://h/a \n\n1,2,file:///b.mp4\n"


def document(tmp_path: Path, name: str, text: str | bytes) -> Document:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return open_document(path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", GKEYFILE),
        ("a.yml", YAML),
        ("a.yml", YAML.replace("\n", "\r\n")),
        ("a.txt", PROTOTXT),
        ("b.yml", PROTOTXT),
        ("a.csv", CSV),
        ("a.txt", ""),
        ("a.yml", ""),
        ("a.txt", "[a]\njunk\nx=1\n"),
        ("a.yml", "a: {\n"),
        ("a.txt", "a {\n b: }\n"),
        ("a.yml", "\ufeffa:\n  b: 1\n"),
        ("a.yml", "a:\n  b: 1\n---\nc:\n  d: 2\n"),
        ("a.yml", SENSORS),
        ("a.yml", "# c\n%YAML 1.2\nds3d::datamap:\n  key: DS3D::Lidar_0\n"),
        ("a.txt", "[a]\nx=1\n\n\n   # far in\n  y = 2\n"),
    ],
)
def test_round_trip(tmp_path: Path, name: str, text: str | bytes) -> None:
    given = document(tmp_path, name, text)
    given.write(tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == given.path.read_bytes()
    again = dataclasses.replace(given, text=given.rendered())
    assert list(differences(given, again)) == []


def test_gkeyfile_is_read_as_glib_reads_it(tmp_path: Path) -> None:
    given = document(tmp_path, "a.txt", GKEYFILE)
    first, second, tail = given.root.children
    assert [(one.key, one.value) for one in first.children] == [
        ("gpu-id", "0 "),
        ("name", " a\tb\t"),
    ]
    assert [(one.key, one.value, one.line) for one in second.children] == [
        ("gpu-id", "1 # one", 6),
        ("list", "1;2;", 7),
        (";odd", "1", 8),
        ("empty", "", 9),
        ("w", "=2", 10),
    ]
    assert tail.children[0].value == "1"
    assert given.problems == () and len(given.remarks) == 2


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("[a]\nx\n", 2, "neither"),
        ("x=1\n", 1, "before the first"),
        ("[a]\n=1\n", 2, "neither"),
        ("[a]\nx[=1\n", 2, "no name for a key"),
        ("[]\n", 1, "no name for a group"),
        ("[[a]\nx=1\n", 1, "no name for a group"),
        ("[a] b\n", 1, "neither"),
    ],
)
def test_what_glib_refuses_is_a_problem(tmp_path: Path, text: str, line: int, why: str) -> None:
    first = document(tmp_path, "a.txt", text).problems[0]
    assert first.where == f"{tmp_path}/a.txt:{line}" and why in first.message


def test_yaml_keeps_texts_positions_and_headers(tmp_path: Path) -> None:
    given = document(tmp_path, "a.yml", YAML)
    base = given.root.find("BaseConfig")
    assert base is not None
    assert [(one.key, one.kind, one.value, one.line) for one in base.children] == [
        ("a", "scalar", "0.5", 5),
        ("b", "scalar", "x: y", 6),
        ("c", "scalar", "it's", 7),
        ("d", "list", "", 8),
        ("e", "list", "", 9),
        ("e", "scalar", "again", 13),
    ]
    assert given.remarks == ("# head", "%YAML:1.0", "---", "# why", "# tab", "# list", "# tail")


def test_prototxt_needs_no_schema(tmp_path: Path) -> None:
    root = document(tmp_path, "a.txt", PROTOTXT).root
    values = {".".join(keys): one.value for keys, one in root.walk() if one.kind == "scalar"}
    assert values["infer_config.a.b"] == "its"
    assert values["infer_config.outputs..name"] == "x\ty"
    assert values["infer_config.m.value.t"] == "-1.5e-3"
    assert values["input_control.process_mode"] == "PROCESS_MODE_FULL_FRAME"


@pytest.mark.parametrize(
    ("name", "text", "keys", "value", "lines"),
    [
        ("a.txt", GKEYFILE, ("property", "gpu-id"), "7", [b"gpu-id=7\r"]),
        ("a.txt", GKEYFILE, ("property", "new"), "7", [b"new=7\r"]),
        ("a.txt", GKEYFILE, ("tail", "y"), " a", [b"y=\\sa\r"]),
        ("a.yml", YAML, ("BaseConfig", "b"), "a # b", [b'  b: "a # b"']),
        ("a.yml", YAML, ("BaseConfig", "new"), "1;2", [b"  new: 1;2"]),
        ("a.txt", PROTOTXT, ("infer_config", "unique_id"), "6", [PROTOTXT_EDITED]),
        ("a.csv", CSV, ("source0", "uri"), "rtsp://h/c", [b"1,4, rtsp://h/c "]),
    ],
)  # fmt: skip
def test_an_edit_touches_one_line(
    tmp_path: Path,
    name: str,
    text: str | bytes,
    keys: tuple[str, ...],
    value: str,
    lines: list[bytes],
) -> None:
    given = document(tmp_path, name, text)
    edited = given.set(keys, value)
    found = edited.root.find(*keys)
    assert found is not None and found.value == value
    edited.write()
    old = text if isinstance(text, bytes) else text.encode()
    new = given.path.read_bytes()
    assert [one for one in new.split(b"\n") if one not in old.split(b"\n") and one] == [
        *([b"x=1\r"] if keys[0] == "tail" else []),
        *lines,
    ]


def test_a_value_can_be_taken_out(tmp_path: Path) -> None:
    given = document(tmp_path, "a.txt", "[a]\nx=1\n# y\ny=2\n")
    assert given.remove("a", "x").text == "[a]\n# y\ny=2\n"
    for keys in (("a", "z"), ("a",)):
        with pytest.raises(InputError, match="has no value"):
            given.remove(*keys)


def test_a_cell_of_a_list_of_sources_takes_no_comma(tmp_path: Path) -> None:
    given = document(tmp_path, "a.csv", CSV)
    with pytest.raises(InputError, match="every comma"):
        given.set(("source0", "uri"), "file:///a,b.mp4")
    with pytest.raises(InputError, match="no column latency"):
        given.set(("source0", "latency"), "100")


def test_what_is_no_single_value_is_not_replaced(tmp_path: Path) -> None:
    given = document(tmp_path, "a.yml", YAML)
    with pytest.raises(InputError, match="no single value"):
        given.set(("BaseConfig", "d"), "1")
    with pytest.raises(InputError, match="has no Nowhere"):
        given.set(("Nowhere", "d"), "1")
