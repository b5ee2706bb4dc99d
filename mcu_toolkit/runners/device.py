"""A model on a board: every sample goes over the serial port and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import RunResult
from mcu_toolkit.device import Client, check_model
from mcu_toolkit.errors import DeviceError
from mcu_toolkit.model import Model, Tensor
from mcu_toolkit.protocol.ids import TICK_UNIT_NAMES, Direction, TickUnit
from mcu_toolkit.protocol.messages import HelloReply, ModelInfoReply
from mcu_toolkit.runners.samples import checked_inputs, empty_outputs, numpy_dtype


class DeviceRunner:
    """Runs `model` on the board behind `client`, as its model number `index`.

    `on_sample(done, total)` is called after every sample.  The firmware is checked when the runner is made: raises
    DeviceError if it was made from another model, could not prepare it, or disagrees about a tensor.
    """

    def __init__(self, client: Client, model: Model, index: int = 0, on_sample: Callable[[int, int], None] | None = None) -> None:
        self._client = client
        self._model = model
        self._index = index
        self._on_sample = on_sample
        self._device = client.hello()
        self._info = _checked_info(client, self._device, model, index)

    @property
    def name(self) -> str:
        """See Runner."""
        return "device"

    def run(self, inputs: Sequence[npt.NDArray[Any]]) -> RunResult:
        """See Runner.  `ticks` is None where the board has no counter that works.

        Raises InputError if the inputs do not suit the model, DeviceError if the board fails in mid-run.
        """
        arrays = checked_inputs(self._model, inputs)
        total = len(arrays[0]) if arrays else 0
        samples = [b"".join(_wire_bytes(array[i], t) for array, t in zip(arrays, self._model.inputs, strict=True)) for i in range(total)]
        outputs = empty_outputs(self._model, total)
        ticks = np.zeros(total, np.uint64)
        for i, result in enumerate(self._client.infer_many(samples, model=self._index)):
            self._store(outputs, i, result.output)
            ticks[i] = result.ticks
            if self._on_sample is not None:
                self._on_sample(i + 1, total)
        unit = TICK_UNIT_NAMES.get(TickUnit(self._device.tick_unit), "") if self._device.tick_unit in list(TickUnit) else ""
        return RunResult(self.name, outputs, ticks if unit else None, unit, self._facts())

    def reset(self) -> None:
        """See Runner."""
        self._client.reset_state(self._index)

    def close(self) -> None:
        """Close the port."""
        self._client.close()

    def _store(self, outputs: Sequence[npt.NDArray[Any]], sample: int, data: bytes) -> None:
        at = 0
        for array, tensor in zip(outputs, self._model.outputs, strict=True):
            piece = np.frombuffer(data, numpy_dtype(tensor), tensor.elements, at)
            array[sample] = piece.reshape(array.shape[1:])
            at += tensor.size_bytes

    def _facts(self) -> dict[str, Any]:
        status = self._client.status()
        counters = self._client.counters
        return {
            "board": self._device.board,
            "runtime": self._device.runtime,
            "toolkit": self._device.toolkit,
            "clock_hz": self._device.clock_hz,
            "stack_bytes": status.stack_bytes,
            "stack_used_bytes": status.stack_used_bytes,
            "arena_bytes": self._info.arena_bytes,
            "arena_used_bytes": self._info.arena_used_bytes,
            "layers": self._info.layers,
            "retries": counters.retries,
            "restarts": counters.restarts,
            "noise_chunks": counters.noise_chunks,
        }


def _wire_bytes(sample: npt.NDArray[Any], tensor: Tensor) -> bytes:
    return sample.astype(numpy_dtype(tensor), copy=False).tobytes()


def _checked_info(client: Client, device: HelloReply, model: Model, index: int) -> ModelInfoReply:
    if index >= device.model_count:
        raise DeviceError(f"the firmware has {device.model_count} models, none with number {index}", on=client.name, hint="mcu flash")
    info = client.model_info(index)
    if info.status != 0:
        client.show_start_up()  # the library's own words, which it printed before anyone listened
    check_model(info, model, on=client.name)
    for direction, tensors, count in ((Direction.INPUT, model.inputs, info.inputs), (Direction.OUTPUT, model.outputs, info.outputs)):
        found = [client.tensor_info(index, direction, i) for i in range(count)]
        said = [(t.dtype, _significant(t.dims), t.size_bytes) for t in found]
        expected = [(int(t.dtype), _significant(t.shape), t.size_bytes) for t in tensors]
        if said != expected:
            raise DeviceError(
                f"the firmware's {direction.name.lower()}s are (type, shape, bytes) {said}",
                on=client.name,
                expected=str(expected),
                hint="generate, build and flash the firmware with this version of the toolkit",
            )
    return info


def _significant(shape: Sequence[int]) -> tuple[int, ...]:
    """`shape` without a leading batch of 1, which runtimes may leave out."""
    return tuple(shape[1:]) if tuple(shape[:1]) == (1,) else tuple(shape)
