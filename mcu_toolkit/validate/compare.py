"""Two runners' outputs side by side: how equal are they?"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import Comparison, Level, RunResult
from mcu_toolkit.errors import InputError

DEFAULT_TOLERANCE_LSB = 1


def compare(a: RunResult, b: RunResult, *, tolerance_lsb: int = DEFAULT_TOLERANCE_LSB) -> Comparison:
    """Compare all outputs of all samples; the level is the strongest that holds:

    - byte-equal: no byte differs;
    - within-lsb: no element differs by more than `tolerance_lsb` units in the last place (integers: their difference;
      floats: how many representable numbers lie between them);
    - same-class: in every sample the largest element of each output is at the same index (the first one where several
      are equal); outputs of a single element have no class;
    - different.

    Outputs are compared sample by sample as flat arrays, so a batch dimension of 1 makes no difference.
    Raises InputError where the two do not have the same outputs, samples or dtypes.
    """
    pairs = _pairs(a, b)
    samples = len(pairs[0][0]) if pairs else 0
    if samples == 0:
        raise InputError(f"{a.runner} and {b.runner} have no outputs to compare", expected="at least one sample")
    differs = np.zeros(samples, bool)
    differing_bytes, max_lsb, same_class = 0, 0, True
    for left, right in pairs:
        unequal = left.view(np.uint8) != right.view(np.uint8)
        differs |= unequal.any(axis=1)
        differing_bytes += int(unequal.sum())
        max_lsb = max(max_lsb, largest_distance(left, right))
        same_class = same_class and left.shape[1] > 1 and bool((left.argmax(axis=1) == right.argmax(axis=1)).all())
    level = _level(differing_bytes, max_lsb <= tolerance_lsb, same_class)
    return Comparison(a.runner, b.runner, samples, int(differs.sum()), differing_bytes, max_lsb, level)


def joined(first: Comparison, second: Comparison) -> Comparison:
    """The comparison of two runners over the samples of both: the weaker level holds for all of them."""
    levels = list(Level)
    return Comparison(
        first.a,
        first.b,
        first.samples + second.samples,
        first.differing_samples + second.differing_samples,
        first.differing_bytes + second.differing_bytes,
        max(first.max_lsb, second.max_lsb),
        max(first.level, second.level, key=levels.index),
    )


def accuracy(output: npt.NDArray[Any], labels: npt.NDArray[np.int64]) -> float:
    """The share 0..1 of samples whose largest element of `output` [samples, ..., classes] is at the index `labels` [samples] says."""
    if len(output) != len(labels) or not len(labels):
        raise InputError(f"{len(output)} outputs and {len(labels)} labels", expected="equally many, and at least one")
    return float(np.mean(classes(output) == labels))


def classes(output: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """The index of the largest element of each sample of `output` [samples, ...]; the first one where several are equal."""
    found: npt.NDArray[np.int64] = output.reshape(len(output), -1).argmax(axis=1).astype(np.int64)
    return found


def _level(differing_bytes: int, within_tolerance: bool, same_class: bool) -> Level:
    if differing_bytes == 0:
        return Level.BYTE_EQUAL
    if within_tolerance:
        return Level.WITHIN_LSB
    return Level.SAME_CLASS if same_class else Level.DIFFERENT


def _pairs(a: RunResult, b: RunResult) -> list[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
    """The outputs as flat, contiguous arrays [samples, elements], checked to be comparable."""
    who = f"{a.runner} and {b.runner}"
    if len(a.outputs) != len(b.outputs):
        raise InputError(f"{who} have {len(a.outputs)} and {len(b.outputs)} outputs", expected="results of the same model")
    pairs = []
    for number, (left, right) in enumerate(zip(a.outputs, b.outputs, strict=True)):
        if left.dtype != right.dtype:
            raise InputError(
                f"output {number} is {left.dtype} from {a.runner} and {right.dtype} from {b.runner}",
                expected="the same dtype",
                hint="quantize the float outputs first (quantize_outputs)",
            )
        if len(left) != len(right) or left.size != right.size:
            raise InputError(f"output {number} is {list(left.shape)} from {a.runner} and {list(right.shape)} from {b.runner}")
        elements = left.size // max(1, len(left))
        pairs.append((_flat(left, elements), _flat(right, elements)))
    if len({len(left) for left, _ in pairs}) > 1:
        raise InputError(f"the outputs of {who} differ in their number of samples")
    return pairs


def _flat(array: npt.NDArray[Any], elements: int) -> npt.NDArray[Any]:
    return np.ascontiguousarray(array.reshape(len(array), elements))


def largest_distance(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> int:
    """The most units in the last place between elements of two arrays of one dtype and shape; see `compare`."""
    if not left.size:  # a model's output without elements
        return 0
    left, right = _ordered(left), _ordered(right)
    # Modulo 2^64 the difference of the larger and the smaller is right for every integer type.
    distance = np.maximum(left, right).astype(np.uint64) - np.minimum(left, right).astype(np.uint64)
    return int(distance.max())


def _ordered(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Integers in the order of `array`; neighbouring floats become neighbouring integers."""
    if array.dtype.kind != "f":
        return array if array.dtype.kind in "iu" else array.view(np.uint8)
    bits = array.view(f"<i{array.dtype.itemsize}").astype(np.int64)
    magnitude = bits & ((1 << (8 * array.dtype.itemsize - 1)) - 1)
    ordered: npt.NDArray[Any] = np.where(bits < 0, -magnitude, magnitude)
    return ordered
