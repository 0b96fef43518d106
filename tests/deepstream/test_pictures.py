from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from deepstream.motion_jpeg import frame_count
from deepstream.pictures import frames_of, make_video
from train2edge import video
from train2edge.datasets.picture import picture_files
from train2edge.errors import InputError, MissingError, ProblemsError

HAS_GST = shutil.which("gst-launch-1.0") is not None


def picture(path: Path, width: int = 64, height: int = 48, shade: int = 100) -> Path:
    image = np.full((height, width, 3), shade, np.uint8)
    cv2.putText(image, path.stem, (5, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 0, 0))
    assert cv2.imwrite(str(path), image)
    return path


def frames(video: Path) -> list[np.ndarray]:
    capture, result = cv2.VideoCapture(str(video)), []
    while True:
        good, frame = capture.read()
        if not good:
            capture.release()
            return result
        result.append(frame)


@pytest.mark.parametrize("suffix", [".avi", ".mkv"])
def test_jpegs_keep_their_bytes(tmp_path: Path, suffix: str) -> None:
    if suffix == ".mkv" and not HAS_GST:
        pytest.skip("gst-launch-1.0 is not installed")
    for number in range(7):
        picture(tmp_path / f"p {number}.jpg", shade=30 * number)
    paths = picture_files(tmp_path)
    report = make_video(paths, tmp_path / f"out/video{suffix}")
    assert (report.count, report.encoded, report.width, report.height) == (7, 0, 64, 48)
    data = report.video.read_bytes()
    assert all(path.read_bytes() in data for path in paths)
    assert len(frames(report.video)) == 7
    assert frames_of(report.video) == [path.name for path in paths]
    decoded = frames(report.video)[3].astype(int)
    assert np.abs(decoded - cv2.imread(str(paths[3])).astype(int)).mean() < 3


def test_real_photos(shared: Path, tmp_path: Path) -> None:
    paths = picture_files(shared / "data/vehicles/test/images")
    report = make_video(paths, tmp_path / "v.avi")
    assert report.encoded == 0
    assert len(frames(report.video)) == len(paths) == frame_count(report.video) == 104


def test_what_decoders_could_not_play_is_encoded(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    picture(tmp_path / "b.png", shade=200)
    image = cv2.imread(str(tmp_path / "a.jpg"))
    cv2.imwrite(str(tmp_path / "c.jpg"), image, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])
    cv2.imwrite(str(tmp_path / "d.jpg"), cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))
    report = make_video(picture_files(tmp_path), tmp_path / "v.avi")
    assert (report.count, report.encoded) == (4, 3)
    shown = frames(report.video)
    assert len(shown) == 4
    assert abs(int(shown[1][0, 60].mean()) - 200) < 4


def test_colours_survive_encoding(tmp_path: Path) -> None:
    red = np.zeros((48, 64, 3), np.uint8)
    red[..., 2] = 255
    cv2.imwrite(str(tmp_path / "red.png"), red)
    report = make_video(picture_files(tmp_path), tmp_path / "v.avi")
    blue, green, back = frames(report.video)[0][24, 32]
    assert back > 240 and green < 15 and blue < 15


def test_mixed_sizes_want_a_size(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    picture(tmp_path / "b.jpg", 80, 48, shade=255)
    with pytest.raises(InputError, match="80x48") as caught:
        make_video(picture_files(tmp_path), tmp_path / "v.avi")
    assert "--size 64x48" in str(caught.value.hint)
    assert not (tmp_path / "v.avi").exists()
    report = make_video(picture_files(tmp_path), tmp_path / "v.avi", size=(64, 48))
    assert (report.count, report.encoded) == (2, 1)
    letterboxed = frames(report.video)[1]
    assert letterboxed[:36].mean() > 200
    assert letterboxed[42:].mean() < 10


def test_fit_counts_only_for_several_sizes(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    for number, shape in enumerate([(48, 64, 3), (48, 64, 3)]):
        cv2.imwrite(str(folder / f"{number}.jpg"), np.full(shape, 90, np.uint8))
    same = make_video(picture_files(folder), tmp_path / "same.avi", fit=(96, 96))
    assert ((same.width, same.height), same.encoded) == ((64, 48), 0)
    cv2.imwrite(str(folder / "2.jpg"), np.full((30, 30, 3), 90, np.uint8))
    mixed = make_video(picture_files(folder), tmp_path / "mixed.avi", fit=(96, 96))
    assert ((mixed.width, mixed.height), mixed.encoded) == ((96, 96), 3)
    assert video.size(tmp_path / "mixed.avi") == (96, 96)


def test_damaged_pictures_are_told_together(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "b.jpg").write_bytes((tmp_path / "a.jpg").read_bytes()[:300])
    (tmp_path / "c.png").write_bytes(b"")
    with pytest.raises(ProblemsError) as caught:
        make_video(picture_files(tmp_path), tmp_path / "v.avi")
    assert [Path(one.where).name for one in caught.value.problems] == ["b.jpg", "c.png"]


def test_other_containers_and_a_missing_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [picture(tmp_path / "a.jpg")]
    with pytest.raises(InputError, match=r"\.mp4"):
        make_video(paths, tmp_path / "v.mp4")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingError, match="gst-launch"):
        make_video(paths, tmp_path / "v.mkv")


def test_names_of_another_video_are_not_taken(tmp_path: Path) -> None:
    paths = [picture(tmp_path / "a.jpg")]
    report = make_video(paths, tmp_path / "v.avi")
    report.frames.write_text("0 a.jpg\n1 b.jpg\n")
    assert frames_of(report.video) is None
    report.frames.write_text("1 a.jpg\n")
    with pytest.raises(InputError, match=r"frames\.txt:1"):
        frames_of(report.video)
