"""Tensors that a compiler made smaller: of their last dimension only some channels are in memory, the others no input changes.

The golden interpreter has whole tensors; what is compared are the channels that were kept.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
KeptChannels = Mapping[int, tuple[int, ...]]
"""By tensor: the channels that are in memory; tensors that are whole are not named."""
WHOLE: KeptChannels = MappingProxyType({})
"""Nothing was taken out."""
Trace = Callable[[Sequence[Array]], Mapping[int, Array]]
"""Every tensor as the last of these samples leaves it, from the initial state on."""


def of_kept(values: Array, channels: tuple[int, ...]) -> Array:
    """`values` ([..., channels]) with these channels only; as it is where it has no others already."""
    return values if values.shape[-1] == len(channels) else np.ascontiguousarray(values[..., list(channels)])


def in_whole(values: Array, channels: tuple[int, ...], whole: Array) -> Array:
    """`whole` ([..., channels]) with `values` in the place of these channels."""
    if whole.shape[-1] == len(channels):
        return values
    found: Array = whole.copy()
    found[..., list(channels)] = values
    return found


def digests_of_kept(
    trace: Trace, inputs: Sequence[Array], digests: Mapping[int, npt.NDArray[np.uint32]], kept: KeptChannels, *, remembers: bool
) -> Mapping[int, npt.NDArray[np.uint32]]:
    """`digests` (CRC-32 of each tensor after each sample, [samples]) with those of `kept` over the channels that are there.

    `remembers`: the model has state, so `trace` is asked for every sample with those before it.
    """
    named = [tensor for tensor in kept if tensor in digests]
    if not named or not inputs:
        return digests
    found = {tensor: np.zeros(len(inputs[0]), np.uint32) for tensor in named}
    for sample in range(len(inputs[0])):
        made = trace([array[0 if remembers else sample : sample + 1] for array in inputs])
        for tensor in named:
            found[tensor][sample] = zlib.crc32(of_kept(made[tensor], kept[tensor]).tobytes())
    return {**digests, **found}
