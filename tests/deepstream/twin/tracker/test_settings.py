from __future__ import annotations

from pathlib import Path

import pytest

from deepstream.twin.tracker import TrackerSettings, read_settings
from train2edge.errors import InputError


def write(folder: Path, text: str) -> Path:
    path = folder / "tracker.yml"
    path.write_text(text)
    return path


def test_settings_are_read_from_opencvs_yaml(tmp_path: Path) -> None:
    text = "# head\n%YAML:1.0\nTargetManagement:\n  probationAge: 7\nReID:\n  reidType: 1\n"
    settings = read_settings(write(tmp_path, text))
    assert (settings.probation_age, settings.reid) == (7, 1)
    assert settings.max_shadow_tracking_age == TrackerSettings().max_shadow_tracking_age
    assert settings.left_out == ("re-identification",)
    assert settings.notes == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "TargetManagement:\n  probationAge: soon\n",
            "yml:2: TargetManagement.probationAge: 'soon'",
        ),
        ("TargetManagement:\n  probationAge: 1.5\n", "not a whole number"),
        ("DataAssociator:\n  associationMatcherType: 2\n", "2 is not from 0 to 1"),
        ("TargetManagement: 3\n", "yml:1: not a map"),
        ("a: [", "not YAML"),
        ("- 1\n", "not a map"),
    ],
)
def test_broken_settings_are_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_settings(write(tmp_path, text))
    assert said in str(caught.value)


def test_keys_that_nvidias_tracker_does_not_know_are_noted(tmp_path: Path) -> None:
    settings = read_settings(write(tmp_path, "BaseConfig:\n  confidence: 1\nTracking:\n  a: 1\n"))
    assert [note.where.rsplit(":", 1)[1] for note in settings.notes] == ["2", "3"]


def test_nvidias_files_are_read_and_what_is_left_out_is_said(shared: Path) -> None:
    for file in sorted((shared / "data/deepstream_configs/yaml-tracker").iterdir()):
        settings = read_settings(file)
        # One has a key in a section where nothing reads it, one is DeepStream 5's.
        assert {note.message for note in settings.notes} <= {
            "BaseConfig.checkClassMatch: unknown key",
            "section NvDCF: DeepStream 6 and later do not read it",
        }, file
        if "NvDCF" in file.name:
            assert settings.visual_tracker >= 1, file
            assert "the correlation filters of NvDCF" in settings.left_out
        if "NvSORT" in file.name:
            assert (settings.left_out, settings.matcher, settings.state_estimator) == ((), 1, 2)


def test_the_files_of_an_app_folder_are_read_without_a_note(tmp_path: Path) -> None:
    from deepstream import tracker_settings
    from train2edge import targets

    place = targets.deployment("jetson-agx-orin", "7.1")
    for kind in ("IOU", "NvSORT", "NvDCF_perf"):
        plan = tracker_settings.plan(kind, (1280, 720), 0.1, place)  # type: ignore[arg-type]
        assert plan is not None
        lines = ["%YAML:1.0"]
        for section in plan.sections:
            lines.append(f"{section.name}:")
            lines += [f"  {one.key}: {one.value}" for one in section.settings]
        assert read_settings(write(tmp_path, "\n".join(lines))).notes == ()
