"""An engine whose kernels are ONNX Runtime's: it computes what the file says, in a dictionary."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tests.exporter.engine.conftest import DictionaryDevice, book
from tests.exporter.engine.fake_tensorrt import fake
from train2edge.runtime import open_model


class OnnxEngine:
    """``trt`` stands in for the module, ``device`` for the GPU; ``most`` pictures go in at once."""

    def __init__(self, file: Path, tensor: str, most: int) -> None:
        self.model, self.tensor, self.most = open_model(file, engine="exact"), tensor, most
        self.shapes = {one.name: one.shape[1:] for one in (*self.model.inputs, *self.model.outputs)}
        self.device = DictionaryDevice()
        self.addresses: dict[str, int] = {}
        self.batch = 0
        self.trt = fake(book("10.3.0"), self._answers())

    def _answers(self) -> dict[str, Any]:
        def mode(_: Any, name: str) -> Any:
            modes = self.trt.TensorIOMode
            return modes.INPUT if name == self.tensor else modes.OUTPUT

        sizes = [(1,), (self.most,), (self.most,)]
        return {
            "ICudaEngine.num_io_tensors": len(self.shapes),
            "ICudaEngine.get_tensor_name": lambda _, index: list(self.shapes)[index],
            "ICudaEngine.get_tensor_mode": mode,
            "ICudaEngine.get_tensor_shape": lambda _, name: (-1, *self.shapes[name]),
            "ICudaEngine.get_tensor_profile_shape": lambda _, name, index: sizes,
            "IExecutionContext.set_tensor_address": self._place,
            "IExecutionContext.set_input_shape": self._shape,
            "IExecutionContext.execute_async_v3": self._execute,
        }

    def _place(self, _: Any, name: str, address: int) -> bool:
        self.addresses[name] = address
        return True

    def _shape(self, _: Any, name: str, shape: tuple[int, ...]) -> bool:
        self.batch = shape[0]
        return True

    def _execute(self, _: Any, stream: int) -> bool:
        shape = (self.batch, *self.shapes[self.tensor])
        block = self.device.blocks[self.addresses[self.tensor]].view(np.float32)
        for name, values in self.model(block[: int(np.prod(shape))].reshape(shape)).items():
            whole = np.ascontiguousarray(values, np.float32).tobytes()
            block = self.device.blocks[self.addresses[name]]
            block[: len(whole)] = np.frombuffer(whole, np.uint8)
        return True
