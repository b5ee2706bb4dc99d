"""The child process of `TflmRunner` and `LiteRtRunner`: an interpreter behind a pipe.  Run as a script with the interpreter's
name (`tflm`, `litert`); imports nothing of the toolkit.

A broken model can crash an interpreter (1 of 25 mutated models did), so it lives in a process of its own.
Messages both ways, so that nothing that comes from a process with damaged memory is ever executed: the length of a
JSON header (uint32, little-endian), the header, and the raw bytes that the header's `bytes` counts.

    {"command": "load", "inputs", "outputs"}  + model     -> {}     how many the model has; tflm also: "arena_bytes",
                                                                    litert also: "reference" (kernels without a delegate)
    {"command": "run", "samples"}       + inputs          -> {} + outputs       each sample's tensors one after another
    {"command": "trace", "samples", "tensors"}  + inputs  -> {"sizes"} + those tensors of the first graph after the last sample (tflm)
    {"command": "digest", "samples", "tensors"} + inputs  -> {} + the CRC-32 (uint32) of each of those tensors, sample after sample (tflm)
    {"command": "allocations"}                            -> {}  (printed by C++ to stderr; tflm)
    any failure                                           -> {"error": text}
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
from typing import IO, Any

import numpy as np
import numpy.typing as npt


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
        self._interpreter: Any = None

    def handle(self, header: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        """Carry out one command; returns the reply's header and bytes."""
        command = header["command"]
        if command == "load":
            self._model, self._arena_bytes = data, header["arena_bytes"]
            self._inputs, self._outputs = header["inputs"], header["outputs"]
            self._interpreter = None  # frees the old arena first
            self._interpreter = self._make(preserve_all=False)
            return {}, b""
        if command == "run":
            return {}, self._run(data, header["samples"])
        if command == "trace":
            return self._trace(data, header["tensors"], header["samples"])
        if command == "digest":
            return {}, self._digest(data, header["tensors"], header["samples"])
        self._interpreter.print_allocations()
        return {}, b""

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

    def _trace(self, data: bytes, tensors: list[int], samples: int) -> tuple[dict[str, Any], bytes]:
        """The tensors as the last sample left them."""
        for interpreter in self._each(data, samples):
            parts = [np.asarray(interpreter.GetTensor(index, 0)["tensor_data"]).tobytes() for index in tensors]
        return {"sizes": [len(part) for part in parts]}, b"".join(parts)

    def _digest(self, data: bytes, tensors: list[int], samples: int) -> bytes:
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

    def handle(self, header: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        """Carry out one command; returns the reply's header and bytes."""
        if header["command"] == "load":
            self._interpreter = None
            self._interpreter = self._make(data, reference=header["reference"])
            return {}, b""
        return {}, self._run(data, header["samples"])

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


def serve(handle: Callable[[dict[str, Any], bytes], tuple[dict[str, Any], bytes]]) -> None:
    """Answer commands until the pipe is closed; `handle` takes one's header and bytes and returns the reply's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us by closing the pipe
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever C++ prints to stdout must not get among the replies
    while True:
        try:
            header = json.loads(_read(sys.stdin.buffer, struct.unpack("<I", _read(sys.stdin.buffer, 4))[0]))
            data = _read(sys.stdin.buffer, header["bytes"])
        except EOFError:
            return
        try:
            reply, content = handle(header, data)
        except Exception as error:  # an interpreter raises RuntimeError, ValueError and what pybind11 makes of C++ exceptions
            reply, content = {"error": str(error) or type(error).__name__}, b""
        encoded = json.dumps({**reply, "bytes": len(content)}).encode()
        replies.write(struct.pack("<I", len(encoded)) + encoded + content)
        replies.flush()


if __name__ == "__main__":
    serve((TflmChild() if sys.argv[1] == "tflm" else LiteRtChild()).handle)
