"""The child process of `TflmRunner` and `LiteRtRunner`: an interpreter behind a pipe.  Run as a script with the interpreter's
name (`tflm`, `litert`); imports nothing of the toolkit.

A broken model can crash an interpreter (1 of 25 mutated models did), so it lives in a process of its own.
Messages both ways, so that nothing that comes from a process with damaged memory is ever executed: the length of a
JSON header (uint32, little-endian), the header, and the raw bytes that the header's `bytes` counts.

    Request("load", inputs, outputs)  + model         -> Reply()    how many the model has; tflm also: arena_bytes,
                                                                    litert also: reference (kernels without a delegate)
    Request("run", samples)           + inputs        -> Reply() + outputs      each sample's tensors one after another
    Request("trace", samples, tensors)  + inputs      -> Reply(sizes) + those tensors of the first graph after the last sample (tflm)
    Request("digest", samples, tensors) + inputs      -> Reply() + the CRC-32 (uint32) of each of those tensors, sample after sample (tflm)
    Request("allocations")                            -> Reply()  (printed by C++ to stderr; tflm)
    any failure                                       -> Reply(error)
"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    sys.path.pop(0)  # this folder: its keras.py and others must not shadow the real packages

import importlib
import importlib.util
import json
import os
import signal
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import IO, Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt

Q = TypeVar("Q")


@dataclass(frozen=True)
class Request:
    """The header of a message to an interpreter."""

    command: Literal["load", "run", "trace", "digest", "allocations"]
    inputs: int = 0
    outputs: int = 0
    arena_bytes: int = 0
    reference: bool = False
    resets_first: bool = False
    """State is reset before every inference."""
    samples: int = 0
    tensors: tuple[int, ...] = ()
    """By their numbers in the first graph."""


@dataclass(frozen=True)
class Reply:
    """The header of an interpreter's answer."""

    error: str = ""
    sizes: tuple[int, ...] = ()
    """Bytes of each tensor."""


def _tflm_runtime() -> Any:
    """The module with TFLM's interpreter.

    The package's own start-up also imports its tools for compressing models, half of the time and nothing that is needed
    here; an empty package in its place has the same modules.
    """
    specification = importlib.util.find_spec("tflite_micro")
    if specification is None:
        raise ModuleNotFoundError("No module named 'tflite_micro'", name="tflite_micro")
    sys.modules.setdefault("tflite_micro", importlib.util.module_from_spec(specification))
    return importlib.import_module("tflite_micro.python.tflite_micro.runtime")


class TflmChild:
    """TensorFlow Lite Micro."""

    def __init__(self) -> None:
        self._model = b""
        self._arena_bytes = self._inputs = self._outputs = 0
        self._resets_first = False
        self._interpreter: Any = None

    def handle(self, request: Request, data: bytes) -> tuple[Reply, bytes]:
        """Carry out one command; returns the reply's header and bytes."""
        command = request.command
        if command == "load":
            self._model, self._arena_bytes = data, request.arena_bytes
            self._inputs, self._outputs = request.inputs, request.outputs
            self._resets_first = request.resets_first
            self._interpreter = None  # frees the old arena first
            self._interpreter = self._make(preserve_all=False)
            return Reply(), b""
        if command == "run":
            return Reply(), self._run(data, request.samples)
        if command == "trace":
            return self._trace(data, request.tensors, request.samples)
        if command == "digest":
            return Reply(), self._digest(data, request.tensors, request.samples)
        self._interpreter.print_allocations()
        return Reply(), b""

    def _make(self, *, preserve_all: bool) -> Any:
        runtime = _tflm_runtime()
        config = runtime.InterpreterConfig
        return runtime.Interpreter.from_bytes(
            self._model,
            arena_size=self._arena_bytes,
            intrepreter_config=config.kPreserveAllTensors if preserve_all else config.kAllocationRecording,
        )

    def _run(self, data: bytes, samples: int) -> bytes:
        interpreter, parts, position = self._interpreter, [], 0
        for _ in range(samples):
            position = self._set_inputs(interpreter, data, position)
            interpreter.invoke()
            parts += [np.asarray(interpreter.get_output(index)).tobytes() for index in range(self._outputs)]
        return b"".join(parts)

    def _trace(self, data: bytes, tensors: tuple[int, ...], samples: int) -> tuple[Reply, bytes]:
        """The tensors as the last sample left them."""
        for interpreter in self._each(data, samples):
            parts = [np.asarray(interpreter.GetTensor(index, 0)["tensor_data"]).tobytes() for index in tensors]
        return Reply(sizes=tuple(len(part) for part in parts)), b"".join(parts)

    def _digest(self, data: bytes, tensors: tuple[int, ...], samples: int) -> bytes:
        digests = []
        for interpreter in self._each(data, samples):
            contents = (np.ascontiguousarray(interpreter.GetTensor(index, 0)["tensor_data"]) for index in tensors)
            digests += [zlib.crc32(content.tobytes()) for content in contents]
        return struct.pack(f"<{len(digests)}I", *digests)

    def _each(self, data: bytes, samples: int) -> Iterator[Any]:
        """A new interpreter that keeps all tensors, after each sample in turn."""
        interpreter, position = self._make(preserve_all=True), 0
        for _ in range(samples):
            position = self._set_inputs(interpreter, data, position)
            interpreter.invoke()
            yield interpreter

    def _set_inputs(self, interpreter: Any, data: bytes, position: int) -> int:
        """Set every input (TFLM overwrites them during an inference, so before each one); returns the position behind them."""
        if self._resets_first:
            interpreter.reset()
        for index in range(self._inputs):
            detail = interpreter.get_input_details(index)
            array: npt.NDArray[Any] = np.ndarray(tuple(detail["shape"]), detail["dtype"], data, position)
            interpreter.set_input(array, index)
            position += array.nbytes
        return position


class LiteRtChild:
    """LiteRT."""

    def __init__(self) -> None:
        self._interpreter: Any = None
        self._resets_first = False

    def handle(self, request: Request, data: bytes) -> tuple[Reply, bytes]:
        """Carry out one command; returns the reply's header and bytes."""
        if request.command == "load":
            self._interpreter = None
            self._interpreter = self._make(data, reference=request.reference)
            self._resets_first = request.resets_first
            return Reply(), b""
        return Reply(), self._run(data, request.samples)

    def _make(self, model: bytes, *, reference: bool) -> Any:
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        resolver = OpResolverType.BUILTIN_REF if reference else OpResolverType.AUTO
        interpreter = Interpreter(model_content=model, num_threads=1, experimental_op_resolver_type=resolver)
        interpreter.allocate_tensors()
        return interpreter

    def _run(self, data: bytes, samples: int) -> bytes:
        interpreter, parts, position = self._interpreter, [], 0
        into, out_of = interpreter.get_input_details(), interpreter.get_output_details()
        for _ in range(samples):
            if self._resets_first:
                interpreter.reset_all_variables()
            for detail in into:
                array: npt.NDArray[Any] = np.ndarray(tuple(detail["shape"]), detail["dtype"], data, position)
                interpreter.set_tensor(detail["index"], array)
                position += array.nbytes
            interpreter.invoke()
            parts += [np.asarray(interpreter.get_tensor(detail["index"])).tobytes() for detail in out_of]
        return b"".join(parts)


def _read(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) != count:
        raise EOFError
    return data


def serve(request: Callable[..., Q], handle: Callable[[Q, bytes], tuple[Any, bytes]]) -> None:
    """Answer commands until the pipe is closed.

    `request` makes the record of a message's header of its fields; `handle` takes that and the message's bytes and returns the
    same two of the reply.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us by closing the pipe
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever C++ prints to stdout must not get among the replies
    while True:
        try:
            header = json.loads(_read(sys.stdin.buffer, struct.unpack("<I", _read(sys.stdin.buffer, 4))[0]))
            data = _read(sys.stdin.buffer, header.pop("bytes"))
        except EOFError:
            return
        try:
            reply, content = handle(request(**header), data)
            fields = asdict(reply)
        except Exception as error:  # an interpreter raises RuntimeError, ValueError and what pybind11 makes of C++ exceptions
            fields, content = {"error": str(error) or type(error).__name__}, b""
        encoded = json.dumps({**fields, "bytes": len(content)}).encode()
        replies.write(struct.pack("<I", len(encoded)) + encoded + content)
        replies.flush()


if __name__ == "__main__":
    serve(Request, (TflmChild() if sys.argv[1] == "tflm" else LiteRtChild()).handle)
