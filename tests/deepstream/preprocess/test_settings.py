from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from deepstream.preprocess.settings import read
from tests.deepstream.preprocess.toy import TEXT, write
from train2edge.contract import InputContract
from train2edge.errors import InputError, ProblemsError
from train2edge.nvinfer.geometry import Rect


def test_a_configuration_says_what_is_made_of_which_parts(tmp_path: Path) -> None:
    settings = read(write(tmp_path))
    assert settings.contract == InputContract(
        320, 240, scale=0.00392156862745098, symmetric_padding=True
    )
    assert (settings.batch, settings.targets, settings.unique_id) == (4, (1, 3), 15)
    first, second = settings.groups
    assert first.of(0) == (Rect(0, 0, 100, 100), Rect(50, 50, 300, 300))
    assert first.of(1) == (Rect(10, 20, 30, 40),)
    assert (first.draw, first.color) == (True, (0.0, 1.0, 0.0, 1.0))
    assert (second.regions, second.interval, second.draw) == ({}, 1, False)
    assert [settings.group_of(one) for one in (0, 1, 2)] == [0, 0, 1]
    assert settings.notes == ()


def test_a_group_for_all_sources_uses_its_first_regions(tmp_path: Path) -> None:
    path = write(tmp_path, src_ids="-1")
    assert read(path).groups[0].of(7) == (Rect(0, 0, 100, 100), Rect(50, 50, 300, 300))


def test_channels_may_come_last(tmp_path: Path) -> None:
    path = write(tmp_path, network_input_order="1", network_input_shape="4;240;320;3")
    settings = read(path)
    assert (settings.nhwc, settings.contract.width, settings.contract.height) == (True, 320, 240)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tensor_name": None}, "has no tensor-name"),
        ({"processing_width": "300"}, r"\.txt:7: processing-width=300, and .* says 320"),
        ({"network_input_shape": "4;1;240;320"}, "has 1 channels, RGB has 3"),
        ({"network_input_order": "2"}, "library of one's own"),
        ({"tensor_data_type": "1"}, r"\.txt:10: tensor-data-type=1"),
        ({"custom_lib_path": "libmine.so"}, "cannot load libmine.so"),
        ({"custom_tensor_preparation_function": "Mine"}, "Mine is not in libcustom2d"),
        ({"roi_params_src_0": "1;2;3"}, r"\.txt:24: roi-params-src-0: '1;2;3' has 3 values"),
        ({"roi_params_src_1": None}, "source 1 has no roi-params-src-1"),
        ({"pixel_normalization_factor": None}, "has no pixel-normalization-factor"),
    ],
)
def test_what_cannot_be_is_refused(
    tmp_path: Path, changes: dict[str, str | None], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        read(write(tmp_path, **changes))


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, tensor_name=None, scaling_filter="9", src_ids="x")
    with pytest.raises(ProblemsError) as caught:
        read(path)
    assert len(caught.value.problems) == 3


def test_a_picture_of_means_takes_the_place_of_offsets(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_text(TEXT.replace("[group-0]", "mean-file=mean.ppm\n[group-0]"))
    pixels = np.arange(240 * 320 * 3, dtype=np.uint32).astype(np.uint8)
    (tmp_path / "mean.ppm").write_bytes(b"P6\n320 240\n255\n" + pixels.tobytes())
    mean = read(path).mean
    assert mean is not None
    assert mean.shape == (3, 240, 320)
    assert mean[:, 0, 1].tolist() == [3, 4, 5]
    (tmp_path / "mean.ppm").write_bytes(b"P6\n32 240\n255\n" + pixels.tobytes())
    with pytest.raises(InputError, match="is 32x240 pixels"):
        read(path)


def test_nvidias_files_are_read_or_refused_for_a_library_of_their_own(shared: Path) -> None:
    files = sorted((shared / "data/deepstream_configs/preprocess").iterdir())
    refused = set()
    for file in files:
        try:
            assert read(file).groups, file
        except InputError as error:
            assert any(one in str(error) for one in ("cannot load", "own", "4")), error
            refused.add(file.name.rsplit("__", 1)[1])
    assert refused == {
        "nvds_preprocess_template.txt",
        "config_preprocess_3d_custom.txt",
        "config_preprocess_bodypose_classification.txt",
    }
