"""Names come from file stems, without importing what they name."""

from __future__ import annotations

import subprocess
import sys

import pytest

from train2edge.errors import InputError
from trainer.models import registry


def test_names_are_the_file_stems() -> None:
    assert {"mobilenet_v2", "resnet18"} < set(registry.names("backbones"))
    assert registry.names("heads") == ("classifier", "detectnet_v2")


def test_listing_imports_no_torch() -> None:
    code = (
        "import sys; from trainer.models import registry; registry.names('backbones');"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="no such backbone: 'vgg99'") as caught:
        registry.module("backbones", "vgg99")
    assert "resnet18" in str(caught.value.hint)
