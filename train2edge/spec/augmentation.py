"""``augmentation:`` random changes of a training picture: one affine, one colour matrix."""

from __future__ import annotations

from pydantic import Field, model_validator

from train2edge.spec.section import Fraction, Section


class Augmentation(Section):
    """Online augmentation, TLT's terms (facts: DetectNet_v2 ``augmentation_config``)."""

    hflip: Fraction = Field(0.5, description="probability of a left-right flip")
    vflip: Fraction = Field(0.0, description="probability of an upside-down flip")
    zoom_min: float = Field(0.8, gt=0, description="smallest scale; lower for things farther off")
    zoom_max: float = Field(1.25, gt=0, description="largest scale")
    translate_x: float = Field(0.1, ge=0, description="largest shift, fraction of the width")
    translate_y: float = Field(0.1, ge=0, description="largest shift, fraction of the height")
    rotate: float = Field(0.0, ge=0, le=180, description="largest rotation, degrees")
    rotate_probability: Fraction = Field(0.5, description="probability of a rotation")
    shear_x: float = Field(0.0, ge=0, le=2, description="largest shear, pixels across a pixel down")
    shear_y: float = Field(0.0, ge=0, le=2, description="largest shear, pixels down a pixel across")
    hue: float = Field(15.0, ge=0, le=180, description="largest hue rotation, degrees")
    saturation: float = Field(0.3, ge=0, le=1, description="largest relative saturation shift")
    contrast: float = Field(0.2, ge=0, le=1, description="largest relative contrast shift")
    contrast_center: Fraction = Field(0.5, description="grey level that contrast turns around")
    brightness: float = Field(0.1, ge=0, le=1, description="largest brightness shift, of 255")
    blur_probability: Fraction = Field(0.0, description="probability of a Gaussian blur")
    blur_sigma: float = Field(1.5, gt=0, description="largest sigma of the blur, pixels")
    mosaic: Fraction = Field(0.0, description="probability of four pictures in one")
    mosaic_until: Fraction = Field(
        0.8, description="fraction of the training after which there are no mosaics"
    )

    @model_validator(mode="after")
    def _zoom_in_order(self) -> Augmentation:
        if self.zoom_min > self.zoom_max:
            raise ValueError(f"zoom_min {self.zoom_min} is above zoom_max {self.zoom_max}")
        return self
