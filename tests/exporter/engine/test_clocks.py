from __future__ import annotations

from exporter.engine import clocks

POWER = "NV Power Mode: MAXN\n0\n"


def test_a_jetsons_clock_is_read_from_the_kernel(tmp_path, monkeypatch):
    folder = tmp_path / "17000000.gpu"
    folder.mkdir()
    (folder / "cur_freq").write_text("306000000\n")
    (folder / "max_freq").write_text("1300500000\n")
    (tmp_path / "13e10000.host1x").mkdir()
    told = {"nvpmodel": POWER}
    monkeypatch.setattr(clocks, "_run", lambda program, *rest: told.get(program, ""))
    assert clocks.notes(tmp_path) == (
        "GPU clock 306 of 1300 MHz; sudo jetson_clocks holds it at the top",
        "NV Power Mode: MAXN",
    )


def test_a_graphics_cards_clock_is_nvidia_smis(tmp_path, monkeypatch):
    line = "585 MHz, 1590 MHz, 5000 MHz, 26.12 W, 41\n"
    told = {"nvidia-smi": line}
    monkeypatch.setattr(clocks, "_run", lambda program, *rest: told.get(program, ""))
    (note,) = clocks.notes(tmp_path)
    assert note == "SM clock 585 MHz of 1590 MHz, memory 5000 MHz, 26.12 W, 41 degrees"


def test_where_nothing_can_be_read_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(clocks, "_run", lambda program, *rest: "")
    assert clocks.notes(tmp_path) == ("GPU clocks: not to be read here",)
