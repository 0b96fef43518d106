"""How deepstream-app has objects drawn, written into the metadata by ``pyds``.

(The twin's display has this style as a property, ``deepstream/twin/style.py``.)
"""

from __future__ import annotations

from typing import Any

from deepstream.app.metadata import items
from deepstream.app_sections import AppConfig
from train2edge.detections import UNTRACKED


def apply(buffer: Any, settings: AppConfig) -> None:
    """Border, colours and text of every object in ``buffer``, as ``[osd]`` asks for."""
    import pyds

    batch = pyds.gst_buffer_get_nvds_batch_meta(hash(buffer))
    if batch is None:
        return
    for frame in items(batch.frame_meta_list, pyds.NvDsFrameMeta.cast):
        for one in items(frame.obj_meta_list, pyds.NvDsObjectMeta.cast):
            _draw(one, settings)


def _draw(one: Any, settings: AppConfig) -> None:
    osd = settings.osd
    one.rect_params.border_width = osd.border_width
    color = dict(settings.primary_gie.border_colors).get(one.class_id)
    if color is not None:
        one.rect_params.border_color.set(*color)
    text = one.text_params
    text.display_text = _text(one, ids=settings.tracker.display_tracking_id)
    text.font_params.font_size = osd.text_size
    text.font_params.font_color.set(*osd.text_color)
    text.set_bg_clr = int(osd.text_bg_color[3] > 0)
    text.text_bg_clr.set(*osd.text_bg_color)


def _text(one: Any, *, ids: bool) -> str:
    """The label, the object's number, what classifiers say."""
    import pyds

    words = [one.obj_label]
    if ids and one.object_id != UNTRACKED:
        words.append(str(one.object_id))
    for found in items(one.classifier_meta_list, pyds.NvDsClassifierMeta.cast):
        words += [
            label.result_label for label in items(found.label_info_list, pyds.NvDsLabelInfo.cast)
        ]
    return " ".join(words)
