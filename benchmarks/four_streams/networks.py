"""The two networks of the demo, trained shortly: minutes on two cores, not the recipes' best.

The detector learns from zooms down to 0.4 as well, so that it also finds what is farther away than
in close-up photos. The classifier tells other things apart than the detector where the classes are
those of vehicles: kinds that a toll is asked by.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.four_streams.t2e import t2e
from train2edge.datasets.layout import recognise

KINDS = {"bus": "heavy", "truck": "heavy", "car": "light", "motorcycle": "two-wheeled"}
SHORT = {
    "pruning": "null",
    "training.epochs": "14",
    "training.sizes": "{0: 0.77}",
    "training.validate_from": "8",
    "training.ema": "0.98",
    "augmentation.zoom_min": "0.4",
    "export.calibration.pictures": "48",
}


def detector(data: Path, out: Path) -> Path:
    """Train and export the detector; what is done already is not done again. Gives its bundle."""
    return _trained("detection_mobilenet_v2", data, out, SHORT)


def classifier(data: Path, out: Path) -> Path:
    """The same for the classifier of the crops."""
    sets = {"pruning": "null", "training.epochs": "8", **_kinds(data)}
    return _trained("classification_mobilenet_v2", data, out, sets)


def _kinds(data: Path) -> dict[str, str]:
    """The kinds in place of the classes, where every class is of one."""
    classes = recognise(data).dataset["classes"]
    if not set(classes) <= set(KINDS):
        return {}
    kinds = {name: KINDS[name] for name in classes}
    pairs = ", ".join(f"{name}: {kind}" for name, kind in kinds.items())
    return {
        "dataset.classes": f"[{', '.join(sorted(set(kinds.values())))}]",
        "dataset.map": f"{{{pairs}}}",
    }


def _trained(recipe: str, data: Path, out: Path, sets: dict[str, str]) -> Path:
    given = [word for key, value in sets.items() for word in ("--set", f"{key}={value}")]
    t2e("go", recipe, "--data", str(data), *given, "--until", "export", "-o", str(out))
    return out / "bundle"
