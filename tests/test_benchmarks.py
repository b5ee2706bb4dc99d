"""The benchmark keeps what it measured, measures again what changed, and sets TFLM beside our code; nothing is built here."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from benchmarks import run
from benchmarks.figures import Figures, keep_figures, kept_figures
from benchmarks.keys import aot_key, tflm_key
from benchmarks.models import PUBLIC, absent_models
from benchmarks.page import read_table, renewed
from benchmarks.tables import Table, tables
from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import NotSatisfiedError, ToolError
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.pipeline.workspace.inputs import choose_runtime
from mcu_toolkit.runtimes.base import RuntimeOptions
from tests import small_models

BOARD = load_board("netduinoplus2")
MODEL = parse_model(small_models.convolution(), "conv")
OURS = Figures("kws", "b", "aot", "byte-equal", 300, 100, 450, 5000, 900, 2000, 3000, 400)
THEIRS = dataclasses.replace(OURS, runtime="tflm", instructions=600, cycles=None, ram_bytes=5000)


def key_of(model: Model = MODEL, board: str = "netduinoplus2", samples: int = 3, **options: str) -> str:
    chosen = load_board(board)
    return aot_key(model, chosen, choose_runtime("aot", chosen, RuntimeOptions(**options)), samples)  # type: ignore[arg-type]


def test_the_key_is_the_same_again_and_another_one_for_whatever_counts() -> None:
    others = [
        key_of(parse_model(small_models.convolution(seed=4), "conv")),
        key_of(board="mps2-an386"),
        key_of(samples=4),
        key_of(optimize="size"),
        tflm_key(MODEL, BOARD, "a-name", 3),
        tflm_key(MODEL, BOARD, "another-name", 3),
    ]
    assert key_of() == key_of()
    assert len({key_of(), *others}) == len(others) + 1


def test_figures_are_kept_for_their_key_only(tmp_path: Path) -> None:
    path = tmp_path / "kept" / "one.json"
    assert kept_figures(path, "k") is None
    keep_figures(path, "k", OURS)
    assert kept_figures(path, "k") == OURS
    assert kept_figures(path, "other") is None
    path.write_text("{")
    assert kept_figures(path, "k") is None


def test_the_table_says_how_much_of_tflms_work_and_ram_ours_takes() -> None:
    refused = Figures.refused(("vww", "b", "aot"), "does not fit\nmore")
    head, rule, ours, theirs, *rest = tables(Table.of([OURS, THEIRS, refused])).splitlines()
    assert head.count("|") == rule.count("|") == ours.count("|") == theirs.count("|")
    assert ours == "| kws | b | aot | byte-equal | 300 | 3.00 | 0.50 | 450 | 5,000 | - | 900 | 2,000 | 400 | 3,000 | 0.60 |"
    assert theirs == "| kws | b | tflm | byte-equal | 600 | 6.00 | - | - | 5,000 | - | 900 | 2,000 | 400 | 5,000 | - |"
    assert rest == ["", "Not measured:", "", "- vww on b, aot: does not fit"]
    assert tables(Table.of([OURS])).splitlines()[2].endswith("| 3,000 | - |")


def page_of(*rows: Figures) -> str:
    return f"before\n<!-- table -->\n{tables(Table.of(rows))}<!-- end -->\nbehind\n"


def test_a_run_renews_its_own_rows_and_leaves_the_others() -> None:
    other = dataclasses.replace(OURS, board="c")
    refused = Figures.refused(("vww", "b", "aot"), "does not fit")
    page = page_of(OURS, THEIRS, other, refused)
    faster, slower = dataclasses.replace(OURS, instructions=150), dataclasses.replace(THEIRS, instructions=1200)
    assert renewed(page, []) == page
    assert renewed(page, [faster]) == page_of(faster, THEIRS, other, refused)
    assert "| 150 | 1.50 | 0.25 |" in renewed(page, [faster])
    assert renewed(page, [slower]) == page_of(OURS, slower, other, refused), "our share of TFLM's follows"
    fits, no_longer = dataclasses.replace(OURS, model="vww"), Figures.refused(("kws", "c", "aot"), "too big")
    assert renewed(page, [fits, no_longer]) == page_of(OURS, THEIRS, no_longer, fits)


def test_a_page_whose_table_is_another_is_not_written() -> None:
    with pytest.raises(ValueError, match="no part between"):
        renewed("text", [OURS])
    with pytest.raises(ValueError, match="a row of 2 cells, not 15"):
        renewed("<!-- table -->\n| kws | b |\n<!-- end -->", [OURS])


def test_the_documented_table_is_read_as_it_was_written() -> None:
    text = run.PAGE.read_text()
    table = text[text.index("<!-- table -->") : text.index("<!-- end -->")]
    assert len(read_table(table).cells) > 50
    assert renewed(text, []) == text


def test_models_that_are_not_here_are_named() -> None:
    lines = absent_models([name for name in PUBLIC if name not in ("kws", "ad")])
    assert [line.partition(":")[0] for line in lines] == ["ad", "kws"]
    assert "- kws: kws_ref_model.tflite is not in ../shared/models; CONTRIBUTING.md says where it comes from\n" in tables(
        Table.of([OURS]), lines
    )
    assert absent_models(PUBLIC) == ()
    assert "Not measured" not in tables(Table.of([OURS]))


def test_what_cannot_be_measured_does_not_stop_the_rest_and_a_broken_off_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tried: list[str] = []
    ends: dict[str, Exception | None] = {
        "netduinoplus2": None, "mps2-an386": ToolError("no gcc"), "mps2-an500": ValueError("odd"), "microbit": NotSatisfiedError("too big")
    }  # fmt: skip

    def measured(place: tuple[str, str, str], *_: object) -> Figures:
        tried.append(place[1])
        error = ends[place[1]]
        if error is not None:
            raise error
        return dataclasses.replace(OURS, model=place[0], board=place[1])

    (tmp_path / "conv.tflite").write_bytes(small_models.convolution())
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- table -->\n<!-- end -->\nbehind\n")
    monkeypatch.setattr(run, "LIBRARY", None)
    monkeypatch.setattr(run, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(run, "PAGE", page)
    monkeypatch.setattr(run, "model_paths", lambda _: {"conv": tmp_path / "conv.tflite"})
    monkeypatch.setattr(run, "_measured", measured)
    assert run.main(list(ends)) == 1
    assert tried == list(ends)
    text = page.read_text()
    assert text.startswith("before\n<!-- table -->\n| model |")
    assert text.endswith("<!-- end -->\nbehind\n")
    assert "| conv | netduinoplus2 | aot | byte-equal |" in text
    assert (
        "- conv on microbit, aot: too big\n- conv on mps2-an386, aot FAILED: no gcc\n- conv on mps2-an500, aot FAILED: ValueError('odd')"
        in text
    )
    tried.clear()
    ends.update({"mps2-an386": None, "mps2-an500": None})
    assert run.main(list(ends)) == 0
    assert tried == ["mps2-an386", "mps2-an500"]
    assert "FAILED" not in page.read_text()


def test_only_byte_equal_outputs_are_well() -> None:
    assert OURS.is_well
    assert not dataclasses.replace(OURS, parity="within-lsb").is_well
    assert not Figures.failed(("kws", "b", "aot"), "no reply").is_well
    assert Figures.refused(("kws", "b", "aot"), "does not fit").is_well
