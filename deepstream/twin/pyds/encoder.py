"""Objects (or frames) as JPEGs, into files or onto the object as metadata."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from deepstream.twin.metadata import NvDsFrameMeta, NvDsMetaType, NvDsObjectMeta, NvDsUserMeta
from deepstream.twin.metadata.record import Record, anything, part, text, whole
from deepstream.twin.pyds.buffers import get_nvds_buf_surface


class NvDsObjEncUsrArgs(Record):
    saveImg: bool = anything(False)
    attachUsrMeta: bool = anything(False)
    scaleImg: bool = anything(False)
    scaledWidth: int = whole()
    scaledHeight: int = whole()
    fileNameImg: str = text()
    objNum: int = whole()
    quality: int = whole(80)
    isFrame: bool = anything(False)
    calcEncodeTime: bool = anything(False)


class NvDsObjEncOutParams(Record):
    """``jpeg`` is the file's bytes, uint8."""

    jpeg: NDArray[np.uint8] = part(lambda: np.zeros(0, np.uint8))

    def outBuffer(self) -> NDArray[np.uint8]:
        return self.jpeg


_contexts: set[int] = set()


def nvds_obj_enc_create_context(gpu_id: int) -> int:
    context = max(_contexts, default=0) + 1
    _contexts.add(context)
    return context


def nvds_obj_enc_destroy_context(context: int) -> None:
    _contexts.discard(context)


def nvds_obj_enc_finish(context: int) -> None:
    """Nothing to wait for: ``nvds_obj_enc_process`` has encoded already."""


def nvds_obj_enc_process(
    context: int,
    args: NvDsObjEncUsrArgs,
    buffer: int,
    obj_meta: NvDsObjectMeta,
    frame_meta: NvDsFrameMeta,
) -> bool:
    """Encode the object's part of its frame, or the frame; ``True`` when it was done."""
    if context not in _contexts:
        raise RuntimeError(f"no encoding context {context}")
    picture = _part(get_nvds_buf_surface(buffer, frame_meta.batch_id), args, obj_meta)
    if picture.size == 0:
        return False
    options = [cv2.IMWRITE_JPEG_QUALITY, args.quality]
    done, jpeg = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGBA2BGR), options)
    if done and args.saveImg:
        Path(args.fileNameImg or _name(args, obj_meta, frame_meta, picture)).write_bytes(
            jpeg.tobytes()
        )
    if done and args.attachUsrMeta:
        content = NvDsObjEncOutParams(jpeg=jpeg.reshape(-1))
        users = frame_meta.users if args.isFrame else obj_meta.users
        users.append(NvDsUserMeta.of(NvDsMetaType.NVDS_CROP_IMAGE_META, content))
    return bool(done)


def _part(pixels: NDArray[np.uint8], args: NvDsObjEncUsrArgs, one: NvDsObjectMeta) -> Any:
    if not args.isFrame:
        left, top, right, bottom = (max(0, int(value)) for value in one.rect_params.corners)
        pixels = pixels[top:bottom, left:right]
    if args.scaleImg and pixels.size and args.scaledWidth > 0 and args.scaledHeight > 0:
        return cv2.resize(pixels, (args.scaledWidth, args.scaledHeight))
    return pixels


def _name(args: NvDsObjEncUsrArgs, one: NvDsObjectMeta, frame: NvDsFrameMeta, picture: Any) -> str:
    size = f"{picture.shape[1]}x{picture.shape[0]}"
    return f"{frame.frame_num}_{frame.source_id}_{args.objNum}_{one.obj_label}_{size}.jpg"
