"""Pages of what fit, predict and compare answer: from the JSON that the commands write."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.pipeline.compare import CompareRequest, compare
from mcu_toolkit.report import to_json
from mcu_toolkit.report.page.blocks import Chart, Page, Section, Table
from mcu_toolkit.report.page.compose import compose
from mcu_toolkit.report.page.results import read_results
from mcu_toolkit.report.page.write import written_as
from tests.cli.in_process import succeed_here
from tests.report.page.answers import matrix, predict
from tests.report.page.results import failing, report
from tests.small_models import network


def page_of(path: Path) -> tuple[Page, Section, Table]:
    """The page, its only section and the first table of that; every form of it can be written."""
    runs = read_results([path])
    for form in ("html", "md", "junit", "json"):
        assert written_as(runs, form, with_libraries=False)  # type: ignore[arg-type]
    page = compose(runs)
    (section,) = page.shared
    return page, section, next(block for block in section.blocks if isinstance(block, Table))


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.tflite").write_bytes(network())
    return tmp_path / "m.tflite"


def test_what_fits_is_a_table_of_boards(model: Path) -> None:
    succeed_here("fit", model, "--family", "stm32", "--json", "r.json")
    rows = json.loads(Path("r.json").read_text())["rows"]
    page, section, table = page_of(Path("r.json"))
    assert page.title == "Boards for m"
    assert [row[:2] for row in table.rows] == [(row["board"], row["runtime"]) for row in rows]
    assert all(cells[-1].startswith(row["verdict"]) for cells, row in zip(table.rows, rows, strict=True))
    assert set(table.tones) <= {"good", "bad"}
    assert not table.folded, "the page is about nothing else"
    remarks = [block for block in section.blocks if isinstance(block, Table)][1]
    assert {row[2] for row in remarks.rows} == {text for row in rows for text in (*row["why"], *row["would_fit"])}, "each once"
    assert len(remarks.rows) == len({row[1:] for row in remarks.rows})
    assert section.lead.startswith(f"{sum(row['verdict'] == 'fits' for row in rows)} of {len(rows)} fit")


def test_predictions_are_a_table_of_inputs(model: Path) -> None:
    numbers = ",".join(["0.5"] * 64)
    succeed_here("predict", model, numbers, numbers, "--on", "litert", "--json", "r.json")
    page, section, table = page_of(Path("r.json"))
    assert page.title == "Predictions of m"
    assert section.lead == "2 inputs."
    assert table.columns[0] == "input"
    assert len(table.rows) == 2


def test_a_comparison_shows_its_regressions_first(tmp_path: Path) -> None:
    for name, one in (("a.json", report()), ("b.json", failing())):
        (tmp_path / name).write_text(to_json(one), encoding="utf-8")
    result = compare(CompareRequest(tmp_path / "a.json", tmp_path / "b.json"))
    (tmp_path / "c.json").write_text(result.to_json(), encoding="utf-8")
    page, section, table = page_of(tmp_path / "c.json")
    assert page.title == "New results against a baseline"
    assert section.lead.startswith("FAIL - ")
    assert section.blocks[0].tone == "bad"  # type: ignore[union-attr]
    worse = {row[0] for row, tone in zip(table.rows, table.tones, strict=True) if tone == "bad"}
    assert {"flash", "cycles"} <= worse
    (run,) = read_results([tmp_path / "c.json"])
    assert (run.verdict, len(run.reasons)) == ("fail", len(result.facts.regressions))
    assert dataclasses.replace(result.facts).differences == run.differences


def test_models_of_one_firmware_are_one_table(model: Path) -> None:
    (model.parent / "n.tflite").write_bytes(network())
    succeed_here("fit", model, "n.tflite", "--together", "-b", "netduinoplus2", "-b", "microbit", "--json", "r.json")
    page, _, table = page_of(Path("r.json"))
    assert (page.title, table.caption, len(table.rows)) == ("Boards for m, n", "m + n", 4)


@pytest.mark.parametrize("probability", [1e308, -1e308, 1.0, -0.5])
def test_a_probability_that_is_none_is_drawn_at_the_end_of_the_scale(probability: float, tmp_path: Path) -> None:
    document = predict()
    for one in document["predictions"]:
        one["probability"] = probability
    (tmp_path / "p.json").write_text(json.dumps(document), encoding="utf-8")
    _, section, _ = page_of(tmp_path / "p.json")
    [chart] = [block for block in section.blocks if isinstance(block, Chart) and block.x_label == "probability"]
    counts = [count for _, count in chart.series[0].points]
    assert (counts[-1] if probability > 0 else counts[0]) == sum(counts) == 40


def test_many_predictions_have_pictures_of_classes_and_probabilities(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(json.dumps(predict()), encoding="utf-8")
    _, section, table = page_of(tmp_path / "p.json")
    classes, probabilities = (block for block in section.blocks if isinstance(block, Chart))
    assert dict(zip(classes.categories, (count for _, count in classes.series[0].points), strict=True)) == {
        "kind 0": 14,
        "kind 1": 13,
        "kind 2": 13,
    }
    assert sum(count for _, count in probabilities.series[0].points) == 40
    assert len(table.rows) == 40


def test_a_matrix_has_every_cell_and_the_frontiers_of_those_that_passed(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(json.dumps(matrix()), encoding="utf-8")
    page, section, _ = page_of(tmp_path / "m.json")
    assert (page.title, section.lead) == ("A matrix of runs", "7 of 9 passed.")
    table = next(block for block in section.blocks if isinstance(block, Table) and "verdict" in block.columns)
    assert [row[table.columns.index("verdict")] for row in table.rows].count("pass") == 7
    assert table.tones.count("bad") == 2
    charts = {block.title: block for block in section.blocks if isinstance(block, Chart)}
    assert {"Accuracy against flash", "Accuracy against RAM without stack", "Accuracy against cycles"} <= charts.keys()
    flash = charts["Accuracy against flash"]
    assert sum(len(one.points) for one in flash.series) == 7
    assert flash.frontier == ((20_000.0, 0.9), (40_000.0, 0.93), (60_000.0, 0.96)), "of each accuracy the smallest"
    assert "Cycles of narrow against flash" in charts
    assert {block.text.split(":")[0] for block in section.blocks if getattr(block, "tone", "") == "bad"} == {  # type: ignore[union-attr]
        "wide, int8, microbit, aot",
        "a_model_with_a_long_name_of_its_own, int16x8, netduinoplus2, aot, small",
    }
    assert 'class="frontier"' in written_as(read_results([tmp_path / "m.json"]), "html", with_libraries=False)


def test_names_keep_their_letters(tmp_path: Path) -> None:
    document = {**predict(), "model": "kwsNet_V2.tflite"}
    (tmp_path / "p.json").write_text(json.dumps(document), encoding="utf-8")
    (tmp_path / "q.json").write_text(json.dumps({**document, "model": "B.tflite"}), encoding="utf-8")
    assert compose(read_results([tmp_path / "p.json"])).title == "Predictions of kwsNet_V2"
    both = compose(read_results([tmp_path / "p.json", tmp_path / "q.json"]))
    assert [section.title for section in both.shared] == ["predictions of kwsNet_V2: answers", "predictions of B: answers"]


@pytest.mark.parametrize(
    "document",
    [
        {"step": "fit", "verdict": "pass", "rows": [{"board": "b"}]},
        {"step": "predict", "verdict": "pass", "predictions": [{"input": 3, "outputs": {}}]},
        {"step": "compare", "verdict": "pass", "differences": [{"rows": 1}]},
        {"step": "matrix", "verdict": "pass", "rows": [{"model": "m", "figures": {"accuracy": "high"}}]},
    ],
)
def test_what_is_damaged_is_refused(document: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError, match="is not a result that can be shown"):
        read_results([tmp_path / "x.json"])
