"""LiteRT (the successor of TensorFlow Lite's interpreter) on this machine."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt

from mcu_toolkit.artifacts import RunResult
from mcu_toolkit.errors import ToolError, UnsupportedModelError
from mcu_toolkit.model import Model, resets_first
from mcu_toolkit.optional_packages import require
from mcu_toolkit.runners import roles
from mcu_toolkit.runners.child_process import ChildDied, ChildProcess
from mcu_toolkit.runners.interpreter_child import Reply, Request
from mcu_toolkit.runners.samples import numpy_dtype, run_in_chunks

_CHILD = Path(__file__).with_name("interpreter_child.py")
_TIMEOUT_S = 300.0
"""For one message: a few seconds of work even for the largest models that fit a microcontroller."""
_PACKAGE = "ai_edge_litert"


def require_litert(purpose: str) -> None:
    """Raise ToolError where LiteRT is not installed; `purpose` is what needs it, such as `mcu validate`."""
    require((_PACKAGE,), purpose)


class LiteRtRunner:
    """Runs a model in `ai_edge_litert`: a second opinion and the accuracy of a desktop, never the judge of a device.

    The default kernels (XNNPACK) and the reference kernels round differently, and both differ from TFLM by a few LSB.
    The interpreter lives in a child process, because a broken model can crash it.
    """

    def __init__(self, model: Model, use_reference: bool = False, *, timeout_s: float = _TIMEOUT_S) -> None:
        """`use_reference`: LiteRT's plain reference kernels without any delegate.

        Raises UnsupportedModelError where LiteRT refuses the model, ToolError where it is not installed or crashes.
        """
        require_litert("running a model in LiteRT")
        self._model = model
        self._use_reference = use_reference
        for tensor in (*model.inputs, *model.outputs):
            numpy_dtype(tensor)
        self._child = ChildProcess([sys.executable, _CHILD, "litert"], timeout_s=timeout_s)
        try:
            self.reset()
        except BaseException:
            self.close()
            raise

    @property
    def name(self) -> str:
        """`litert`, or `litert-reference`."""
        return f"{roles.SECOND_OPINION}-reference" if self._use_reference else roles.SECOND_OPINION

    def run(self, inputs: Sequence[npt.NDArray[Any]]) -> RunResult:
        """Run every sample in order; see `Runner.run`.  Raises ToolError where an inference fails or the interpreter crashes."""
        return RunResult(self.name, run_in_chunks(self._model, inputs, self._run_chunk))

    def reset(self) -> None:
        """Return state to its initial values, by a new interpreter: resource variables are not reset otherwise."""
        reply, _ = self._ask(Request("load", reference=self._use_reference, resets_first=resets_first(self._model)), self._model.content)
        if reply.error:
            raise UnsupportedModelError(f"LiteRT refuses the model: {_first_line(reply.error)}", on=self._model.name)

    def close(self) -> None:
        """End the child process."""
        self._child.close()

    def _run_chunk(self, samples: int, data: bytes) -> bytes:
        reply, content = self._ask(Request("run", samples=samples), data)
        if reply.error:
            raise ToolError(f"LiteRT failed: {_first_line(reply.error)}", on=self._model.name)
        return content

    def _ask(self, request: Request, data: bytes) -> tuple[Reply, bytes]:
        try:
            return self._child.ask(request, Reply, data)
        except ChildDied as died:
            raise ToolError(
                f"LiteRT crashed on this model ({died})", on=self._model.name, expected="an intact model", hint="convert the model again"
            ) from None


def _first_line(error: str) -> str:
    return next((line.strip() for line in error.splitlines() if line.strip()), "no reason given")
