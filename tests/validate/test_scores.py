from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference

from mcu_toolkit.artifacts import ClassificationScore, Confused
from mcu_toolkit.errors import InputError
from mcu_toolkit.validate import score_classes, score_values

TRUTH = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2])
SAID = np.array([0, 0, 1, 1, 2, 2, 2, 0, 0])


def _one_hot(numbers: np.ndarray, count: int) -> np.ndarray:
    return np.eye(count, dtype=np.float32)[numbers]


def test_classes_are_scored_as_by_hand() -> None:
    found = score_classes(_one_hot(SAID, 3), TRUTH, ("bird", "cat", "dog"))
    assert found.labels == ("bird", "cat", "dog")
    assert found.confusion == ((2, 1, 0), (0, 1, 1), (2, 0, 2))
    assert (found.accuracy, found.samples) == (pytest.approx(5 / 9), 9)
    assert [one.precision for one in found.per_class] == pytest.approx([2 / 4, 1 / 2, 2 / 3])
    assert [one.recall for one in found.per_class] == pytest.approx([2 / 3, 1 / 2, 2 / 4])
    assert [one.f1 for one in found.per_class] == pytest.approx([4 / 7, 1 / 2, 4 / 7])
    assert [one.support for one in found.per_class] == [3, 2, 4]
    assert found.roc is None


def test_the_most_frequent_mistakes_come_first() -> None:
    found = score_classes(_one_hot(SAID, 3), TRUTH, ("bird", "cat", "dog"))
    assert found.top_confusions(2) == (Confused("dog", "bird", 2), Confused("bird", "cat", 1))
    assert len(found.top_confusions(10)) == 3


@pytest.mark.parametrize("seed", range(5))
def test_scores_are_those_of_scikit_learn(seed: int) -> None:
    generator = np.random.default_rng(seed)
    truth, output = generator.integers(0, 7, 300), generator.normal(size=(300, 7))
    found, said = score_classes(output, truth), output.argmax(axis=1)
    precision, recall, f1, support = reference.precision_recall_fscore_support(truth, said)
    assert found.confusion == tuple(map(tuple, reference.confusion_matrix(truth, said).tolist()))
    assert [one.precision for one in found.per_class] == pytest.approx(precision.tolist())
    assert [one.recall for one in found.per_class] == pytest.approx(recall.tolist())
    assert [one.f1 for one in found.per_class] == pytest.approx(f1.tolist())
    assert [one.support for one in found.per_class] == support.tolist()


@pytest.mark.parametrize("levels", [4, 256, 100_000], ids=["many ties", "int8", "few ties"])
@pytest.mark.parametrize("seed", range(3))
def test_the_roc_curve_is_that_of_scikit_learn(seed: int, levels: int) -> None:
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, 2, 500)
    second = np.clip((truth * 0.2 + generator.uniform(0, 0.8, 500)), 0, 1) * levels // 1 / levels
    found = score_classes(np.stack([1 - second, second], axis=1), truth).roc
    assert found is not None
    fpr, tpr, _ = reference.roc_curve(truth, second)
    assert found.auc == pytest.approx(reference.roc_auc_score(truth, second), abs=1e-12)
    assert np.interp(np.linspace(0, 1, 1001), found.fpr, found.tpr) == pytest.approx(np.interp(np.linspace(0, 1, 1001), fpr, tpr))
    assert (found.fpr[0], found.tpr[0], found.fpr[-1], found.tpr[-1]) == (0, 0, 1, 1)


def test_a_long_curve_is_thinned_and_keeps_its_area() -> None:
    generator = np.random.default_rng(0)
    truth = generator.integers(0, 2, 20_000)
    second = generator.uniform(0, 1, 20_000) + 0.1 * truth
    found = score_classes(np.stack([np.zeros(20_000), second], axis=1), truth).roc
    assert found is not None
    assert len(found.fpr) == len(found.tpr) == 1000
    assert found.auc == pytest.approx(reference.roc_auc_score(truth, second), abs=1e-12)
    assert np.trapezoid(found.tpr, found.fpr) == pytest.approx(found.auc, abs=1e-3)


def test_samples_of_one_class_have_no_curve() -> None:
    assert score_classes(_one_hot(np.array([0, 1]), 2), np.array([1, 1])).roc is None


def test_one_element_is_the_probability_of_the_second_class() -> None:
    output, truth = np.array([[0.2], [0.5], [0.6], [0.9]], np.float32), np.array([0, 1, 0, 1])
    found = score_classes(output, truth, ("no", "yes"))
    assert found.confusion == ((1, 1), (1, 1))  # 0.5 is not above 0.5
    assert found.roc is not None
    assert found.roc.auc == pytest.approx(0.75)
    assert score_classes(output - 0.5, truth, logits=True).confusion == found.confusion


def test_integers_are_scored_like_the_values_they_stand_for() -> None:
    generator = np.random.default_rng(0)
    stored, truth = generator.integers(-128, 128, (200, 2)).astype(np.int8), generator.integers(0, 2, 200)
    assert score_classes(stored, truth) == score_classes((stored.astype(np.float32) + 128) / 256, truth)


def test_a_class_without_samples_or_predictions_has_zeros() -> None:
    found = score_classes(_one_hot(np.array([0, 0]), 3), np.array([0, 1]))
    assert [(one.precision, one.recall, one.f1) for one in found.per_class] == [(0.5, 1.0, pytest.approx(2 / 3)), (0, 0, 0), (0, 0, 0)]


def test_numbers_stand_for_labels_that_do_not_fit() -> None:
    assert score_classes(_one_hot(SAID, 3), TRUTH, ("only", "two")).labels == ("0", "1", "2")


@pytest.mark.parametrize(
    ("output", "truth", "message"),
    [
        (np.zeros((0, 3)), np.zeros(0, np.int64), "0 outputs and 0 labels"),
        (np.zeros((2, 3)), np.zeros(3, np.int64), "2 outputs and 3 labels"),
        (np.zeros((2, 3)), np.array([0, 3]), "class 3"),
        (np.zeros((2, 3)), np.array([0, -1]), "class -1"),
        (np.zeros((1, 1001)), np.array([0]), "1,001 elements"),
        (np.zeros((1, 0)), np.array([0]), "0 elements"),
    ],
)
def test_what_cannot_be_scored_is_refused(output: np.ndarray, truth: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        score_classes(output, truth)


def test_values_are_scored_as_by_hand() -> None:
    found = score_values(np.array([[1.0], [2.0], [6.0]]), np.array([1.0, 3.0, 5.0]), "y")
    assert (found.mae, found.rmse) == (pytest.approx(2 / 3), pytest.approx((2 / 3) ** 0.5))
    assert found.r2 == pytest.approx(1 - 2 / 8)
    (only,) = found.outputs
    assert (only.name, only.truth, only.prediction) == ("y", (1.0, 3.0, 5.0), (1.0, 2.0, 6.0))


def test_values_of_several_elements_are_those_of_scikit_learn() -> None:
    generator = np.random.default_rng(0)
    truth = generator.normal(size=(50, 3))
    output = truth + generator.normal(scale=0.1, size=(50, 3))
    found = score_values(output, truth, "out")
    assert found.mae == pytest.approx(reference.mean_absolute_error(truth, output))
    assert found.rmse == pytest.approx(reference.root_mean_squared_error(truth.ravel(), output.ravel()))
    assert [one.r2 for one in found.outputs] == pytest.approx(reference.r2_score(truth, output, multioutput="raw_values").tolist())
    assert found.r2 == pytest.approx(1 - ((truth - output) ** 2).sum() / ((truth - truth.mean(axis=0)) ** 2).sum())
    assert [one.name for one in found.outputs] == ["out[0]", "out[1]", "out[2]"]


def test_a_constant_truth_has_no_r2() -> None:
    assert score_values(np.array([1.0, 2.0]), np.array([1.0, 1.0])).r2 is None


def test_values_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(InputError, match=r"arrays of shape \[2\] and \[3\]"):
        score_values(np.zeros(2), np.zeros(3))


def test_a_score_knows_its_samples() -> None:
    assert ClassificationScore(("a", "b"), ((1, 2), (3, 4)), 0.5, ()).samples == 10
