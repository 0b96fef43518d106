from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from deepstream.app.frame import Box, Classified, Track
from deepstream.app.metadata import frames_of, items
from deepstream.app.style import apply
from deepstream.app_sections import AppConfig


@pytest.fixture
def buffer(pyds: ModuleType, buffer: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setitem(sys.modules, "pyds", pyds)
    return buffer


def car(buffer: Any) -> Any:
    from deepstream.twin.metadata import find

    (one,) = find(buffer).frames[1].objects
    return one


def classify(buffer: Any) -> None:
    from deepstream.twin.metadata.classifier import NvDsClassifierMeta, NvDsLabelInfo

    one = car(buffer)
    one.object_id, one.tracker_confidence = 9, 0.25
    one.tracker_bbox_info.org_bbox_coords.width = 3
    label = NvDsLabelInfo(result_label="sedan", result_class_id=4, result_prob=0.75)
    one.classifiers.append(NvDsClassifierMeta(unique_component_id=2, labels=[label]))


def test_frames_are_plain_records(buffer: Any) -> None:
    classify(buffer)
    first, second = frames_of(buffer)
    assert (first.source, first.objects, first.picture) == (0, (), None)
    (one,) = second.objects
    assert (one.label, one.class_id, one.score, one.box) == ("car", 0, 0.5, Box(1, 0, 2, 2))
    assert one.track == Track(9, Box(0, 0, 3, 0), 0.25) and one.track_id == 9
    assert one.labels == (Classified("sedan", 4, 0.75, 2),)


def test_who_is_not_tracked_has_no_number(buffer: Any) -> None:
    assert [one.track_id for frame in frames_of(buffer) for one in frame.objects] == [None]


def test_pictures_are_copies(buffer: Any, pyds: ModuleType) -> None:
    second = list(frames_of(buffer, pictures=True))[1]
    assert second.picture is not None and second.picture.shape == (2, 4, 4)
    second.picture[:] = 0
    assert (pyds.get_nvds_buf_surface(hash(buffer), 1) == 20).all()


def test_a_buffer_without_a_batch_has_no_frames(buffer: Any) -> None:
    from deepstream.twin.gst import Gst

    assert list(frames_of(Gst.Buffer.new())) == []


class Ends:
    """A node whose list ends as NVIDIA's samples expect it."""

    def __init__(self, data: int) -> None:
        self.data = data

    @property
    def next(self) -> Ends:
        if self.data == 3:
            raise StopIteration
        return Ends(self.data + 1)


def test_a_list_ends_with_none_or_stop_iteration() -> None:
    last = SimpleNamespace(data=2, next=None)
    assert list(items(SimpleNamespace(data=1, next=last), float)) == [1.0, 2.0]
    assert list(items(Ends(1), int)) == [1, 2, 3]
    assert list(items(None, int)) == []


def test_a_device_is_told_the_apps_style(buffer: Any) -> None:
    from deepstream import app_sections as groups

    classify(buffer)
    config = AppConfig(
        path=groups.Path("app.txt"),
        application=groups.Application(),
        tiled_display=groups.TiledDisplay(),
        sources=(),
        streammux=groups.StreamMux(),
        primary_gie=groups.Gie(border_colors=((0, (0.0, 0.5, 1.0, 1.0)),)),
        tracker=groups.Tracker(),
        osd=groups.Osd(border_width=5, text_size=9, text_bg_color=(0.5, 0.5, 0.5, 1.0)),
        sinks=(),
    )
    apply(buffer, config)
    one = car(buffer)
    assert one.rect_params.border_width == 5
    assert np.allclose(one.rect_params.border_color.values, (0, 0.5, 1, 1))
    assert one.text_params.font_params.font_size == 9 and one.text_params.set_bg_clr == 1
    from deepstream.twin import pyds

    assert pyds.make().get_string(one.text_params.display_text) == "car 9 sedan"
