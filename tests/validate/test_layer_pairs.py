from __future__ import annotations

import numpy as np

from mcu_toolkit.artifacts import LayerProof
from mcu_toolkit.protocol.ids import NO_LAYER
from mcu_toolkit.protocol.observer_messages import LayerRecord
from mcu_toolkit.validate.layer_pairs import differing_places, pair_layers


def record(layer: int, tensor: int, crc32: int) -> LayerRecord:
    return LayerRecord(layer=layer, tensor=tensor, crc32=crc32, ticks=0)


def proof(layer: int, tensor: int, ticks: int) -> LayerProof:
    return LayerProof(layer, "CONV_2D", tensor, f"t{tensor}", 4, 2, 0, ticks)


def test_places_that_differ_are_those_both_made_of_other_bytes() -> None:
    first = [[record(NO_LAYER, 0, 1), record(0, 5, 10), record(1, 6, 11)], [record(0, 5, 12), record(1, 6, 13)]]
    second = [[record(NO_LAYER, 0, 2), record(0, 5, 10), record(1, 7, 11)], [record(0, 5, 99), record(1, 6, 13)]]
    assert differing_places(first, second) == ((1, 5),)
    assert differing_places(first, first) == ()


def test_rows_count_bytes_and_the_largest_difference_over_all_samples() -> None:
    layers = ([proof(0, 5, 900), proof(1, 6, 50)], [proof(0, 5, 300), proof(1, 6, 50)])
    ours = {(0, 6): np.array([[1, 2]], np.int16), (1, 6): np.array([[3, 4]], np.int16)}
    theirs = {(0, 6): np.array([[1, 258]], np.int16), (1, 6): np.array([[2, 5]], np.int16)}
    same, other = pair_layers(layers, [(0, 6), (1, 6)], (ours, theirs))
    assert (same.ticks, same.ratio, same.differing_samples, same.differing_bytes, same.max_lsb) == ((900, 300), 3.0, 0, 0, 0)
    # 2 and 258 differ in their upper byte alone
    assert (other.differing_samples, other.differing_bytes, other.max_lsb, other.ratio) == (2, 3, 256, 1.0)


def test_a_further_tensor_of_a_layer_is_not_timed_twice() -> None:
    layers = [proof(0, 5, 900), proof(0, 6, 1)]
    _, second = pair_layers((layers, layers), [], ({}, {}))
    assert (second.ticks, second.ratio) == ((0, 0), None)


def test_what_only_one_of_the_two_made_has_no_row() -> None:
    assert [pair.tensor for pair in pair_layers(([proof(0, 5, 1), proof(1, 6, 1)], [proof(1, 6, 1)]), [], ({}, {}))] == [6]


def test_without_a_counter_there_is_no_ratio() -> None:
    [pair] = pair_layers(([proof(0, 5, 0)], [proof(0, 5, 0)]), [], ({}, {}))
    assert pair.ratio is None
