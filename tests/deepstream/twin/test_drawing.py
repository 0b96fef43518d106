from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

pytestmark = pytest.mark.usefixtures("gstreamer")


def drawn(left: float = 60, top: float = 60, **style: object) -> NDArray[np.uint8]:
    from deepstream.twin.drawing import Style, draw
    from deepstream.twin.metadata import ObjectMeta, Rect

    picture = np.zeros((200, 300, 4), np.uint8)
    one = ObjectMeta(0, "car", 0.5, Rect(left, top, 100, 80), object_id=7)
    draw(picture, [one], Style(**style))  # type: ignore[arg-type]
    return picture


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
    from deepstream.twin.drawing import Style, text_of
    from deepstream.twin.metadata import ObjectMeta, Rect

    box = Rect(0, 0, 1, 1)
    assert text_of(ObjectMeta(0, "car", 0.5, box, object_id=7), Style()) == "car 7"
    assert text_of(ObjectMeta(0, "car", 0.5, box, object_id=7), Style(ids=False)) == "car"
    assert text_of(ObjectMeta(0, "car", 0.5, box), Style()) == "car 0.50"
