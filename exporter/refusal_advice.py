"""What to do about a node that NVIDIA's compiler refuses, by its operator and by the reason."""

from __future__ import annotations

import re

_NMS = (
    "end the graph before it: nvinfer clusters boxes itself, and a parser that ships with"
    " DeepStream takes raw boxes and scores"
)
_BY_OPERATOR = {
    "NonMaxSuppression": _NMS,
    "NMS": _NMS,
    "EfficientNMS_TRT": _NMS + "; on the device TensorRT itself has this plugin",
    "BatchedNMS_TRT": _NMS + "; on the device TensorRT itself has this plugin",
    "BatchedNMSDynamic_TRT": _NMS + "; on the device TensorRT itself has this plugin",
    "RoiAlign": "TensorRT has it as a plugin only: a one-stage head needs none",
}
_BY_REASON = (
    (r"[Zz]ero point is not supported|Non-zero zero", "quantise symmetrically, zero point 0"),
    (r"exceeds the maximum value allowed \(3840\)", "take at most 3840 candidates in TopK"),
    (r"FP32 GEMM is not supported", "keep the fully connected layer in FP16 (--precision fp16)"),
    (r"plugin was not found|No importer registered", "take the operator out of the graph"),
    (r"INT32.*bias|bias.*(INT32|quantiz)", "leave the bias in float, without a Q/DQ pair"),
    (r"no runners that implement it", "take the operator out of the graph"),
)


def advice(operator: str, reason: str) -> str:
    """One sentence, or nothing where there is none to give."""
    if operator in _BY_OPERATOR:
        return _BY_OPERATOR[operator]
    found = (text for pattern, text in _BY_REASON if re.search(pattern, reason))
    return next(found, "")
