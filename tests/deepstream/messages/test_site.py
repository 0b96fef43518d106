from __future__ import annotations

from pathlib import Path

import pytest

from deepstream.messages.site import Module, Place, Sensor, read
from train2edge.errors import ProblemsError

TEXT = """[sensor2]
enable=1
type=Camera
id=GATE
location=45.5;-75.25;48
description="Entrance"
coordinate=5.2;10.1;11.2
[place0]
enable=1
id=7
type=garage
name=XYZ
place-sub-field1=walsh
place-sub-field3=P2
[analytics1]
enable=1
id=A
source=OpenALR
version=1.0
[sensor9]
enable=0
location=nowhere
"""


def test_sensors_places_and_modules_are_read_by_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "msgconv.txt"
    path.write_text(TEXT)
    site = read(path)
    sensor = Sensor("GATE", "Camera", '"Entrance"', (45.5, -75.25, 48.0), (5.2, 10.1, 11.2))
    assert site.sensors == {2: sensor}
    assert site.places == {0: Place("7", "XYZ", "garage", fields=("walsh", "", "P2"))}
    assert site.modules == {1: Module("A", "", "OpenALR", "1.0")}
    assert site.notes == ()


def test_yaml_and_csv_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "m.yml").write_text("sensor0:\n  enable: 1\n  id: GATE\n  location: 1;2;3\n")
    assert read(tmp_path / "m.yml").sensors == {0: Sensor("GATE", location=(1.0, 2.0, 3.0))}
    (tmp_path / "m.csv").write_text("camera,id,what,text,a,b,c\n0, GATE ,in,x,walsh,lane1,P2\n")
    site = read(tmp_path / "m.csv")
    assert site.sensors == {0: Sensor("GATE", "Camera", "in")}
    assert site.places[0].fields == ("walsh", "lane1", "P2")


def test_all_mistakes_are_told_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "msgconv.txt"
    path.write_text("[sensor0]\nenable=1\nlocation=1;2\ncoordinate=a;b;c\n[place]\nenable=1\n")
    with pytest.raises(ProblemsError) as caught:
        read(path)
    assert [one.where for one in caught.value.problems] == [f"{path}:{n}" for n in (3, 4, 5)]
    (tmp_path / "m.csv").write_text("head\n0,a,b\n")
    with pytest.raises(ProblemsError, match=r"m\.csv:2: has 3 fields"):
        read(tmp_path / "m.csv")


def test_nvidias_files_are_read(shared: Path) -> None:
    files = sorted((shared / "data/deepstream_configs/msg").glob("*msgconv*"))
    assert files
    for file in files:
        site = read(file)
        assert site.sensors, file
        assert site.notes == (), file
