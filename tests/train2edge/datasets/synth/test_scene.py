"""What the labels say is what a picture shows."""

import math
from dataclasses import replace

import numpy as np
import pytest

from train2edge.datasets.synth.actors import Vehicle, far_to_near
from train2edge.datasets.synth.buses import Bus
from train2edge.datasets.synth.canvas import ZOOM, Canvas
from train2edge.datasets.synth.light import NAMES
from train2edge.datasets.synth.render import Drawing, draw
from train2edge.datasets.synth.scene import Scene, choose, choose_moving
from train2edge.datasets.synth.vehicles import Car

RED = (200.0, 30.0, 30.0)
BUS = Bus(11.0, 3.1, 1, RED, RED, True)
CAR = Car("sedan", 4.5, RED, False)


def scene(seed: int = 0, **more: object) -> Scene:
    chosen = choose(np.random.default_rng(seed), 320, 192)
    return replace(chosen, **more)  # type: ignore[arg-type]


def straight(*actors: Vehicle) -> Scene:
    chosen = scene(things=(), actors=actors)
    camera = replace(chosen.camera, x=0.0, yaw=0.0, above=1.6, horizon=160.0, focal=600.0)
    return replace(chosen, camera=camera)


def vehicle(number: int, body: Bus | Car, x: float, z: float, heading: float = 0.0) -> Vehicle:
    label = "bus" if isinstance(body, Bus) else "car"
    return Vehicle(number, label, body, x, z, heading, 5.0)


def labels(drawing: Drawing) -> list[str]:
    return sorted(one.box.label for one in drawing.objects)


def test_boxes_are_those_of_each_object_drawn_alone() -> None:
    compared = 0
    for seed in range(5):
        one = scene(seed)
        for found in draw(one).objects:
            if found.box.occluded or found.box.ignore:
                continue
            actor = next(actor for actor in one.actors if actor.number == found.number)
            canvas = Canvas(one.camera.width, one.camera.height)
            canvas.owner = 1
            actor.draw(canvas, one.camera, one.light)
            rows, columns = np.nonzero(canvas.owners)
            alone = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]) / ZOOM
            inside = np.array(found.box.box)
            assert (inside[:2] >= alone[:2]).all() and (inside[2:] <= alone[2:]).all()
            area = np.prod(inside[2:] - inside[:2]) / np.prod(alone[2:] - alone[:2])
            assert area > 0.7
            compared += area > 0.999
    assert compared > 10


def test_boxes_hold_the_object_s_colour() -> None:
    (found,) = draw(straight(vehicle(1, CAR, 0.0, 12.0))).objects
    left, top, right, bottom = found.box.box
    wide, high = CAR.width * 300 / 9.75, CAR.height * 300 / 9.75  # at its near end
    assert right - left == pytest.approx(wide, rel=0.06)
    assert bottom - top == pytest.approx(high, rel=0.1)
    assert (left + right) / 2 == pytest.approx(160, abs=1)


def test_what_is_hidden_is_not_labelled() -> None:
    front, behind = vehicle(1, BUS, 0.0, 14.0), vehicle(2, CAR, 0.0, 30.0)
    assert labels(draw(straight(front, behind))) == ["bus"]
    assert labels(draw(straight(behind))) == ["car"]


def test_what_is_half_hidden_has_a_smaller_box() -> None:
    behind = vehicle(2, CAR, 4.3, 30.0)
    whole = draw(straight(behind)).objects[0].box
    both = draw(straight(vehicle(1, BUS, 0.0, 14.0), behind))
    part = next(one.box for one in both.objects if one.number == 2)
    assert part.box[2] == whole.box[2] and part.box[0] > whole.box[0] + 2
    assert part.occluded > 0


def test_what_leaves_the_picture_is_cut_at_its_edge() -> None:
    (found,) = draw(straight(vehicle(1, CAR, 3.4, 8.0))).objects
    assert found.box.box[2] == 320 and found.box.truncated > 0.1


def test_near_things_are_drawn_after_what_they_may_hide() -> None:
    bus, car = vehicle(1, BUS, 3.3, 6.0), vehicle(2, CAR, 0.0, 10.0)
    camera = replace(straight().camera, x=-5.0)
    order = far_to_near([car, bus], camera)
    assert order == [bus, car]  # the bus is nearer, yet the car stands before its front


def test_vehicles_drive_where_they_look() -> None:
    assert vehicle(1, CAR, 0, 10).moved(2.0).z == pytest.approx(20)
    assert vehicle(1, CAR, 0, 10, math.pi).moved(2.0).z == pytest.approx(0)


def test_the_same_seed_draws_the_same_pixels() -> None:
    first, second = draw(scene(3)), draw(scene(3))
    assert np.array_equal(first.picture, second.picture) and first.objects == second.objects
    assert not np.array_equal(first.picture, draw(scene(4)).picture)


@pytest.mark.parametrize("light", NAMES)
def test_every_weather_can_be_drawn(light: str) -> None:
    picture = draw(choose(np.random.default_rng(1), 320, 192, light=light)).picture
    assert picture.shape == (192, 320, 3) and picture.std() > 10
    assert (picture.mean() < 90) == (light in ("night",)) or light in ("dusk", "golden")


def test_numbers_stay_with_their_objects_in_a_video() -> None:
    moving = choose_moving(np.random.default_rng(2), 320, 192, 1.0)
    later = moving.at(1.0)
    assert [one.number for one in later.actors] == [one.number for one in moving.actors]
    assert any(a != b for a, b in zip(moving.actors, later.actors, strict=True))
