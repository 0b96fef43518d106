from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

if TYPE_CHECKING:
    from deepstream.twin.metadata import NvDsFrameMeta, NvDsObjectMeta

pytestmark = pytest.mark.usefixtures("gstreamer")


def drawn(
    left: float = 60, top: float = 60, boxes: bool = True, text: bool = True, **style: object
) -> NDArray[np.uint8]:
    from deepstream.twin.drawing import draw
    from deepstream.twin.metadata import NvDsFrameMeta
    from deepstream.twin.style import Style, apply

    picture = np.zeros((200, 300, 4), np.uint8)
    one = car(left, top, number=7)
    apply(one, Style(**style), (300, 200))  # type: ignore[arg-type]
    draw(picture, NvDsFrameMeta(objects=[one]), boxes=boxes, text=text, masks=False)
    return picture


def car(left: float = 60, top: float = 60, number: int | None = None) -> NvDsObjectMeta:
    from deepstream.twin.metadata.detected import detected

    one = detected((left, top, 100, 80), 0, "car", 0.5)
    one.object_id = one.object_id if number is None else number
    return one


def test_the_border_lies_on_the_box_in_the_classs_colour() -> None:
    picture = drawn(text=False)
    assert picture[100, 60].tolist() == picture[140, 100].tolist() == [0, 200, 255, 255]
    assert picture[100, 64:156, :3].max() == 0
    assert drawn(text=False, colors={0: (1.0, 0.0, 0.0, 1.0)})[100, 60].tolist() == [255, 0, 0, 255]


def test_the_label_stands_above_the_box_on_a_filled_ground() -> None:
    picture = drawn(boxes=False)
    assert picture[45:58, 62:70].any(axis=-1).all()
    assert not picture[62:].any()


def test_labels_stay_inside_the_picture() -> None:
    assert drawn(top=-5, boxes=False)[:20, 60:80].any()
    assert drawn(left=280, boxes=False)[45:58, 230:299].any()
    drawn(left=1e4, top=-1e4)


def test_dark_text_on_bright_ground_and_given_colours_as_they_are() -> None:
    own = drawn(boxes=False)
    letters = own[46:56, 64:90, :3].max(-1)
    assert letters.min() < 90 and letters.max() == 255
    given = drawn(
        boxes=False, text_background=(0.0, 0.0, 0.0, 1.0), text_color=(1.0, 1.0, 1.0, 1.0)
    )
    assert given.max(-1).max() == 255 and not (given[..., :3] == [0, 200, 255]).all(-1).any()


def test_labels_tell_the_number_or_the_score() -> None:
    from deepstream.twin.style import Style, text_of

    assert text_of(car(number=7), Style()) == "car 7"
    assert text_of(car(number=7), Style(ids=False)) == "car"
    assert text_of(car(), Style()) == "car 0.50"


def shown(frame: NvDsFrameMeta, **parts: bool) -> NDArray[np.uint8]:
    from deepstream.twin.drawing import draw

    picture = np.full((100, 100, 4), 100, np.uint8)
    draw(picture, frame, **{"boxes": True, "text": True, "masks": True, **parts})
    return picture


def test_a_scripts_shapes_are_drawn_as_many_as_it_says() -> None:
    from deepstream.twin.metadata import NvDsDisplayMeta, NvDsFrameMeta

    display = NvDsDisplayMeta(num_lines=1, num_rects=1, num_circles=1, num_arrows=1)
    for number, top in enumerate((10, 20)):
        line = display.line_params[number]
        line.x1, line.y1, line.x2, line.y2, line.line_width = 5, top, 95, top, 3
        line.line_color.set(1, 0, 0, 1)
    rect = display.rect_params[0]
    rect.left, rect.top, rect.width, rect.height, rect.has_bg_color = 40, 40, 20, 20, 1
    rect.bg_color.set(0, 0, 1, 0.5)
    circle = display.circle_params[0]
    circle.xc, circle.yc, circle.radius, circle.has_bg_color = 20, 80, 8, 1
    circle.bg_color.set(0, 1, 0, 1)
    arrow = display.arrow_params[0]
    arrow.x1, arrow.y1, arrow.x2, arrow.y2, arrow.arrow_width = 60, 90, 90, 90, 2
    arrow.arrow_color.set(1, 1, 0, 1)
    picture = shown(NvDsFrameMeta(displays=[display]))
    assert picture[10, 50, :3].tolist() == [255, 0, 0] and (picture[20, 50] == 100).all()
    assert picture[50, 50, :3].tolist() == [50, 50, 178]  # half of it blue
    assert picture[80, 20, :3].tolist() == [0, 255, 0]
    assert picture[90, 75, :3].tolist() == [255, 255, 0]


def test_a_border_shines_through_as_far_as_it_says() -> None:
    from deepstream.twin.metadata import NvDsFrameMeta

    one = car(10, 10)
    one.rect_params.width = one.rect_params.height = 50
    one.rect_params.border_color.set(1.0, 0.0, 0.0, 0.5)
    picture = shown(NvDsFrameMeta(objects=[one]), text=False)
    assert picture[60, 30, :3].tolist() == [178, 50, 50] and (picture[30, 30, :3] == 100).all()
    assert (shown(NvDsFrameMeta(objects=[one]), text=False, boxes=False)[60, 30] == 100).all()


def test_a_mask_lies_over_its_box_where_it_is_above_its_threshold() -> None:
    from deepstream.twin.metadata import NvDsFrameMeta

    one = car(-10, 10)
    one.rect_params.width, one.rect_params.height = 60, 40
    one.mask_params.width = one.mask_params.height = 2
    one.mask_params.threshold = 0.5
    one.mask_params.alloc_mask_array()[:] = [0, 1, 0, 1]
    picture = shown(NvDsFrameMeta(objects=[one]), boxes=False, text=False)
    assert picture[30, 45, :3].tolist() == [178, 50, 50]
    assert (picture[30, 5, :3] == 100).all() and (picture[70] == 100).all()
    hidden = shown(NvDsFrameMeta(objects=[one]), boxes=False, text=False, masks=False)
    assert (hidden == 100).all()
