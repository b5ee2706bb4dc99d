"""Results are read as they were written; what is none, or too much of one, is refused with its name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mcu_toolkit.artifacts.scores import ClassificationScore, RegressionScore, Roc
from mcu_toolkit.errors import InputError
from mcu_toolkit.report import to_json
from mcu_toolkit.report.page.results import MAX_RUNS, labelled, read_results
from tests.report.page.results import details, report, run

SCHEMA = json.loads((Path(__file__).resolve().parents[3] / "docs" / "report-schema.json").read_text(encoding="utf-8"))


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(to_json(report()))
    return found


def written(value: object, folder: Path, name: str = "report.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def test_a_result_with_details_agrees_with_the_schema_and_is_read_back_whole(tmp_path: Path) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(document())
    (found,) = read_results([written(document(), tmp_path)])
    assert found.details == details()
    assert found.comparisons == report().comparisons
    assert found.layers == report().layers
    assert (found.numbers["flash_bytes"], found.cycles and found.cycles.value) == (1400, 140_000)
    assert (found.durations, found.watermarks) == (report().durations, report().watermarks)


def test_what_a_later_version_adds_is_passed_over(tmp_path: Path) -> None:
    later = document() | {"colour": "green"}
    later["layers"][0]["temperature"] = 20
    later["comparisons"][0]["weather"] = "fine"
    (found,) = read_results([written(later, tmp_path)])
    assert found.layers == report().layers


def test_details_of_another_version_are_left_out_and_a_remark_says_so(tmp_path: Path) -> None:
    later = document()
    later["details"]["graph"]["nodes"][0]["colour"] = "green"
    (found,) = read_results([written(later, tmp_path)])
    assert found.details.graph is None
    assert any("graph, arena and samples are not shown" in note and "colour" in note for note in found.notes)


def test_scores_against_labels_are_read(tmp_path: Path) -> None:
    scored = document()
    per_class = [{"label": "cat", "precision": 0.5, "recall": None, "f1": 1, "support": 2}]
    roc = {"fpr": [0, 0.5, 1], "tpr": [0, 1, 1], "auc": 0.9}
    scored["scores"] = {
        "device": {
            "kind": "classification", "labels": ["cat", "dog"], "confusion": [[1, 1], [0, 2]], "accuracy": 0.75,
            "per_class": per_class, "roc": roc,
        },
        "keras": {
            "kind": "regression", "mae": 1, "rmse": 2.5, "r2": None, "samples": 2,
            "outputs": [{"name": "y", "mae": 1, "rmse": 2.5, "r2": None, "truth": [1, 2], "prediction": [1.5, 2]}],
        },
    }  # fmt: skip
    (found,) = read_results([written(scored, tmp_path)])
    device, keras = found.scores["device"], found.scores["keras"]
    assert isinstance(device, ClassificationScore)
    assert isinstance(keras, RegressionScore)
    assert device.confusion == ((1, 1), (0, 2))
    assert device.roc == Roc((0.0, 0.5, 1.0), (0.0, 1.0, 1.0), 0.9)
    assert (keras.mae, keras.r2, keras.outputs[0].prediction) == (1.0, None, (1.5, 2.0))


def test_of_a_deployment_its_report_is_read(tmp_path: Path) -> None:
    written(document(), tmp_path)
    assert [one.source for one in read_results([tmp_path])] == [str(tmp_path / "report.json")]


def test_a_list_of_results_becomes_as_many_runs(tmp_path: Path) -> None:
    both = {"schema_version": 2, "verdict": "pass", "reports": [document(), document()]}
    assert [one.label for one in read_results([written(both, tmp_path)])] == [
        "1: pets on netduinoplus2, aot",
        "2: pets on netduinoplus2, aot",
    ]


def test_runs_are_told_apart_by_what_differs() -> None:
    assert [one.label for one in labelled([run(), run(source="other.json")])] == ["report", "other"]
    assert [one.label for one in labelled([run(source="old/report.json"), run(source="new/report.json")])] == ["old", "new"]
    assert [one.label for one in labelled([run()])] == ["pets on netduinoplus2, aot"]


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.update(verdict="maybe"), "verdict is 'maybe'"),
        (lambda d: d.update(model=[]), "'model'"),
        (lambda d: d.update(model={}), "'name'"),
        (lambda d: d.update(layers={}), "'layers' is not a list"),
        (lambda d: d.update(flash_bytes="many"), "'flash_bytes' is not a number"),
        (lambda d: d.update(comparisons=[{"a": "device"}]), "Comparison has no 'b'"),
        (lambda d: d.update(functions=[{"name": "f", "instructions": 1}] * 20_001), "20,001 entries"),
        (lambda d: d.update(flash_bytes=float("inf")), "not finite"),
        (lambda d: d.update(accuracy={"device": "all"}), "'device' is not a number"),
        (lambda d: d.update(scores={"device": {"kind": "classification", "confusion": [[1, 2]]}}), "not square"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_its_place(change: Change, said: str, tmp_path: Path) -> None:
    broken = document()
    change(broken)
    with pytest.raises(InputError, match="is not a result that can be shown") as refusal:
        read_results([written(broken, tmp_path)])
    assert said in str(refusal.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["samples"][0].update(png="bm90IGEgcGljdHVyZQ=="), "not a PNG"),
        (lambda d: d["samples"][0].update(png='" onerror="alert(1)'), "not base64"),
        (lambda d: d["samples"][0].update(png="A" * (2 << 20)), "more than"),
        (lambda d: d["graph"]["nodes"][0].update(inputs=[99]), "tensors that it does not have"),
        (lambda d: d["graph"].update(inputs=[-1]), "tensors that it does not have"),
        (lambda d: d["graph"].update(nodes=d["graph"]["nodes"] * 2), "two operators of the graph have the same number"),
        (lambda d: d["predictions"]["classes"].update(device=[1]), "different numbers of samples"),
        (lambda d: d.update(steps=d["steps"] * 400), "1,200 steps, more than 1,000"),
        (lambda d: d["arena"].update(blocks=d["arena"]["blocks"] * 6000), "12,000 blocks of the arena"),
        (lambda d: d["errors"][0]["histogram"].update(counts=[1] * 3000), "3,000 bins of a histogram"),
    ],
)
def test_details_that_do_not_fit_together_are_left_out(change: Change, said: str, tmp_path: Path) -> None:
    broken = document()
    change(broken["details"])
    (found,) = read_results([written(broken, tmp_path)])
    assert not found.details.samples
    assert said in " ".join(found.notes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1]", "is not a result"),
        ("no JSON", "is not JSON"),
        ('{"a": 1}', "is not a report"),
        ("[" * 2000, "is not JSON"),
        ('{"verdict": "error", "message": "no board"}', "the command failed: no board"),
        ('{"step": "train", "verdict": "pass"}', "step 'train', of which there is no page"),
    ],
)
def test_what_is_no_result_is_refused_by_its_name(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refusal:
        read_results([path])
    assert said in str(refusal.value)
    assert "x.json" in str(refusal.value)


def test_more_results_than_a_page_can_hold_are_refused(tmp_path: Path) -> None:
    path = written(document(), tmp_path)
    with pytest.raises(InputError, match="results for one page"):
        read_results([path] * (MAX_RUNS + 1))
