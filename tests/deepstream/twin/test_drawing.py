from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

if TYPE_CHECKING:
    from deepstream.twin.metadata import NvDsObjectMeta

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
