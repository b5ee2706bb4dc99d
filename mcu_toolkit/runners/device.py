"""A model on a board: every sample goes over the serial port and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import ArenaUse, DeviceFacts, RunResult
from mcu_toolkit.device import Client, check_model
from mcu_toolkit.errors import DeviceError
from mcu_toolkit.model import Model, Tensor
from mcu_toolkit.protocol.ids import FIRST_INPUT, TICK_UNIT_NAMES, Capability, Direction, TickUnit
from mcu_toolkit.protocol.messages import HelloReply, ModelInfoReply, TensorInfoReply
from mcu_toolkit.protocol.observer_messages import LayerRecord
from mcu_toolkit.runners import roles
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
        self.partial: RunResult | None = None
        """Of the last run, if it failed: the samples that were done, without what the board reports of a run."""
        self._device = client.handshake()
        self._info = _checked_info(client, self._device, model, index)

    @property
    def name(self) -> str:
        """See Runner."""
        return roles.DEVICE

    @property
    def client(self) -> Client:
        """The board's side of the protocol, for what else its firmware can do; not while `run` is at work."""
        return self._client

    def run(self, inputs: Sequence[npt.NDArray[Any]]) -> RunResult:
        """See Runner.  `ticks` is None where the board has no counter that works.

        Raises InputError if the inputs do not suit the model, DeviceError if the board fails in mid-run.
        """
        return self._run(inputs, None)

    def _run(self, inputs: Sequence[npt.NDArray[Any]], notes: list[tuple[LayerRecord, ...]] | None) -> RunResult:
        samples = self._samples(checked_inputs(self._model, inputs))
        total = len(samples)
        outputs = empty_outputs(self._model, total)
        ticks = np.zeros(total, np.uint64)
        done = 0
        unit = self.tick_unit
        self.partial = None
        try:
            for done, result in enumerate(self._client.infer_many(samples, model=self._index, layers=notes is not None), start=1):
                self._store(outputs, done - 1, result.output)
                ticks[done - 1] = result.ticks
                if notes is not None:
                    notes.append(result.layers)
                if self._on_sample is not None:
                    self._on_sample(done, total)
        except DeviceError:
            self.partial = RunResult(self.name, tuple(array[:done] for array in outputs), ticks[:done] if unit else None, unit)
            raise
        return RunResult(self.name, outputs, ticks if unit else None, unit, self._arena(), self._facts())

    def _samples(self, arrays: Sequence[npt.NDArray[Any]]) -> list[bytes]:
        total = len(arrays[0]) if arrays else 0
        return [b"".join(_wire_bytes(array[i], t) for array, t in zip(arrays, self._model.inputs, strict=True)) for i in range(total)]

    def observe(self, inputs: Sequence[npt.NDArray[Any]]) -> tuple[RunResult, tuple[tuple[LayerRecord, ...], ...]]:
        """Like `run`, from the initial state on and with what the firmware's observer noted of each sample.

        The result has no ticks: the observer's own work is part of what an inference takes.  Raises DeviceError where the
        firmware was built without it.
        """
        self._client.observe(self._index)
        self.reset()
        notes: list[tuple[LayerRecord, ...]] = []
        result = self._run(inputs, notes)
        facts = None if result.device is None else dataclasses.replace(result.device, observed=True)
        return dataclasses.replace(result, ticks=None, tick_unit="", device=facts), tuple(notes)

    @property
    def has_observer(self) -> bool:
        """True where the firmware was built with the tensor observer."""
        return bool(self._device.capabilities & Capability.OBSERVER)

    @property
    def has_state(self) -> bool:
        """True where the firmware keeps something from one inference to the next."""
        return bool(self._device.capabilities & Capability.STATE)

    @property
    def toolkit(self) -> str:
        """The version of the toolkit that made the firmware."""
        return self._device.toolkit_version

    @property
    def build_id(self) -> str | None:
        """Which sources the image on the board was built from; None where the firmware does not tell."""
        return self._device.build_id

    def tensor(self, inputs: Sequence[npt.NDArray[Any]], tensor: int, size_bytes: int | None = None) -> bytes:
        """The bytes of a tensor that a layer produces, as the last sample leaves them, by as many runs as the capture needs.

        FIRST_INPUT + i is input i as the board found it before the inference.  `size_bytes`: where it has fewer than in the model.
        """
        samples = self._samples(checked_inputs(self._model, inputs))
        about = self._model.inputs[tensor - FIRST_INPUT] if tensor >= FIRST_INPUT else self._model.main.tensors[tensor]
        content, whole_bytes = b"", about.size_bytes if size_bytes is None else size_bytes
        while len(content) < whole_bytes:
            self.reset()
            room_bytes = self._client.observe(self._index, tensor, len(content)).capture_bytes
            if room_bytes == 0:
                raise DeviceError(f"the observer keeps nothing of tensor {tensor}", on=self._client.name, hint="mcu flash")
            for _ in self._client.infer_many(samples, model=self._index):
                pass
            piece_bytes = min(room_bytes, whole_bytes - len(content))
            at_once = self._device.max_payload_bytes
            for at in range(0, piece_bytes, at_once):
                content += self._client.read_capture(self._index, at, min(at_once, piece_bytes - at))
        return content

    def constants(self, layer: int) -> tuple[int, int]:
        """Bytes and CRC-32 of a layer's constants in the image; with NO_LAYER of the whole model's."""
        reply = self._client.read_constants(self._index, layer)
        return reply.size_bytes, reply.crc32

    @property
    def tick_unit(self) -> str:
        """What the board counts, as in results; empty where it has no counter that works."""
        return TICK_UNIT_NAMES.get(TickUnit(self._device.tick_unit), "") if self._device.tick_unit in list(TickUnit) else ""

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

    def _arena(self) -> ArenaUse:
        return ArenaUse(self._info.arena_used_bytes, self._info.arena_bytes)

    def _facts(self) -> DeviceFacts:
        status = self._client.status()
        counters = self._client.counters
        return DeviceFacts(
            board=self._device.board,
            runtime=self._device.runtime,
            toolkit=self._device.toolkit_version,
            build_id=self._device.build_id,
            clock_hz=self._device.clock_hz,
            stack_reserved_bytes=status.stack_bytes,
            stack_used_bytes=status.stack_used_bytes,
            layers=self._info.layers,
            retries=counters.retries,
            restarts=counters.restarts,
            noise_chunks=counters.noise_chunks,
        )


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
        said = [(t.dtype, _significant(t.dims), t.size_bytes, *_told(t, tensor)) for t, tensor in zip(found, tensors, strict=True)]
        expected = [(int(t.dtype), _significant(t.shape), t.size_bytes, *_quantization(t)) for t in tensors]
        if said != expected:
            raise DeviceError(
                f"the firmware's {direction.name.lower()}s are (type, shape, bytes, scale, zero point) {said}",
                on=client.name,
                expected=str(expected),
                hint="generate, build and flash the firmware with this version of the toolkit",
            )
    return info


def _quantization(tensor: Tensor) -> tuple[float, ...]:
    """Scale and zero point, where there is one of each."""
    found = tensor.quantization
    return () if found is None or found.per_channel else (float(np.float32(found.scale)), found.zero_point)


def _told(reply: TensorInfoReply, tensor: Tensor) -> tuple[float, ...]:
    return (reply.scale, reply.zero_point) if _quantization(tensor) else ()


def _significant(shape: Sequence[int]) -> tuple[int, ...]:
    """`shape` without a leading batch of 1, which runtimes may leave out."""
    return tuple(shape[1:]) if tuple(shape[:1]) == (1,) else tuple(shape)
