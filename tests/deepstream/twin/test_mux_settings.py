from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from deepstream.twin.mux_settings import MuxSettings, read
from train2edge.errors import InputError, ProblemsError


def write(folder: Path, text: str) -> Path:
    path = folder / "mux.txt"
    path.write_text(text)
    return path


def test_without_keys_the_defaults_are_nvidias(tmp_path: Path) -> None:
    assert read(write(tmp_path, "[property]\n")) == MuxSettings()
    assert MuxSettings().max_fps == 120 and MuxSettings().min_fps == 5


def test_rates_of_all_and_of_one_source(tmp_path: Path) -> None:
    settings = read(
        write(
            tmp_path,
            "[property]\nbatch-size=4\nadaptive-batching=0\nmax-same-source-frames=2\n"
            "overall-max-fps-n=30\noverall-min-fps-n=1\noverall-min-fps-d=10\nmax-fps-control=1\n"
            "enable-source-rate-control=1\n"
            "[source-config-1]\nmax-fps-n=15\nmax-fps-d=2\nmax-num-frames-per-batch=3\n",
        )
    )
    assert (settings.batch_size, settings.adaptive) == (4, False)
    assert (settings.max_fps, settings.min_fps) == (30, Fraction(1, 10))
    assert settings.of_source(1).max_fps == Fraction(15, 2)
    assert (settings.frames_of(0), settings.frames_of(1)) == (2, 3)


def test_everything_wrong_is_told_with_its_line(tmp_path: Path) -> None:
    text = "[property]\nbatchsize=1\noverall-min-fps-n=0\n[source-config-0]\npriority=1\nfps=3\n"
    path = write(tmp_path, text)
    with pytest.raises(ProblemsError) as caught:
        read(path)
    assert {one.where for one in caught.value.problems} == {
        f"{path}:2",
        f"{path}:3",
        f"{path}:6",
    }
    with pytest.raises(ProblemsError, match="below"):
        read(write(tmp_path, "[property]\noverall-max-fps-n=1\n"))
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path / "none.txt")


def test_those_of_other_projects_are_read(shared: Path) -> None:
    files = sorted((shared / "data/deepstream_configs/other").glob("*all_sources*fps.txt"))
    assert [read(file).min_fps for file in files] == [1, 30]
