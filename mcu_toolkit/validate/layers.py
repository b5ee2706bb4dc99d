"""The proof layer by layer: which tensor differs first, and what that says.  Pure: records and arrays in, findings out."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.layers import Divergence, DivergenceVerdict, LayerProof
from mcu_toolkit.errors import DeviceError
from mcu_toolkit.model import Model
from mcu_toolkit.protocol.ids import NO_LAYER
from mcu_toolkit.validate.compare import largest_distance

if TYPE_CHECKING:
    from mcu_toolkit.protocol.observer_messages import LayerRecord

_SHOWN_VALUES: Final = 8

Digests = Mapping[int, npt.NDArray[np.uint32]]
"""The CRC-32 of every tensor after each sample: [samples] by tensor index."""


@dataclass(frozen=True)
class Mismatch:
    """Where the first wrong CRC-32 is; `layer` is NO_LAYER for an input of the model, whose number `tensor` then is."""

    layer: int
    tensor: int
    sample: int


def prove_layers(model: Model, records: Sequence[Sequence[LayerRecord]], expected: Digests) -> tuple[LayerProof, ...]:
    """Every tensor that the board noted against the golden interpreter's; `records`: one list for each sample, in order.

    Raises DeviceError where the board noted nothing, or a tensor that the model has not.
    """
    if not records or not any(record.layer != NO_LAYER for sample in records for record in sample):
        raise DeviceError("the firmware's observer noted no layer", on=model.name, hint="generate, build and flash it again")
    graph = model.main
    found: dict[tuple[int, int], list[tuple[int, LayerRecord]]] = {}
    for number, sample in enumerate(records):
        for record in sample:
            if record.layer != NO_LAYER:
                found.setdefault((record.layer, record.tensor), []).append((number, record))
    proofs = []
    for (layer, tensor), noted in sorted(found.items()):
        if layer >= len(graph.ops) or tensor not in graph.ops[layer].outputs:
            raise DeviceError(f"the firmware names tensor {tensor} of layer {layer}", on=model.name, expected="an output of that operator")
        wrong = sum(int(expected[tensor][number]) != record.crc32 for number, record in noted) if tensor in expected else 0
        ticks = sorted(record.ticks for _, record in noted)[(len(noted) - 1) // 2]
        about = graph.tensors[tensor]
        proofs.append(
            LayerProof(layer, graph.ops[layer].name, tensor, about.name, about.size_bytes, len(noted), wrong, ticks)
        )  # fmt: skip
    return tuple(proofs)


def first_mismatch(records: Sequence[Sequence[LayerRecord]], expected: Digests, inputs: Sequence[npt.NDArray[Any]]) -> Mismatch | None:
    """The earliest wrong tensor in the order of execution, in the first sample that shows it; the model's inputs come first."""
    mismatches = []
    for number, sample in enumerate(records):
        for place, record in enumerate(sample):
            if record.layer == NO_LAYER:
                right = zlib.crc32(inputs[record.tensor][number].tobytes())
            elif record.tensor in expected:
                right = int(expected[record.tensor][number])
            else:
                continue
            if record.crc32 != right:
                mismatches.append((place, number, record))
                break  # what follows in this sample follows from it
    if not mismatches:
        return None
    _, number, record = min(mismatches, key=lambda item: item[:2])  # every sample runs the layers in the same order
    return Mismatch(record.layer, record.tensor, number)


def describe_divergence(
    model: Model, where: Mismatch, expected: npt.NDArray[Any], got: npt.NDArray[Any], *, constants: str, repeatable: bool
) -> Divergence:
    """What differs, and the verdict.  `expected`, `got`: the tensor in its shape and dtype; `constants`: what is wrong with the
    layer's constants in the image, "" if nothing is; `repeatable`: the tensor was the same when it was found to differ and when it was
    fetched."""
    differs = (expected.reshape(-1).view(np.uint8) != got.reshape(-1).view(np.uint8)).reshape(expected.size, -1).any(axis=1)
    max_lsb = largest_distance(expected.reshape(1, -1), got.reshape(1, -1))
    first = int(np.argmax(differs))
    is_input = where.layer == NO_LAYER
    tensor = model.inputs[where.tensor] if is_input else model.main.tensors[where.tensor]
    verdict, explanation = _verdict(is_input, constants, max_lsb, repeatable=repeatable)
    shown = slice(first, first + _SHOWN_VALUES)
    return Divergence(
        layer=None if is_input else where.layer,
        operator="INPUT" if is_input else model.main.ops[where.layer].name,
        tensor=where.tensor,
        name=tensor.name,
        sample=where.sample,
        elements=expected.size,
        differing_elements=int(differs.sum()),
        max_lsb=max_lsb,
        first_index=tuple(int(i) for i in np.unravel_index(first, expected.shape)),
        expected=tuple(float(value) for value in expected.reshape(-1)[shown]),
        got=tuple(float(value) for value in got.reshape(-1)[shown]),
        verdict=verdict,
        explanation=explanation,
    )


def _verdict(is_input: bool, constants: str, max_lsb: int, *, repeatable: bool) -> tuple[DivergenceVerdict, str]:
    if not repeatable:
        return "not repeatable", "the board computed other bytes when it ran the same inputs again: memory or clock is not stable"
    if is_input:
        return "wrong input", "the bytes in the board's arena are not those that were sent"
    if constants:
        return "corrupted weights", constants
    if max_lsb == 1:
        return "rounding by 1", "inputs and constants are right; the kernel rounds otherwise than TensorFlow Lite Micro"
    return "kernel fault", "inputs and constants are right; the layer's code, or the arguments compiled into it, compute something else"
