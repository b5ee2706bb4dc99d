"""LiteRT (the successor of TensorFlow Lite's interpreter) on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from mcu_toolkit.artifacts import RunResult
from mcu_toolkit.errors import ToolError, UnsupportedModelError
from mcu_toolkit.model import Model
from mcu_toolkit.runners.samples import checked_inputs, empty_outputs
from mcu_toolkit.tensorflow_loader import quiet


class LiteRtRunner:
    """Runs a model in `ai_edge_litert`: a second opinion and the accuracy of a desktop, never the judge of a device.

    The default kernels (XNNPACK) and the reference kernels round differently, and both differ from TFLM by a few LSB.
    """

    def __init__(self, model: Model, use_reference: bool = False) -> None:
        """`use_reference`: LiteRT's plain reference kernels without any delegate.

        Raises UnsupportedModelError where LiteRT refuses the model, ToolError where LiteRT is not installed.
        """
        self._model = model
        self._use_reference = use_reference
        self._interpreter: Any = None
        self.reset()

    @property
    def name(self) -> str:
        """`litert`, or `litert-reference`."""
        return "litert-reference" if self._use_reference else "litert"

    def run(self, inputs: Sequence[npt.NDArray[Any]]) -> RunResult:
        """Run every sample in order; see `Runner.run`.  Raises ToolError where an inference fails."""
        arrays = checked_inputs(self._model, inputs)
        outputs = empty_outputs(self._model, len(arrays[0]) if arrays else 1)
        into, out_of = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        try:
            for sample in range(len(outputs[0]) if outputs else 0):
                for array, detail, tensor in zip(arrays, into, self._model.inputs, strict=True):
                    self._interpreter.set_tensor(detail["index"], array[sample].reshape(tensor.shape))
                self._interpreter.invoke()
                for array, detail in zip(outputs, out_of, strict=True):
                    array[sample] = self._interpreter.get_tensor(detail["index"]).reshape(array.shape[1:])
        except (RuntimeError, ValueError) as error:
            raise ToolError(f"LiteRT failed: {_first_line(error)}", on=self._model.name) from error
        return RunResult(self.name, outputs)

    def reset(self) -> None:
        """Return state to its initial values, by a new interpreter: resource variables are not reset otherwise."""
        try:
            from ai_edge_litert.interpreter import Interpreter, OpResolverType
        except ImportError as error:
            raise ToolError(f"LiteRT cannot be imported: {error}", hint="pip install ai-edge-litert") from error
        resolver = OpResolverType.BUILTIN_REF if self._use_reference else OpResolverType.AUTO
        try:
            with quiet():  # C++ code prints that it made a delegate
                self._interpreter = Interpreter(model_content=self._model.content, num_threads=1, experimental_op_resolver_type=resolver)
                self._interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            raise UnsupportedModelError(f"LiteRT refuses the model: {_first_line(error)}", on=self._model.name) from error

    def close(self) -> None:
        """Release the interpreter."""
        self._interpreter = None


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
