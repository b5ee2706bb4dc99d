"""AOT code compiled for this machine, called through inference.h by ctypes."""

from __future__ import annotations

import ctypes
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import ArenaUse, RunResult
from mcu_toolkit.errors import InputError, ToolError
from mcu_toolkit.model import Model, Tensor
from mcu_toolkit.runners import roles
from mcu_toolkit.runners.samples import checked_inputs, empty_outputs

_OBSERVER = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_void_p, ctypes.c_uint32)
"""`inference_observer` of inference.h: context, layer, tensor, data, size_bytes."""


class _InferenceModel(ctypes.Structure):
    """`inference_model` of inference.h."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("sha256", ctypes.POINTER(ctypes.c_uint8 * 32)),
        ("input_count", ctypes.c_uint8),
        ("output_count", ctypes.c_uint8),
        ("layer_count", ctypes.c_uint16),
        ("arena_bytes", ctypes.c_uint32),
        ("has_state", ctypes.c_bool),
    )


class AotHostRunner:
    """One model of a shared library that holds an exported folder of AOT code (`mcu_toolkit.build.build_host_library`)."""

    def __init__(self, library: Path, model: Model, index: int = 0, *, name: str | None = None) -> None:
        """Load `library` and take its model number `index`; `name`: of the runner, where the code is another runtime's than the default.

        Raises ToolError where it cannot be loaded, InputError where the code was made from another model than `model`.
        """
        try:
            # RTLD_LOCAL: the same names in several libraries must not see each other.
            loaded = ctypes.CDLL(str(library.resolve()), mode=ctypes.RTLD_LOCAL)
        except OSError as error:
            raise ToolError(f"cannot be loaded: {error}", on=library, hint="build it again for this machine") from None
        self._library = _declared(loaded, library)
        self.name = roles.stand_in() if name is None else name
        self._model = model
        self._index = index
        about = self._about(library)
        self._arena_used_bytes = int(self._library.inference_arena_used(index))
        self._arena_bytes = int(about.arena_bytes)

    def run(self, inputs: Sequence[npt.NDArray[Any]]) -> RunResult:
        """Run every sample in order; see `Runner.run`."""
        arrays = checked_inputs(self._model, inputs)
        samples = len(arrays[0])
        outputs = empty_outputs(self._model, samples)
        for sample in range(samples):
            self._invoke([array[sample] for array in arrays])
            for number, array in enumerate(outputs):
                content = ctypes.string_at(self._library.inference_output(self._index, number), self._model.outputs[number].size_bytes)
                array[sample] = np.frombuffer(content, array.dtype).reshape(array.shape[1:])
        return RunResult(self.name, outputs, arena=ArenaUse(self._arena_used_bytes, self._arena_bytes))

    def trace(self, inputs: Sequence[npt.NDArray[Any]]) -> Mapping[int, npt.NDArray[Any]]:
        """The outputs of every layer after the last sample, by tensor index, each in the tensor's shape; state goes on from where it is.

        Of a tensor that lost channels (CompiledModelInfo.kept_channels) the others are there, in their order.

        `inputs` as for `run`.  Raises ToolError where the library was built without -DINFERENCE_OBSERVER=1.
        """
        if not hasattr(self._library, "inference_set_observer"):
            raise ToolError("the library has no observer", on=self._model.name, hint="build it with -DINFERENCE_OBSERVER=1")
        tensors = self._model.main.tensors
        seen: dict[int, npt.NDArray[Any]] = {}

        def observe(_context: int, _layer: int, tensor: int, data: int, size_bytes: int) -> None:
            content = ctypes.string_at(data, size_bytes)
            seen[tensor] = np.frombuffer(content, tensors[tensor].dtype.numpy).reshape(_shape(tensors[tensor], size_bytes))

        callback = _OBSERVER(observe)
        self._library.inference_set_observer(callback, None)
        try:
            arrays = checked_inputs(self._model, inputs)
            for sample in range(len(arrays[0])):
                self._invoke([array[sample] for array in arrays])
        finally:
            self._library.inference_set_observer(_OBSERVER(), None)
        return seen

    def digests(self, inputs: Sequence[npt.NDArray[Any]]) -> Mapping[int, npt.NDArray[np.uint32]]:
        """The CRC-32 of the bytes of the same tensors after each sample: [samples] by tensor index."""
        arrays = checked_inputs(self._model, inputs)
        traces = [self.trace([array[sample : sample + 1] for array in arrays]) for sample in range(len(arrays[0]))]
        tensors = traces[0] if traces else {}
        return {index: np.array([zlib.crc32(trace[index].tobytes()) for trace in traces], np.uint32) for index in tensors}

    @property
    def runtime(self) -> str:
        """As the firmware names it: `aot (portable)`."""
        text: bytes = self._library.inference_runtime()
        return text.decode()

    def reset(self) -> None:
        """Return state to its initial values."""
        self._library.inference_reset_state(self._index)

    def close(self) -> None:
        """Nothing to release: a loaded library stays in the process, a few hundred kilobytes."""

    def _about(self, library: Path) -> _InferenceModel:
        count = int(self._library.inference_model_count())
        if self._index >= count:
            raise InputError(f"holds {count} models", on=library, expected=f"a model number {self._index}")
        about: _InferenceModel = self._library.inference_describe(self._index).contents
        made_from = bytes(about.sha256.contents).hex()
        if made_from != self._model.sha256:
            raise InputError(
                f"was made from a model with SHA-256 {made_from[:16]}...", on=library, expected=f"{self._model.sha256[:16]}..."
            )
        status = int(self._library.inference_init(self._index))
        if status:
            raise ToolError(f"inference_init() returned {status}", on=library, expected="0")
        return about

    def _invoke(self, sample: Sequence[npt.NDArray[Any]]) -> None:
        for number, array in enumerate(sample):
            content = array.tobytes()
            ctypes.memmove(self._library.inference_input(self._index, number), content, len(content))
        status = int(self._library.inference_invoke(self._index))
        if status:
            raise ToolError(f"inference_invoke() returned {status}", on=self._model.name, expected="0")


def _declared(library: ctypes.CDLL, path: Path) -> ctypes.CDLL:
    """`library` with the argument and result types of inference.h set."""
    u32, pointer = ctypes.c_uint32, ctypes.c_void_p
    signatures: dict[str, tuple[Any, list[Any]]] = {
        "inference_runtime": (ctypes.c_char_p, []),
        "inference_model_count": (u32, []),
        "inference_describe": (ctypes.POINTER(_InferenceModel), [u32]),
        "inference_init": (ctypes.c_int, [u32]),
        "inference_arena_used": (u32, [u32]),
        "inference_input": (pointer, [u32, u32]),
        "inference_output": (pointer, [u32, u32]),
        "inference_invoke": (ctypes.c_int, [u32]),
        "inference_reset_state": (None, [u32]),
    }
    try:
        for name, (result, arguments) in signatures.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except AttributeError as error:
        raise ToolError(f"is not a library of ours: {error}", on=path, expected="the functions of inference.h") from None
    if hasattr(library, "inference_set_observer"):
        library.inference_set_observer.restype, library.inference_set_observer.argtypes = None, [_OBSERVER, pointer]
    return library


def _shape(tensor: Tensor, size_bytes: int) -> tuple[int, ...]:
    """That of the tensor; with as many channels as there are."""
    return tensor.shape if size_bytes == tensor.size_bytes else (*tensor.shape[:-1], tensor.shape[-1] * size_bytes // tensor.size_bytes)
