from __future__ import annotations

from pathlib import Path

import pytest

from deepstream.analytics.rules import Crowd, Direction, Line, Region
from deepstream.analytics.settings import read
from train2edge.errors import InputError, ProblemsError

HEAD = "[property]\nenable=1\nconfig-width=1920\nconfig-height=1080\n"
FULL = f"""{HEAD}osd-mode=1
obj-cnt-win-in-ms=100
[roi-filtering-stream-0]
enable=1
roi-A=0;0;100;0;100;100;
roi-B=5;5;9;5;9;9;5;9
inverse-roi=1
class-id=0;2
[overcrowding-stream-1]
enable=1
roi-OC=0;0;100;0;100;100
object-threshold=3
[line-crossing-stream-1]
enable=1
line-crossing-In=10;0;10;50;0;20;100;20
extended=0
mode=strict
class-id=-1
[direction-detection-stream-1]
enable=1
direction-South=0;0;0;10;
[line-crossing-stream-2]
enable=0
line-crossing-In=10;0;10;50;0;20;100;20
"""


def write(folder: Path, text: str, name: str = "analytics.txt") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_every_kind_of_rule_is_read_for_its_stream(tmp_path: Path) -> None:
    settings = read(write(tmp_path, FULL))
    assert (settings.width, settings.height, settings.osd_mode) == (1920, 1080, 1)
    assert settings.count_window_ms == 100
    first, second = settings.of(0), settings.of(1)
    triangle = ((0, 0), (100, 0), (100, 100))
    square = ((5, 5), (9, 5), (9, 9), (5, 9))
    assert first.regions == (
        Region("A", (0, 2), triangle, inverse=True),
        Region("B", (0, 2), square, inverse=True),
    )
    assert second.crowds == (Crowd("OC", (), triangle, 3),)
    arrow, ends = ((10, 0), (10, 50)), ((0, 20), (100, 20))
    assert second.lines == (Line("In", (-1,), arrow, ends, extended=False, mode="strict"),)
    assert second.directions == (Direction("South", (), ((0, 0), (0, 10))),)
    assert settings.of(2).lines == ()  # not enabled
    assert settings.notes == ()


def test_yaml_is_read_alike(tmp_path: Path) -> None:
    text = """property:
  enable: 1
  config-width: 640
  config-height: 480
roi-filtering-stream-3:
  enable: 1
  roi-RF: 0;0;9;0;9;9
  class-id: 1
"""
    settings = read(write(tmp_path, text, "analytics.yml"))
    assert settings.of(3).regions == (Region("RF", (1,), ((0, 0), (9, 0), (9, 9))),)
    with pytest.raises(InputError, match=r"yml:7: roi-RF: .* one value more"):
        read(write(tmp_path, text.replace("9;9", "9;9;"), "analytics.yml"))


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[property]\nenable=1\nconfig-width=10\n", 1, "config-height"),
        (HEAD + "osd-mode=3\n", 5, "osd-mode: 3 is more than 2"),
        (HEAD + "[roi-filtering-stream-0]\nroi-A=1;2;3\n", 6, "three or more"),
        (HEAD + "[roi-filtering-stream-0]\nroi-A=1;2;3;-4;5;6\n", 6, "-4 is less than 0"),
        (HEAD + "[line-crossing-stream-0]\nline-crossing-A=1;2;3;4\n", 6, "4 values, not 8"),
        (HEAD + "[direction-detection-stream-0]\nenable=1\n", 5, "has no direction-LABEL"),
        (HEAD + "[overcrowding-stream-x]\nroi-A=1;2;3;4;5;6\n", 5, "number of a stream"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read(path)
    assert f"{path}:{line}: " in str(caught.value)
    assert said in str(caught.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = "[property]\nenable=2\n[roi-filtering-stream-0]\nenable=maybe\nroi-A=x\n"
    with pytest.raises(ProblemsError) as caught:
        read(write(tmp_path, text))
    assert len(caught.value.problems) == 5


def test_what_has_no_effect_is_noted(tmp_path: Path) -> None:
    text = f"""{HEAD}colour=red
[overcrowding-stream-0]
enable=1
roi-A=0;0;9;0;9;9
time-threshold=2000
[line-crossing-stream-0]
enable=1
line-crossing-A=1;1;1;1;0;0;9;9
mode=fast
[tracker]
enable=1
"""
    notes = read(write(tmp_path, text)).notes
    said = ["no key of", "counts without it", "taken as loose", "nothing ever counts", "no group"]
    assert [any(one in note.message for note in notes) for one in said] == [True] * 5


def test_nvidias_files_are_read_without_a_note_but_for_the_time_threshold(shared: Path) -> None:
    files = sorted((shared / "data/deepstream_configs/analytics").iterdir())
    assert files
    for file in files:
        settings = read(file)
        assert settings.streams, file
        assert all("time-threshold" in note.message for note in settings.notes), settings.notes
