"""What every section of the experiment file has in common."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

Fraction = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
MISFITS = "misfits"
Misfit = tuple[tuple[str | int, ...], str]


def misfits(found: Sequence[Misfit]) -> PydanticCustomError:
    """An error of values that do not go together, for a validator of the section around them.

    ``found``: the keys that lead from the section to a value, and what is wrong with it.
    """
    said = "; ".join(message for _, message in found).replace("{", "").replace("}", "")
    return PydanticCustomError(MISFITS, said, {"found": list(found)})


def _no_empty_path(value: object) -> object:
    if isinstance(value, str) and not value.strip():
        raise ValueError("an empty path")
    return value


AnyPath = Annotated[Path, BeforeValidator(_no_empty_path)]


class Section(BaseModel):
    """Strict and frozen: an unknown key or a value of another kind is the user's mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)
