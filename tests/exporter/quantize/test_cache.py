from __future__ import annotations

import pytest

from exporter.quantize.cache import from_hex, read, to_hex
from train2edge.errors import InputError, ProblemsError

# lines of published caches (yolov7 for cuDLA, NVDLA, ONNX Runtime's source)
REAL = [
    ("3c00f9f4", 0.0078721),
    ("3e6c9314", 0.2310298),
    ("3c010a14", 0.0078759),
    ("3c008912", 0.0078452),
    ("4000890a", 2.008364),
    ("4000889d", 2.008338),
]


@pytest.mark.parametrize(("text", "scale"), REAL)
def test_hex_is_the_big_endian_float32(text, scale):
    assert from_hex(text) == pytest.approx(scale, rel=1e-5)
    assert to_hex(from_hex(text)) == text


def test_leading_zeros_may_be_missing():
    assert from_hex("800000") == from_hex("00800000") == pytest.approx(1.17549435e-38)


def test_a_real_file_is_read_and_written_again(tmp_path):
    text = (
        "TRT-8600-EntropyCalibration2\n"
        "images: 3c00f9f4\n"
        "/model.0/act/Mul_output_0: 3e6c9314\n"
        "(Unnamed Layer* 1) [Scale]: weird: name: 4000890a\n"
    )
    path = tmp_path / "calibration.cache"
    path.write_text(text)
    cache = read(path)
    assert (cache.version, cache.algorithm) == (8600, "EntropyCalibration2")
    assert "(Unnamed Layer* 1) [Scale]: weird: name" in cache.scales
    assert cache.text() == text
    cache.for_version(100300).write(path)
    assert path.read_text() == text.replace("8600", "100300")


def test_very_old_tables_and_other_algorithms_are_read(tmp_path):
    path = tmp_path / "table"
    path.write_text("1\n(Unnamed ITensor* 41): 3c010a14\n")
    assert read(path).version is None
    path.write_text("TRT-7103-MinMaxCalibration\ndata_0: 4000889d\n")
    assert read(path).algorithm == "MinMaxCalibration"
    assert read(path).for_version(8502).header == "TRT-8502-EntropyCalibration2"


def test_every_bad_line_is_told_with_its_number(tmp_path):
    path = tmp_path / "c"
    path.write_text("TRT-8600-EntropyCalibration2\na: 3c00f9f4\nb 3c\nc: xyz\nd: 7f800000\n")
    with pytest.raises(ProblemsError) as caught:
        read(path)
    assert [one.where for one in caught.value.problems] == [f"{path}:{n}" for n in (3, 4, 5)]


@pytest.mark.parametrize("content", [b"", b"hello\n", b"\xff\xfe\x00"])
def test_what_is_no_cache_is_an_input_error(tmp_path, content):
    path = tmp_path / "c"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read(path)


def test_foreign_lines_are_read_as_they_are_meant(tmp_path):
    path = tmp_path / "c"
    path.write_bytes(
        b"TRT-8503-EntropyCalibration2 \r\n"
        b"(Unnamed Layer* 3) [Convolution]_output: 0\r\n"  # Python's hex() of a zero scale
        b"model/a:0: 3c010a14\r\n"
        b"x (copy) [1]:0x3c010a14\r\n"
        b"\r\n"
    )
    scales = read(path).scales
    assert list(scales) == ["(Unnamed Layer* 3) [Convolution]_output", "model/a:0", "x (copy) [1]"]
    assert [round(one, 7) for one in scales.values()] == [0, 0.0078759, 0.0078759]


def test_a_zero_scale_is_written_again(tmp_path):
    path = tmp_path / "c"
    path.write_text("1\n(Unnamed ITensor* 1): 0\nb: 3c010a14\n")
    text = read(path).for_version(8502).text()
    assert text.splitlines() == [
        "TRT-8502-EntropyCalibration2",
        "(Unnamed ITensor* 1): 00000000",
        "b: 3c010a14",
    ]


def test_the_digest_is_that_of_the_scales_not_of_the_first_line(tmp_path):
    path = tmp_path / "c"
    path.write_text("TRT-8600-EntropyCalibration2\na: 3c010a14\n")
    cache = read(path)
    assert cache.digest == cache.for_version(100300).digest
    path.write_text("TRT-8600-EntropyCalibration2\na: 3c010a15\n")
    assert read(path).digest != cache.digest


def test_two_scales_for_one_tensor_are_told(tmp_path):
    path = tmp_path / "c"
    path.write_text("TRT-8600-EntropyCalibration2\na: 3c010a14\na: 3c010a14\na: 3c010a15\n")
    with pytest.raises(ProblemsError) as caught:
        read(path)
    assert [one.where for one in caught.value.problems] == [f"{path}:4"]
