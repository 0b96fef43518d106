"""``NvDsInferParseCustomMrcnnTLT``: as ``MrcnnTLTV2``, with the older name of the mask tensor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from train2edge.nvinfer.layers import Layer, Network, ParseParams
from train2edge.nvinfer.objects import Objects
from train2edge.nvinfer.parsers.mrcnn_tlt_v2 import masked_objects

FUNCTION: str | None = "NvDsInferParseCustomMrcnnTLT"
MASKS = "mask_head/mask_fcn_logits/BiasAdd"


@np.errstate(all="ignore")  # numbers that are none go the way they go in C
def parse(layers: Sequence[Layer], network: Network, params: ParseParams) -> Objects:
    """Rows y1 x1 y2 x2 (pixels), class, score, with masks; see ``mrcnn_tlt_v2``."""
    return masked_objects(layers, network, params, MASKS)
