"""From a buffer's address to its batch and its pixels."""

from __future__ import annotations

import time
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import pytest


def test_pixels_are_written_in_place(pyds: ModuleType, buffer: Any) -> None:
    second = pyds.get_nvds_buf_surface(hash(buffer), 1)
    assert second.shape == (2, 4, 4) and (second == 20).all()
    second[0, 0] = [1, 2, 3, 4]
    del second
    assert pyds.get_nvds_buf_surface(hash(buffer), 1)[0, 0].tolist() == [1, 2, 3, 4]
    assert (pyds.get_nvds_buf_surface(hash(buffer), 0) == 10).all()
    pyds.unmap_nvds_buf_surface(hash(buffer), 1)


def test_pixels_outlive_their_buffer(pyds: ModuleType, buffer: Any) -> None:
    address = hash(buffer)
    first = pyds.get_nvds_buf_surface(address, 0)
    del buffer
    assert (first == 10).all()


def test_what_is_no_picture_is_refused(pyds: ModuleType, buffer: Any) -> None:
    from deepstream.twin.gst import Gst

    with pytest.raises(RuntimeError, match="no frame 2"):
        pyds.get_nvds_buf_surface(hash(buffer), 2)
    pyds.gst_buffer_get_nvds_batch_meta(hash(buffer)).frames[0].width = 400
    with pytest.raises(RuntimeError, match="only RGBA"):
        pyds.get_nvds_buf_surface(hash(buffer), 0)
    other = Gst.Buffer.new()
    assert pyds.gst_buffer_get_nvds_batch_meta(hash(other)) is None


def test_kinds_of_user_metadata_have_numbers(pyds: ModuleType) -> None:
    first = pyds.nvds_get_user_meta_type("MINE.A.B")
    assert first == pyds.nvds_get_user_meta_type("MINE.A.B") > pyds.NVDS_START_USER_META
    assert pyds.nvds_get_user_meta_type("MINE.A.C") != first
    analytics = pyds.nvds_get_user_meta_type("NVIDIA.DSANALYTICSFRAME.USER_META")
    assert analytics == pyds.NvDsMetaType.NVDS_FRAME_META_NVDSANALYTICS


def test_latency_is_told_where_it_is_asked_for(
    pyds: ModuleType,
    buffer: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("NVDS_ENABLE_LATENCY_MEASUREMENT", raising=False)
    assert pyds.nvds_measure_buffer_latency(hash(buffer)) == 0
    monkeypatch.setenv("NVDS_ENABLE_LATENCY_MEASUREMENT", "1")
    for frame in pyds.gst_buffer_get_nvds_batch_meta(hash(buffer)).frames:
        frame.ntp_timestamp = time.time_ns()
    assert pyds.nvds_measure_buffer_latency(hash(buffer)) == 2
    assert "Source id = 1" in capsys.readouterr().out


def test_an_object_is_encoded(pyds: ModuleType, buffer: Any, tmp_path: Path) -> None:
    frame = pyds.gst_buffer_get_nvds_batch_meta(hash(buffer)).frames[1]
    context = pyds.nvds_obj_enc_create_context(0)
    arguments = pyds.NvDsObjEncUsrArgs()
    arguments.saveImg = arguments.attachUsrMeta = True
    arguments.fileNameImg = str(tmp_path / "car.jpg")
    assert pyds.nvds_obj_enc_process(context, arguments, hash(buffer), frame.objects[0], frame)
    pyds.nvds_obj_enc_finish(context)
    pyds.nvds_obj_enc_destroy_context(context)
    picture = cv2.imread(arguments.fileNameImg)
    assert picture is not None and picture.shape == (2, 2, 3) and abs(int(picture.mean()) - 20) < 3
    (user,) = frame.objects[0].users
    assert user.base_meta.meta_type == pyds.NvDsMetaType.NVDS_CROP_IMAGE_META
    jpeg = pyds.NvDsObjEncOutParams.cast(user.user_meta_data).outBuffer()
    assert np.array_equal(cv2.imdecode(jpeg, 1), picture)
    with pytest.raises(RuntimeError, match="no encoding context"):
        pyds.nvds_obj_enc_process(context, arguments, hash(buffer), frame.objects[0], frame)


def test_surfaces_are_made_copied_and_mapped(pyds: ModuleType) -> None:
    first, second = pyds.NvBufSurface(), pyds.NvBufSurface()
    wanted = pyds.NvBufSurfaceCreateParams()
    wanted.width, wanted.height = 4, 2
    assert (
        pyds.NvBufSurfaceCreate(first, 2, wanted) == 0 == pyds.NvBufSurfaceCreate(second, 2, wanted)
    )
    assert pyds.NvBufSurfaceMemSet(first, 1, 0, 7) == 0 == pyds.NvBufSurfaceCopy(first, second)
    assert [int(one.pixels.max()) for one in second.surfaces] == [0, 7]
    assert pyds.NvBufSurfaceMap(second, 0, 0, pyds.NVBUF_MAP_READ_WRITE) == 0
    assert second.surfaceList.mappedAddr.addr[0] == second.surfaceList.dataPtr
    wanted.colorFormat = pyds.NVBUF_COLOR_FORMAT_NV12
    assert pyds.NvBufSurfaceCreate(first, 1, wanted) == -1
    assert pyds.NvBufSurfaceDestroy(second) == 0 and second.surfaceList is None


def test_past_frames_are_read_by_the_names_of_older_bindings_too(pyds: ModuleType) -> None:
    target = pyds.NvDsTargetMiscDataObject(objLabel="car")
    target.items.append(pyds.NvDsTargetMiscDataFrame(frameNum=3))
    stream = pyds.NvDsTargetMiscDataStream(items=[target])
    batch = pyds.NvDsTargetMiscDataBatch(items=[stream])
    whole = pyds.NvDsPastFrameObjBatch.cast(batch)
    objects = pyds.NvDsPastFrameObjStream.list(next(pyds.NvDsPastFrameObjBatch.list(whole)))
    seen = [[f.frameNum for f in pyds.NvDsPastFrameObjList.list(one)] for one in objects]
    assert seen == [[3]]
