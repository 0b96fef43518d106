"""What every section of the experiment file has in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Fraction = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


def _no_empty_path(value: object) -> object:
    if isinstance(value, str) and not value.strip():
        raise ValueError("an empty path")
    return value


AnyPath = Annotated[Path, BeforeValidator(_no_empty_path)]


class Section(BaseModel):
    """Strict and frozen: an unknown key or a value of another kind is the user's mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)
