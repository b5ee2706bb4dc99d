"""The page of a stream: curves, the DET curve, decisions; and results of others, which are shown or refused."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.report.page.blocks import Chart, Note, Section, Table
from mcu_toolkit.report.page.results import read_results
from mcu_toolkit.report.page.sections import streaming
from mcu_toolkit.report.page.write import written_as
from tests.report.page.test_mutated import mutate

POINTS = [{"threshold": 0.1 * n, "false_alarms_per_hour": 100.0 - 10 * n, "miss_rate": 0.1 * n} for n in range(5)]


def document(**changes: Any) -> dict[str, Any]:
    """A result as `mcu stream --truth` writes it."""
    by_class = [
        {"label": "yes", "events": 4, "detected": 3, "false_alarms": 1},
        {"label": "no", "events": 0, "detected": 0, "false_alarms": 0},
    ]
    decision = {"time_s": 1.25, "label": "yes", "score": 0.875, "inference": 3, "sum": 448}
    return {
        "schema_version": 2, "toolkit_version": "0.1.0", "step": "stream", "verdict": "pass", "model": "m.tflite", "model_sha256": "a" * 64,
        "runner": "tflm", "classes": ["silence", "yes", "no"],
        "rule": {
            "stride_frames": 2, "average_over": 2, "warm_up": 1, "refractory": 5, "waits_for_quiet": False,
            "classes": [{"index": 1, "sum_threshold": 256}, {"index": 2, "sum_threshold": 256}],
        },
        "sounds": [{"sound": "a.wav", "duration_s": 1800.0, "inferences": 4, "decisions": [decision]}],
        "scores": [[0.9, 0.1, 0.0], [0.5, 0.5, 0.0], [0.0, 1.0, 0.0], [0.25, 0.75, 0.0]],
        "scores_left_out": 0, "decisions": [decision], "differences": [], "files": [],
        "comparisons": [
            {"a": "device", "b": "tflm", "samples": 4, "differing_samples": 0, "differing_bytes": 0, "max_lsb": 0, "level": "byte-equal"}
        ],
        "judged": {
            "hours": 0.5, "tolerance_s": 0.5, "events": 4, "detected": 3, "false_alarms": 1, "miss_rate": 0.25,
            "false_alarms_per_hour": 2.0, "median_delay_s": 0.2, "by_class": by_class, "det": POINTS, "not_listened": {"cat": 3},
        },
        **changes,
    }  # fmt: skip


def shown(result: dict[str, Any], folder: Path) -> Section:
    (folder / "stream.json").write_text(json.dumps(result))
    [run] = read_results([folder / "stream.json"])
    return streaming.section(run)


def test_curves_rates_and_decisions_are_on_the_page(tmp_path: Path) -> None:
    blocks = shown(document(), tmp_path).blocks
    scores, det = (block for block in blocks if isinstance(block, Chart))
    assert [one.name for one in scores.series] == ["silence", "yes", "no"]
    assert scores.series[1].points == ((0.0, 0.1), (450.0, 0.5), (900.0, 1.0), (1350.0, 0.75))
    assert det.series[0].points[0] == (0.0, 100.0)
    by_class, thresholds, decisions = (block for block in blocks if isinstance(block, Table))
    assert by_class.rows[0] == ("yes", "4", "3", "25.00 %", "1")
    assert by_class.rows[1][3] == "-", "nothing to miss"
    assert len(thresholds.rows) == len(POINTS)
    assert decisions.rows == (("a.wav", "1.250", "yes", "0.875"),)
    assert [block.tone for block in blocks if isinstance(block, Note)] == ["good"]


def test_a_board_that_differs_is_said(tmp_path: Path) -> None:
    comparison = {**document()["comparisons"][0], "differing_samples": 2, "differing_bytes": 3, "max_lsb": 1, "level": "within-lsb"}
    blocks = shown(document(comparisons=[comparison]), tmp_path).blocks
    [note] = [block for block in blocks if isinstance(block, Note)]
    assert (note.tone, note.text) == ("bad", "device differs from tflm in 2 of 4 inferences, by up to 1 LSB.")


def test_of_a_long_stream_each_point_is_the_largest_of_its_piece(tmp_path: Path) -> None:
    scores = [[0.0, 1.0 if number == 1234 else 0.0, 0.0] for number in range(5000)]
    chart = next(block for block in shown(document(scores=scores), tmp_path).blocks if isinstance(block, Chart))
    assert len(chart.series[1].points) <= 600
    assert max(value for _, value in chart.series[1].points) == 1.0


def test_a_stream_without_labels_has_no_rates(tmp_path: Path) -> None:
    result = document()
    del result["judged"]
    assert [block.title for block in shown(result, tmp_path).blocks if isinstance(block, Chart)] == ["Scores over time"]


@pytest.mark.parametrize(
    "changes",
    [
        {"classes": []},
        {"classes": ["a", "b"]},
        {"scores": [[0.0]]},
        {"scores": 5},
        {"rule": {"stride_frames": 0}},
        {"judged": {"hours": "many"}},
        {"sounds": [{"sound": 3}]},
    ],
)
def test_what_is_no_stream_is_refused(changes: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a result that can be shown"):
        shown(document(**changes), tmp_path)


def test_a_result_that_was_changed_at_random_is_shown_or_refused(tmp_path: Path) -> None:
    outcomes = {"shown": 0, "refused": 0}
    for case in range(300):
        changed = copy.deepcopy(document())
        mutate(changed, random.Random(case))
        (tmp_path / "s.json").write_text(json.dumps(changed))
        try:
            runs = read_results([tmp_path / "s.json"])
        except InputError:
            outcomes["refused"] += 1
            continue
        for form in ("html", "md", "junit", "json"):
            assert written_as(runs, form, with_libraries=False)  # type: ignore[arg-type]
        outcomes["shown"] += 1
    assert min(outcomes.values()) > 30
