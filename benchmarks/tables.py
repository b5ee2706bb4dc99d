"""The tables of docs/performance.md."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.figures import Figures

HEADINGS = (
    "model",
    "board",
    "runtime",
    "parity",
    "instructions",
    "per MAC",
    "of TFLM's",
    "cycles, estimated",
    "code bytes",
    "of the model",
    "weight bytes",
    "arena bytes",
    "stack bytes",
    "RAM bytes",
    "of TFLM's",
)


def tables(rows: Sequence[Figures], absent: Sequence[str] = ()) -> str:
    """One row for everything that was measured, and a line for each model that a board has no room for or a runtime refuses.

    `absent` has lines about models whose files are not here.
    """
    beside = {(row.model, row.board): row for row in rows if row.runtime == "tflm" and row.instructions}
    measured = [row for row in rows if row.instructions is not None]
    text = _table([_cells(row, beside.get((row.model, row.board))) for row in measured])
    left = [row for row in rows if row.instructions is None]
    if not left and not absent:
        return text
    refused = [f"{row.model} on {row.board}, {row.runtime}{' FAILED' if row.is_failure else ''}: {row.why}" for row in left]
    lines = "".join(f"- {line}\n" for line in (*absent, *refused))
    return f"{text}\nNot measured:\n\n{lines}"


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    lines = (" | ".join(row) for row in (HEADINGS, ["---"] * len(HEADINGS), *rows))
    return "".join(f"| {line} |\n" for line in lines)


def _cells(row: Figures, tflm: Figures | None) -> tuple[str, ...]:
    other = tflm if row.runtime == "aot" else None
    return (
        row.model,
        row.board,
        row.runtime,
        row.parity,
        _number(row.instructions),
        _ratio(row.instructions, row.macs),
        _ratio(row.instructions, other.instructions if other else None),
        _number(row.cycles),
        *(
            _number(value)
            for value in (row.code_bytes, row.model_code_bytes, row.weights_bytes, row.arena_bytes, row.stack_bytes, row.ram_bytes)
        ),
        _ratio(row.ram_bytes, other.ram_bytes if other else None),
    )


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _ratio(value: int | None, of: int | None) -> str:
    return "-" if value is None or not of else f"{value / of:.2f}"
