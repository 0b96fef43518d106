from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deepstream.preprocess.groups import Group, PreprocessSettings
from deepstream.preprocess.tensor import tensor
from deepstream.preprocess.units import Selection, Thing, Unit, View
from train2edge.contract import InputContract
from train2edge.errors import InputError
from train2edge.nvinfer.geometry import Rect, plan

NETWORK = InputContract(64, 64, symmetric_padding=True)
BASE = PreprocessSettings(Path("preprocess.txt"), NETWORK, 4)
AREA = Rect(10, 20, 100, 50)


def units(settings: PreprocessSettings, *views: View) -> list[Unit]:
    return Selection(settings).of(views)


def test_frames_are_cut_to_their_regions_and_regions_to_the_frame() -> None:
    beyond = Rect(300, 0, 200, 100)
    settings = replace(BASE, groups=(Group((0,), {0: (AREA, beyond)}), Group((-1,), draw=False)))
    found = units(settings, View(0, 400, 300), View(5, 400, 300))
    areas = [(one.frame, one.area) for one in found]
    assert areas == [(0, AREA), (0, Rect(300, 0, 100, 100)), (1, Rect(0, 0, 400, 300))]
    assert [one.draw for one in found] == [(0.0, 1.0, 0.0, 1.0)] * 2 + [None]


def test_boxes_of_a_region_come_back_to_the_frame() -> None:
    settings = replace(BASE, groups=(Group((0,), {0: (AREA,)}),))
    geometry = units(settings, View(0, 400, 300))[0].geometry
    # 100x50 fits 64x64 as 64x32 with 16 black rows above.
    box = geometry.to_frame(np.array([[0, 16, 64, 48]], np.float32))
    assert box.tolist() == [[10, 20, 110, 70]]


def test_a_region_outside_of_the_frame_is_told_of() -> None:
    settings = replace(BASE, groups=(Group((0,), {0: (Rect(400, 0, 10, 10),)}),))
    with pytest.raises(InputError, match="400;0;10;10 lies outside of source 0's frame of 400x300"):
        units(settings, View(0, 400, 300))


def test_a_group_with_an_interval_sits_batches_out() -> None:
    selection = Selection(replace(BASE, groups=(Group((-1,), interval=2),)))
    assert [len(selection.of([View(0, 40, 30)])) for _ in range(5)] == [1, 0, 0, 1, 0]


def test_objects_are_chosen_by_component_class_size_and_region() -> None:
    things = [
        Thing(Rect(20, 30, 40, 40), 0, 1),
        Thing(Rect(20, 30, 40, 40), 1, 1),  # another class
        Thing(Rect(20, 30, 40, 40), 0, 2),  # of another network
        Thing(Rect(20, 30, 8, 40), 0, 1),  # too narrow
        Thing(Rect(200, 200, 40, 40), 0, 1),  # touches no region
    ]
    group = Group((0,), {0: (AREA,)}, class_ids=(0,), least=(10, 0), most=(0, 100))
    settings = replace(BASE, on_frame=False, operate_on=1, groups=(group,))
    view = View(0, 400, 300, things)
    assert [one.thing for one in units(settings, view)] == [0]
    everywhere = replace(settings, groups=(replace(group, regions={}),))
    assert [one.thing for one in units(everywhere, view)] == [0, 4]


def test_a_tensor_has_a_row_for_each_part() -> None:
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[20:70, 10:110] = (255, 51, 0)
    geometry = plan(200, 100, NETWORK, AREA)
    made = tensor([(picture, geometry)] * 2, BASE)
    assert (made.shape, made.dtype) == ((2, 3, 64, 64), np.float32)
    assert np.allclose(made[0, :, 16:48].mean((1, 2)), (1, 0.2, 0), atol=1e-6)
    assert not made[0, :, :16].any()
    last = tensor([(picture, geometry)], replace(BASE, nhwc=True, half=True))
    assert (last.shape, last.dtype) == ((1, 64, 64, 3), np.float16)
    means = np.full((3, 64, 64), 51, np.float32)
    assert np.allclose(tensor([(picture, geometry)], replace(BASE, mean=means))[0, 1, 32, 32], 0)
