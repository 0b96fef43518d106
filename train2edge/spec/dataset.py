"""``dataset:`` where the labelled pictures are and how they are divided."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from train2edge.spec.section import AnyPath, Fraction, Section

Format = Literal["kitti", "coco", "voc", "yolo", "image_folder"]
CLASS_FOLDERS = "image_folder"  # has no labels beside the pictures' own folders


def _labels_may_be_left_out(schema: dict[str, Any]) -> None:
    schema["required"].remove("labels")


class Source(Section):
    """One folder of labelled pictures in one label format."""

    model_config = ConfigDict(json_schema_extra=_labels_may_be_left_out)

    format: Format = Field(description="label format of this source")
    images: AnyPath = Field(
        description="folder of pictures (jpg, jpeg, png, bmp); image_folder: of a folder a class"
    )
    labels: AnyPath = Field(
        description="label folder (kitti, voc, yolo) or the annotation file (coco); "
        "image_folder has none"
    )
    names: AnyPath | None = Field(
        None,
        description="yolo: file of class names, a line each, or data.yaml; else classes' order",
    )
    list: AnyPath | None = Field(
        None, description="text file of picture stems to take, one a line; default: all"
    )

    @model_validator(mode="before")
    @classmethod
    def _folders_are_the_labels(cls, values: object) -> object:
        if not isinstance(values, dict) or values.get("format") != CLASS_FOLDERS:
            return values
        return {"labels": values["images"], **values} if "images" in values else values


class Crops(Section):
    """classification: each labelled box of a picture becomes a picture of its own.

    It is cut out as nvinfer does for a secondary network.
    """

    margin: Fraction = Field(
        0.0,
        description="context around a box, fraction of its sides; nvinfer cuts out the bare box, "
        "so 0 is right for a secondary classifier",
    )
    min_width: int = Field(
        16, ge=2, description="narrower boxes are left out (nvinfer: input-object-min-width)"
    )
    min_height: int = Field(
        16, ge=2, description="lower boxes are left out (nvinfer: input-object-min-height)"
    )


class Split(Section):
    """How validation pictures are taken from ``train`` when ``validation`` is not given."""

    validation: Fraction = Field(0.15, description="fraction of the training pictures")
    method: Literal["random", "stratified", "sequence"] = Field(
        "stratified",
        description="random: by picture; stratified: every class keeps its share; "
        "sequence: pictures of one sequence stay together",
    )
    sequence_pattern: str | None = Field(
        None, description="regular expression; its first group in the file name is the sequence"
    )
    seed: int = Field(7, description="the same seed gives the same split")

    @model_validator(mode="after")
    def _sequence_needs_pattern(self) -> Split:
        if self.method == "sequence" and self.sequence_pattern is None:
            raise ValueError("method sequence needs a sequence_pattern, e.g. '^(.*)_[0-9]+$'")
        return self


class Dataset(Section):
    """Labelled pictures: sources, classes, splits."""

    classes: tuple[str, ...] = Field(
        min_length=1,
        description="what to tell apart; the classes' order is the network's output order",
    )
    map: dict[str, str | None] = Field(
        default_factory=dict,
        description="label in the files -> class, or null to leave its boxes out; "
        "labels not named here and not in classes are an error",
    )
    train: tuple[Source, ...] = Field(min_length=1, description="sources to learn from")
    validation: tuple[Source, ...] = Field(
        (), description="sources to choose epochs and thresholds on; default: split off train"
    )
    test: tuple[Source, ...] = Field((), description="sources for the final score only")
    split: Split = Field(Split(), description="how validation is split off train")
    crops: Crops = Field(Crops(), description="classification: boxes as pictures of their own")
    strict: bool = Field(False, description="fail on a corrupt picture instead of leaving it out")
    minimum_box: float = Field(
        2.0, ge=0, description="boxes narrower or lower than this many pixels are not learned"
    )

    @field_validator("train", "validation", "test", mode="before")
    @classmethod
    def _one_source_is_a_list(cls, value: object) -> object:
        return [value] if isinstance(value, dict) else value

    @field_validator("classes")
    @classmethod
    def _plain_names(cls, classes: tuple[str, ...]) -> tuple[str, ...]:
        for name in classes:
            if not name or any(letter.isspace() or letter in ";:/" for letter in name):
                raise ValueError(
                    f"class name {name!r}: KITTI files and nvinfer's labels want one word "
                    "without spaces, ';', ':' or '/'"
                )
        if len(set(classes)) != len(classes):
            raise ValueError("a class is named twice")
        return classes

    @model_validator(mode="after")
    def _map_leads_to_classes(self) -> Dataset:
        for label, target in self.map.items():
            if target is not None and target not in self.classes:
                raise ValueError(f"map leads {label!r} to {target!r}, which is not in classes")
        return self
