"""Tensors that lost channels are compared by those that are left."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

import numpy as np

from mcu_toolkit.validate.kept_channels import Array, digests_of_kept, in_whole, of_kept

KEPT = (0, 2)
WHOLE = np.arange(12, dtype=np.int8).reshape(1, 2, 2, 3)


def crc(values: Array) -> int:
    return zlib.crc32(values.tobytes())


def test_channels_are_taken_out_of_whole_tensors_and_others_stay() -> None:
    left = of_kept(WHOLE, KEPT)
    assert left.tobytes() == bytes([0, 2, 3, 5, 6, 8, 9, 11])
    assert of_kept(left, KEPT) is left


def test_they_go_back_where_they_were() -> None:
    back = in_whole(np.full((1, 2, 2, 2), 7, np.int8), KEPT, WHOLE)
    assert back[..., 1].tolist() == WHOLE[..., 1].tolist()
    assert set(back[..., [0, 2]].reshape(-1).tolist()) == {7}
    assert WHOLE[0, 0, 0, 0] == 0


def test_digests_are_those_of_what_is_left_after_each_sample() -> None:
    asked: list[int] = []

    def trace(inputs: Sequence[Array]) -> Mapping[int, Array]:
        asked.append(len(inputs[0]))
        return {4: WHOLE + inputs[0][-1], 5: WHOLE}

    inputs = [np.array([1, 2, 3], np.int8)]
    digests = {4: np.zeros(3, np.uint32), 5: np.full(3, 9, np.uint32)}
    found = digests_of_kept(trace, inputs, digests, {4: KEPT, 8: KEPT}, remembers=True)
    assert asked == [1, 2, 3]
    assert found[4].tolist() == [crc(of_kept((WHOLE + number).astype(np.int8), KEPT)) for number in (1, 2, 3)]
    assert (found[5].tolist(), set(found)) == ([9, 9, 9], {4, 5})
    digests_of_kept(trace, inputs, digests, {4: KEPT}, remembers=False)
    assert asked[3:] == [1, 1, 1]


def test_nothing_is_asked_where_all_tensors_are_whole() -> None:
    digests = {4: np.zeros(1, np.uint32)}
    assert digests_of_kept(lambda _inputs: {}, [np.zeros(1, np.int8)], digests, {8: KEPT}, remembers=False) is digests
