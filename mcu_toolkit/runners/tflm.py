"""TensorFlow Lite Micro on this machine: the golden numerics of every comparison."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import ArenaUse, RunResult
from mcu_toolkit.errors import ToolError, UnsupportedModelError
from mcu_toolkit.model import Model, Tensor, resets_first
from mcu_toolkit.optional_packages import is_installed, require, tflm_is_published_here
from mcu_toolkit.runners import roles
from mcu_toolkit.runners.child_process import ChildDied, ChildProcess
from mcu_toolkit.runners.interpreter_child import Reply, Request
from mcu_toolkit.runners.samples import checked_inputs, numpy_dtype, run_in_chunks

_PACKAGE = "tflite_micro"
_CHILD = Path(__file__).with_name("interpreter_child.py")
_ABORT = "SIGABRT"
_DAMAGE = re.compile(r"corrupt|malloc|free\(\)|smashing|munmap")
"""What the C library says before it ends a process whose memory is damaged: that is a crash."""
_ABORTING_CLASSES = 512
"""RoundingDivideByPOT of gemmlowp takes exponents up to 31; a sum of 512 exponentials of 1 needs 32."""
_TIMEOUT_S = 300.0
"""For one message: a few seconds of work even for the largest models that fit a microcontroller."""


def tflm_is_installed() -> bool:
    """True where the package tflite_micro is; it is published for Linux on x86-64 only."""
    return is_installed(_PACKAGE)


class TflmRunner:
    """Runs a model in the `tflite_micro` interpreter, in a child process because a broken model can crash it."""

    name = roles.GOLDEN

    def __init__(self, model: Model, *, timeout_s: float = _TIMEOUT_S) -> None:
        """Raises ToolError where the package is missing or the interpreter crashes, UnsupportedModelError where it refuses the model."""
        if tflm_is_published_here():
            require((_PACKAGE,), "running a model in TFLM's interpreter")
        if not tflm_is_installed():
            raise ToolError(
                "TFLM's interpreter is not available: package tflite_micro is not installed",
                on=sys.platform,
                expected="Linux on x86-64, the only platform it is published for",
            )
        self._model = model
        for tensor in (*model.inputs, *model.outputs):
            numpy_dtype(tensor)
        self._child = ChildProcess([sys.executable, _CHILD, "tflm"], timeout_s=timeout_s)
        try:
            self.reset()
        except BaseException:
            self.close()
            raise

    def run(self, inputs: Sequence[npt.NDArray[Any]]) -> RunResult:
        """Run every sample in order; see `Runner.run`.  The result has what TFLM used of its arena on this machine.

        Raises ToolError where an inference fails or the interpreter crashes.
        """
        return RunResult(self.name, run_in_chunks(self._model, inputs, self._run_chunk), arena=self._arena())

    def trace(self, inputs: Sequence[npt.NDArray[Any]]) -> Mapping[int, npt.NDArray[Any]]:
        """The outputs of every operator of the first graph after the last sample, by tensor index, each in the tensor's shape.

        `inputs` as for `run`.  State starts from its initial values.  Tensors that numpy has no type for are left out.
        """
        samples, data = self._samples_in_order(inputs)
        wanted = self._made()
        reply, data = self._ask(Request("trace", samples=samples, tensors=tuple(tensor.index for tensor in wanted)), data)
        values, position = {}, 0
        for tensor, size in zip(wanted, reply.sizes, strict=True):
            values[tensor.index] = np.frombuffer(data, numpy_dtype(tensor), size // numpy_dtype(tensor).itemsize, position)
            position += size
        return {tensor.index: values[tensor.index].reshape(tensor.shape) for tensor in wanted}

    def digests(self, inputs: Sequence[npt.NDArray[Any]]) -> Mapping[int, npt.NDArray[np.uint32]]:
        """The CRC-32 of the bytes of the same tensors after each sample: [samples] by tensor index.  State starts again."""
        samples, data = self._samples_in_order(inputs)
        wanted = self._made()
        _, content = self._ask(Request("digest", samples=samples, tensors=tuple(tensor.index for tensor in wanted)), data)
        table = np.frombuffer(content, "<u4").reshape(samples, len(wanted))
        return {tensor.index: table[:, column] for column, tensor in enumerate(wanted)}

    def _made(self) -> list[Tensor]:
        graph = self._model.main
        return [graph.tensors[index] for op in graph.ops for index in op.outputs if _has_values(graph.tensors[index])]

    def _samples_in_order(self, inputs: Sequence[npt.NDArray[Any]]) -> tuple[int, bytes]:
        arrays = checked_inputs(self._model, inputs)
        samples = len(arrays[0]) if arrays else 1
        return samples, b"".join(array[sample].tobytes() for sample in range(samples) for array in arrays)

    def reset(self) -> None:
        """Return state to its initial values, by a new interpreter in the same process."""
        counts = len(self._model.inputs), len(self._model.outputs)
        try:
            request = Request("load", *counts, arena_bytes=_generous_arena_bytes(self._model), resets_first=resets_first(self._model))
            self._ask(request, self._model.content)
        except RefusedError as refused:
            raise UnsupportedModelError(f"TFLM's interpreter refuses the model: {refused.reason}", on=self._model.name) from None

    def close(self) -> None:
        """End the child process."""
        self._child.close()

    def _run_chunk(self, samples: int, data: bytes) -> bytes:
        return self._ask(Request("run", samples=samples), data)[1]

    def _arena(self) -> ArenaUse | None:
        self._ask(Request("allocations"))
        found = re.findall(r"Arena allocation total (\d+) bytes", self._child.log())
        return ArenaUse(int(found[-1])) if found else None

    def _ask(self, request: Request, data: bytes = b"") -> tuple[Reply, bytes]:
        try:
            reply, content = self._child.ask(request, Reply, data)
        except ChildDied as died:
            if _ABORT in str(died) and not _DAMAGE.search(" ".join(self._last_lines())):
                raise AbortedError(self._model, self._last_lines()) from None
            raise CrashedError(died, self._model.name) from None
        if reply.error:
            raise RefusedError(self._reason(reply.error), self._model.name)
        return reply, content

    def _reason(self, error: str) -> str:
        """The error, and the last lines that TFLM printed before it, which say more."""
        return "; ".join([error.rstrip("."), *self._last_lines()])

    def _last_lines(self) -> list[str]:
        """What TFLM printed last."""
        lines = [line.strip() for line in self._child.log().splitlines() if line.strip() and "[RecordingMicroAllocator]" not in line]
        return lines[-3:]


class RefusedError(ToolError):
    """The interpreter answered with an error."""

    def __init__(self, reason: str, model: str) -> None:
        super().__init__(f"TFLM's interpreter failed: {reason}", on=model)
        self.reason = reason


class CrashedError(ToolError):
    """The interpreter's process ended, or said nothing for too long."""

    def __init__(self, died: ChildDied, model: str) -> None:
        super().__init__(
            f"TFLM's interpreter crashed on this model ({died})",
            on=model,
            expected="an intact model whose operators are used as TFLM's kernels assume",
            hint="convert the model again",
        )


class AbortedError(ToolError):
    """The interpreter ended itself: one of the checks in its kernels failed.  That need not be the model's fault."""

    def __init__(self, model: Model, said: Sequence[str]) -> None:
        check = "; ".join(said) or _known_check(model) or "it does not say which"
        super().__init__(
            f"TFLM's interpreter aborted ({_ABORT}): a check of its own failed ({check})",
            on=model.name,
            expected="values that TFLM's kernels can compute with",
            hint="other inputs; mcu inspect says whether the compiled code (--runtime aot) takes the model",
        )


def _known_check(model: Model) -> str | None:
    """The one abort that is known to come without a word: int8 probabilities of 1/512 and less, of which there are 512 or more."""
    for op in model.main.ops:
        if op.name == "SOFTMAX" and op.inputs and model.main.tensors[op.inputs[0]].shape[-1:] >= (_ABORTING_CLASSES,):
            return f"op {op.index} SOFTMAX: {_ABORTING_CLASSES} and more nearly equal entries are outside of its fixed-point range"
    return None


def _has_values(tensor: Tensor) -> bool:
    try:
        return tensor.dtype.itemsize_bytes > 0
    except KeyError:
        return False


def _generous_arena_bytes(model: Model) -> int:
    """An arena that is certainly large enough; memory that is not used is never touched, so it costs nothing.

    All activations at once, with scratch of up to 8 bytes per element (int32 accumulators), and the interpreter's own records.
    """
    activations = sum(tensor.elements * 16 for graph in model.graphs for tensor in graph.tensors if not tensor.is_constant)
    records = sum(1024 * (len(graph.tensors) + len(graph.ops)) for graph in model.graphs)
    return (1 << 20) + activations + records + 4 * len(model.content)
