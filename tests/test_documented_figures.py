"""What README and docs say in numbers is what boards, tables and the compiler say.

docs/performance.md is written by `make bench`; other pages repeat some of its numbers, and several say what board files say.
docs/reference/figures.md names the command behind every number.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks import calibration, published
from benchmarks.models import PUBLIC
from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.boards.core_cycles import CYCLES_M4, CYCLES_M33
from mcu_toolkit.model import read_model
from mcu_toolkit.runtimes import get_runtime
from tests.shared_models import shared_model

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
PERFORMANCE = (ROOT / "docs/performance.md").read_text()
EMULATED = (ROOT / "docs/reference/emulated-boards.md").read_text()


def table(text: str, first_heading: str) -> list[dict[str, str]]:
    """The rows of the first table whose first heading is this, by heading; of two headings of one name the first counts."""
    lines = iter(text[text.index(f"| {first_heading} |") :].splitlines())
    headings = cells(next(lines))
    next(lines)
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append(dict(reversed(list(zip(headings, cells(line), strict=True)))))
    assert rows
    return rows


def cells(line: str) -> list[str]:
    return [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]


def number(text: str) -> int:
    return int(text.replace(",", ""))


def measured(model: str, board: str, runtime: str = "aot") -> dict[str, str]:
    """The row of the benchmark's table."""
    rows = table(PERFORMANCE[PERFORMANCE.index("<!-- table -->") :], "model")
    return next(row for row in rows if (row["model"], row["board"], row["runtime"]) == (model, board, runtime))


def is_rounded(shown: str, exact: float) -> bool:
    """Whether `2.83 M` is `exact` to the digits that are shown."""
    digits = shown.removesuffix(" M")
    decimals = len(digits.partition(".")[2])
    return float(digits) == round(exact / 1e6, decimals)


def test_the_readme_repeats_the_benchmark() -> None:
    for row in table(README, "model"):
        model = row["model"].removesuffix(" (MLPerf Tiny)")
        m4, m55 = measured(model, "netduinoplus2"), measured(model, "mps3-an547")
        assert row["RAM bytes, M4"] == m4["RAM bytes"]
        assert row["Cortex-M4, aot"] == m4["instructions"]
        assert row["Cortex-M55, aot"] == m55["instructions"]
        assert is_rounded(row["TFLM + CMSIS-NN"], number(measured(model, "netduinoplus2", "tflm")["instructions"]))


def test_what_vww_gains_by_dead_channels_is_said_as_it_is() -> None:
    found = re.search(r"vww owes a sixth of its lead \(([\d.]+) of ([\d.]+) M\).*?without that it takes ([\d.]+) M", README, re.DOTALL)
    assert found is not None
    gained, lead, without = map(float, found.groups())
    ours, theirs = (number(measured("vww", "netduinoplus2", runtime)["instructions"]) / 1e6 for runtime in ("aot", "tflm"))
    assert lead == round(theirs - ours, 1)
    assert gained == round(without - ours, 1)
    assert 1 / 7 < gained / lead < 1 / 5


@pytest.mark.parametrize("heading", ["## Cortex-M55 (Helium)"])
def test_the_pages_sections_repeat_its_first_table(heading: str) -> None:
    for row in table(PERFORMANCE[PERFORMANCE.index(heading) :], "model"):
        first = measured(row["model"], "mps3-an547")
        assert (row["ours"], row["per MAC"], row["code bytes"], row["arena bytes"]) == tuple(
            first[key] for key in ("instructions", "per MAC", "code bytes", "arena bytes")
        )


def test_published_figures_beside_ours_are_those_of_the_first_table() -> None:
    assert "\n".join(published.table()) in PERFORMANCE, "python -m benchmarks.published"


def test_pairs_and_bands_are_those_that_the_command_prints() -> None:
    for rows in (calibration.pair_rows(), calibration.core_rows()):
        assert "\n".join(rows) in PERFORMANCE, "python -m benchmarks.calibration"


def test_pairs_were_estimated_as_the_first_table_says() -> None:
    counted = {model: number(measured(model, "netduinoplus2", "tflm")["cycles, estimated"]) for model in ("kws", "vww", "ic", "ad")}
    for pair in (*CYCLES_M4.pairs, *CYCLES_M33.pairs):
        assert pair.estimated_cycles == counted[pair.model]


def test_the_frontier_starts_at_the_defaults_figures() -> None:
    rows = table(PERFORMANCE[PERFORMANCE.index("<!-- frontier -->") :], "model")
    defaults = [row for row in rows if row["--max-arena"] == "-"]
    assert len(defaults) >= 6
    for row in defaults:
        first = measured(row["model"], row["board"])
        assert {key: first[key] for key in ("arena bytes", "instructions", "code bytes")} == {
            key: row[key] for key in ("arena bytes", "instructions", "code bytes")
        }


def emulated_rows() -> list[Any]:
    return [pytest.param(row, id=row["id"]) for row in table(EMULATED, "id")]


@pytest.mark.parametrize("row", emulated_rows())
def test_the_page_of_emulated_boards_says_what_their_files_say(row: dict[str, str]) -> None:
    board = load_board(row["id"])
    assert row["kernels"] == board.instruction_set
    assert row["buffers"] == f"{board.link.max_payload_bytes} x {board.link.window_frames}"
    assert size_bytes(row["stack"]) == board.stack_bytes
    if board.core != "host":
        assert re.sub(r"[^a-z0-9]", "", row["core"].lower().replace("+", "plus").partition(",")[0]) == re.sub(r"[^a-z0-9]", "", board.core)
        assert (size_bytes(row["flash"]), size_bytes(row["RAM"])) == (board.flash.length_bytes, board.ram.length_bytes)
        assert row["UART driver"] == board.serial.driver


def size_bytes(text: str) -> int:
    value, unit = text.split()
    return int(float(value) * {"KB": 1 << 10, "MB": 1 << 20}[unit])


def planned_arena(model: str, board: Board) -> int:
    runtime = get_runtime("aot")
    return int(runtime.memory(read_model(shared_model(PUBLIC[model])), board).arena_bytes)  # type: ignore[attr-defined]


@pytest.mark.parametrize("board_id", ["netduinoplus2", "mps3-an547", "mps2-an385"])
@pytest.mark.parametrize("model", ["hello_world", "ad", "kws", "ic", "micro_speech"])
def test_arenas_of_public_models_are_as_the_page_says(model: str, board_id: str) -> None:
    """The figure that needs no board; the others are measured again by `make bench`."""
    assert number(measured(model, board_id)["arena bytes"]) == planned_arena(model, load_board(board_id))


def test_the_python_versions_are_the_same_everywhere() -> None:
    assert 'requires-python = ">=3.10,<3.14"' in (ROOT / "pyproject.toml").read_text()
    assert "Python 3.10 to 3.13" in README
    assert "(3, 10) <= sys.version_info < (3, 14)" in (ROOT / "scripts/setup.sh").read_text()
