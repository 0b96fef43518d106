"""What DeepStream programs ask CUDA's Python packages, answered as one discrete GPU would.

NVIDIA's samples choose a sink by whether the first GPU shares the host's memory; nothing else of
CUDA is here. The names are those of ``cuda-python`` 12 (``cuda.cuda``, ``cuda.cudart``) and of
``cuda-bindings`` 13 (``cuda.bindings.driver``, ``cuda.bindings.runtime``).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import IntEnum
from types import ModuleType
from typing import Any


class CUresult(IntEnum):
    CUDA_SUCCESS = 0
    CUDA_ERROR_INVALID_VALUE = 1


class cudaError_t(IntEnum):
    cudaSuccess = 0
    cudaErrorInvalidValue = 1


@dataclass
class cudaDeviceProp:
    """The properties of the device that the twin stands in for."""

    name: bytes = b"train2edge CPU twin"
    integrated: int = 0
    major: int = 7
    minor: int = 5


def cuInit(Flags: int) -> tuple[CUresult]:
    return (CUresult.CUDA_SUCCESS,)


def cuDeviceGetCount() -> tuple[CUresult, int]:
    return CUresult.CUDA_SUCCESS, 1


def cudaGetDeviceCount() -> tuple[cudaError_t, int]:
    return cudaError_t.cudaSuccess, 1


def cudaSetDevice(device: int) -> tuple[cudaError_t]:
    return (cudaError_t.cudaErrorInvalidValue if device else cudaError_t.cudaSuccess,)


def cudaGetDeviceProperties(device: int) -> tuple[cudaError_t, cudaDeviceProp]:
    return cudaSetDevice(device)[0], cudaDeviceProp()


DRIVER = (CUresult, cuInit, cuDeviceGetCount)
RUNTIME = (
    *(cudaError_t, cudaDeviceProp),
    *(cudaGetDeviceCount, cudaSetDevice, cudaGetDeviceProperties),
)


def install() -> None:
    """Put the modules in the place of CUDA's for this process."""
    driver, runtime = (
        _module("cuda.bindings.driver", DRIVER),
        _module("cuda.bindings.runtime", RUNTIME),
    )
    package, bindings = _module("cuda", ()), _module("cuda.bindings", ())
    bindings.__dict__.update(driver=driver, runtime=runtime)
    package.__dict__.update(bindings=bindings, cuda=driver, cudart=runtime)
    for one in (package, bindings):
        one.__dict__["__path__"] = []
    sys.modules.update(
        {
            "cuda": package,
            "cuda.bindings": bindings,
            "cuda.bindings.driver": driver,
            "cuda.bindings.runtime": runtime,
            "cuda.cuda": driver,
            "cuda.cudart": runtime,
        }
    )


def _module(name: str, content: tuple[Any, ...]) -> ModuleType:
    module = ModuleType(name, __doc__)
    module.__dict__.update({one.__name__: one for one in content})
    return module
