"""A few lines that a terminal of 80 columns holds."""

from __future__ import annotations

import numpy as np

from mcu_toolkit.artifacts import ClassificationScore, Scores
from mcu_toolkit.report import score_lines
from mcu_toolkit.validate import score_classes, score_values


def _score(count: int, wrong: int) -> ClassificationScore:
    """Five samples of each of `count` classes; `wrong` of class 0 are taken for class 1."""
    truth = np.repeat(np.arange(count), 5)
    said = truth.copy()
    said[:wrong] = 1
    return score_classes(np.eye(count)[said], truth, [f"class {number} with a long name" for number in range(count)])


def test_two_classes_are_a_matrix_with_what_it_means_for_each() -> None:
    truth = np.array([0, 0, 1, 1])
    score = score_classes(np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.1, 0.9]]), truth, ("cats", "dogs"))
    assert score_lines(Scores({"device": score})) == [
        "labels, device: 3 of 4 samples right, 75.00 %",
        "truth \\ predicted  cats  dogs  precision    recall       F1",
        "cats                  1     1   100.00 %   50.00 %  66.67 %",
        "dogs                  0     2    66.67 %  100.00 %  80.00 %",
        "area under the ROC curve: 1.0000 (dogs counts as positive)",
    ]


def test_of_many_classes_the_weakest_are_named_and_the_mistakes() -> None:
    lines = score_lines(Scores({"tflm": _score(10, 2)}))
    assert lines[0] == "labels, tflm: 48 of 50 samples right, 96.00 %"
    assert lines[-1] == "2 x class 0 with ... taken for class 1 with ..."
    assert [line.split("  ")[0] for line in lines[2:5]] == ["class 0 with ...", "class 1 with ...", "class 2 with ..."]
    assert score_lines(Scores({"tflm": _score(10, 0)}))[-1] == "no mistakes"


def test_every_form_is_short_and_narrow() -> None:
    values = score_values(np.array([1.0, 2.0]), np.array([1.0, 3.0]), "y")
    runners = ("keras", "litert", "tflm", "aot-host", "device")
    for scores in (_score(2, 1), _score(4, 3), _score(10, 4), _score(1000, 5), values):
        lines = score_lines(Scores(dict.fromkeys(runners, scores)))
        assert 0 < len(lines) <= 8
        assert all(len(line) <= 80 for line in lines), lines


def test_the_runner_nearest_to_the_board_is_shown_and_the_whole_form_has_those_that_differ() -> None:
    scores = Scores({"keras": _score(3, 0), "tflm": _score(3, 2), "device": _score(3, 2)})
    assert score_lines(scores)[0].startswith("labels, device: 13 of 15")
    heads = [line for line in score_lines(scores, whole=True) if line.startswith("labels")]
    assert heads == ["labels, device: 13 of 15 samples right, 86.67 %", "labels, keras: 15 of 15 samples right, 100.00 %"]


def test_the_whole_form_has_every_class_and_the_matrix() -> None:
    lines = score_lines(Scores({"tflm": _score(10, 2)}), whole=True)
    assert sum(line.startswith("class ") and "with" in line for line in lines) == 10
    assert any(line.startswith("truth \\ predicted") for line in lines)


def test_regressions_are_a_row_for_each_runner() -> None:
    values = score_values(np.array([1.0, 2.0]), np.array([1.0, 3.0]), "y")
    flat = score_values(np.array([1.0, 2.0]), np.array([1.0, 1.0]), "y")
    assert score_lines(Scores({"device": values, "keras": flat})) == [
        "2 samples against y  MAE    RMSE      R2",
        "device               0.5  0.7071  0.5000",
        "keras                0.5  0.7071       -",
    ]


def test_outputs_of_several_are_named_and_no_labels_say_nothing() -> None:
    assert score_lines(Scores()) == []
    lines = score_lines(Scores(by_output={"a\x1b[2J": {"tflm": _score(2, 1)}}))
    assert lines[0].startswith("labels, output a\\x1b[2J, tflm: 9 of 10")
