from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("gstreamer")


def test_what_another_source_showed_at_this_place_is_forgotten(tmp_path: Path) -> None:
    from deepstream.twin.inference.objects import FORGET, Memory
    from deepstream.twin.metadata import NvDsFrameMeta, NvDsObjectMeta
    from train2edge.nvinfer.settings import CLASSIFIER, InferSettings

    memory = Memory(InferSettings(path=tmp_path, network_type=CLASSIFIER))

    def see(number: int, *objects: int) -> None:
        frame = NvDsFrameMeta(frame_num=number, source_id=1)
        for one in objects:
            memory.begin(frame, NvDsObjectMeta(object_id=one))
        memory.forget(frame)

    see(1000, 1, 2)
    see(1000 + FORGET, 3)
    assert [number for _, number in memory.objects] == [1, 2, 3]
    see(1001 + FORGET)
    assert [number for _, number in memory.objects] == [3]
    see(0, 4)  # a source that was put where another one was taken out
    assert [number for _, number in memory.objects] == [4]
