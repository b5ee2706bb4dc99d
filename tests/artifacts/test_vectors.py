"""Choosing some of the samples."""

from __future__ import annotations

import numpy as np

from mcu_toolkit.artifacts import Vectors

LABELS = np.array([0] * 60 + [1] * 30 + [2] * 10)
VECTORS = Vectors((np.arange(100.0),), LABELS, truth_by_output={"y": np.arange(100, dtype=np.float32)})


def test_each_class_has_its_share_and_the_order_stays() -> None:
    chosen = VECTORS.sample(20, seed=3)
    assert chosen.labels is not None
    assert np.bincount(chosen.labels).tolist() == [12, 6, 2]
    assert (np.diff(chosen.inputs[0]) > 0).all()
    np.testing.assert_array_equal(LABELS[chosen.inputs[0].astype(int)], chosen.labels)
    np.testing.assert_array_equal(chosen.truth_by_output["y"], chosen.inputs[0])


def test_the_same_seed_draws_the_same_samples_and_another_one_others() -> None:
    np.testing.assert_array_equal(VECTORS.sample(20, 3).inputs[0], VECTORS.sample(20, 3).inputs[0])
    assert VECTORS.sample(20, 3).inputs[0].tolist() != VECTORS.sample(20, 4).inputs[0].tolist()


def test_no_more_than_there_are_and_exactly_as_many_as_asked() -> None:
    assert len(VECTORS.sample(1000, 0)) == 100
    assert [len(VECTORS.sample(count, 0)) for count in range(1, 100)] == [*range(1, 100)]


def test_without_labels_the_first_ones_are_taken() -> None:
    assert Vectors((np.arange(5),)).sample(2, 0).inputs[0].tolist() == [0, 1]
