"""Fields take what NVIDIA's binding takes, and are what a script left them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("gstreamer")


@pytest.mark.parametrize(
    ("field", "value"), [("x1", 3.5), ("x1", -1), ("x1", "3"), ("x1", 1 << 32), ("x3", 1)]
)
def test_a_line_refuses_what_the_binding_refuses(field: str, value: Any) -> None:
    from deepstream.twin.metadata.osd import NvOSD_LineParams

    with pytest.raises((TypeError, AttributeError), match=field):
        setattr(NvOSD_LineParams(), field, value)


def test_numbers_of_numpy_and_enumerations_are_taken() -> None:
    from deepstream.twin.metadata import NvDsMetaType, NvDsObjectMeta, NvDsUserMeta

    one = NvDsObjectMeta()
    one.class_id, one.confidence = np.int64(2), np.float32(0.5)
    assert (one.class_id, one.confidence, type(one.class_id)) == (2, 0.5, int)
    user = NvDsUserMeta()
    user.base_meta.meta_type = NvDsMetaType.NVDS_EVENT_MSG_META
    assert user.base_meta.meta_type == NvDsMetaType.NVDS_EVENT_MSG_META == 9
    assert str(user.base_meta.meta_type) == "NvDsMetaType.NVDS_EVENT_MSG_META"
    with pytest.raises(TypeError, match="meta_type"):
        user.base_meta.meta_type = 9  # type: ignore[assignment]


def test_a_string_is_read_as_an_address() -> None:
    from deepstream.twin.metadata.memory import string_at
    from deepstream.twin.metadata.osd import NvOSD_TextParams

    text = NvOSD_TextParams()
    assert text.display_text == 0
    text.display_text = "car 7"
    first = text.display_text
    assert first == text.display_text and string_at(first) == "car 7"
    text.display_text = "car 8"
    assert string_at(text.display_text) == "car 8"
    with pytest.raises(ValueError, match="nothing is at"):
        string_at(12345)


def test_copies_are_changed_apart() -> None:
    from deepstream.twin.metadata import NvDsBatchMeta, NvDsFrameMeta
    from deepstream.twin.metadata.detected import detected

    parent, child = (detected((1, 2, 3, 4), 0, "car", 0.5) for _ in range(2))
    child.parent = parent
    batch = NvDsBatchMeta(frames=[NvDsFrameMeta(objects=[parent, child])])
    other = batch.copy()
    other.frames[0].objects[0].rect_params.left = 9.0
    other.frames[0].objects[0].rect_params.border_color.set(0, 0, 1, 1)
    assert parent.rect_params.left == 1 and parent.rect_params.border_color.red == 1
    assert other.frames[0].objects[1].parent is other.frames[0].objects[0]
    del other.frames[0].objects[1]
    assert batch.frames[0].num_obj_meta == 2


def test_lists_end_with_nothing_and_stay_as_they_were() -> None:
    from deepstream.twin.metadata import NvDsFrameMeta, NvDsObjectMeta

    frame = NvDsFrameMeta()
    assert frame.obj_meta_list is None
    frame.objects += [NvDsObjectMeta(class_id=number) for number in range(3)]
    seen, node = [], frame.obj_meta_list
    while node is not None:
        one = NvDsObjectMeta.cast(node.data)
        seen.append(one.class_id)
        node = node.next
        frame.objects.remove(one)
    assert seen == [0, 1, 2] and frame.num_obj_meta == 0
    frame.objects.append(one)
    with pytest.raises(TypeError, match="given a NvDsObjectMeta"):
        NvDsFrameMeta.cast(frame.obj_meta_list.data)  # type: ignore[union-attr]


def test_everything_that_a_list_shows_knows_its_batch() -> None:
    from deepstream.twin.metadata import NvDsBatchMeta, NvDsFrameMeta, NvDsObjectMeta

    batch = NvDsBatchMeta(frames=[NvDsFrameMeta(objects=[NvDsObjectMeta()])])
    frame = NvDsFrameMeta.cast(batch.frame_meta_list.data)  # type: ignore[union-attr]
    one = NvDsObjectMeta.cast(frame.obj_meta_list.data)  # type: ignore[union-attr]
    assert frame.base_meta.batch_meta is one.base_meta.batch_meta is batch


def test_user_data_is_copied_and_released_by_its_functions() -> None:
    from deepstream.twin.metadata import NvDsBatchMeta, NvDsFrameMeta, NvDsMetaType, NvDsUserMeta

    told: list[Any] = []
    user = NvDsUserMeta.of(NvDsMetaType.NVDS_USER_META, [1])
    user.copy_function = lambda data, _: NvDsUserMeta.cast(data).content + [2]
    user.release_function = lambda data, _: told.append(NvDsUserMeta.cast(data).content)
    batch = NvDsBatchMeta(frames=[NvDsFrameMeta(users=[user])])
    other = batch.copy()
    assert other.frames[0].users[0].content == [1, 2]
    del batch, user
    assert told == [[1]]
    del other
    assert told == [[1], [1, 2]]


def test_structures_in_user_metadata_are_copied_and_other_things_shared() -> None:
    from deepstream.twin.metadata import NvDsBatchMeta, NvDsMetaType, NvDsUserMeta
    from deepstream.twin.metadata.analytics import NvDsAnalyticsObjInfo

    info, numbers = NvDsAnalyticsObjInfo(lcStatus=["Exit"]), np.zeros(3)
    kinds = NvDsMetaType.NVDS_OBJ_META_NVDSANALYTICS, NvDsMetaType.NVDS_USER_META
    users = [NvDsUserMeta.of(*both) for both in zip(kinds, (info, numbers), strict=True)]
    first, second = NvDsBatchMeta(users=users).copy().users
    assert first.base_meta.meta_type == kinds[0] and second.content is numbers
    first.content.lcStatus.append("Entry")
    assert info.lcStatus == ["Exit"]
