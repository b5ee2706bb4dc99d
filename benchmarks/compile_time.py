"""How long the aot compiler takes over the size of a model: CPU time of this machine, with `--optimize ram` and without.

    .venv/bin/python -m benchmarks.compile_time [--profile NAME]

Prints the table that docs/performance.md has.  The seconds are this machine's and no test compares them; what they must not do is grow
much faster than the number of layers.  `--profile NAME` shows where the time of one model goes instead.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from benchmarks.mobilenets import mobilenet_v1, mobilenet_v2, stack
from mcu_toolkit.boards import load_board
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runtimes.aot.compiler import CompiledModel, compile_model
from mcu_toolkit.runtimes.aot.ir.target import target_of
from mcu_toolkit.runtimes.aot.ops.convolution import short_requantization
from mcu_toolkit.runtimes.aot.ops.convolution.dsp import requantization

MODELS: dict[str, Callable[[], bytes]] = {
    "MobileNetV1 0.25, 96": lambda: mobilenet_v1(96, 0.25),
    "MobileNetV1 0.25, 224": lambda: mobilenet_v1(224, 0.25),
    "MobileNetV1 1.0, 224": lambda: mobilenet_v1(224, 1.0),
    "MobileNetV2 0.35, 96": lambda: mobilenet_v2(96, 0.35),
    "MobileNetV2 0.35, 224": lambda: mobilenet_v2(224, 0.35),
    "MobileNetV2 1.0, 224": lambda: mobilenet_v2(224, 1.0),
    "MobileNetV2 0.35, 224, twice as deep": lambda: mobilenet_v2(224, 0.35, repeated=2),
    "100 convolutions 3x3 and 1x1, 64x64x8": lambda: stack(64, 8, 100),
    "100 convolutions 1x1, 128x128x4": lambda: stack(128, 4, 100, (1,)),
}
BOARDS = {"microbit": "Cortex-M0", "netduinoplus2": "Cortex-M4F", "mps3-an547": "Cortex-M55"}


def compiled(model: Model, board_id: str, max_arena_bytes: int | None) -> tuple[float, CompiledModel]:
    """CPU seconds, and what came of it."""
    for cached in (requantization.choose, requantization.choose_row, requantization.choose_depthwise, short_requantization._short):
        cached.cache_clear()  # type: ignore[attr-defined]  # what the cell before has left
    target = replace(target_of(load_board(board_id)), max_arena_bytes=max_arena_bytes)
    start = time.process_time()
    found = compile_model(model, target)
    return time.process_time() - start, found


def rows() -> list[str]:
    """Lines of the table."""
    lines = [f"| model | layers | goal | {' | '.join(BOARDS.values())} |", f"|---|---|---|{'---|' * len(BOARDS)}"]
    for name, made in MODELS.items():
        model = parse_model(made(), "model")
        for goal, limit_bytes in (("balanced", None), ("ram", 0)):
            cells = []
            for board_id in BOARDS:
                seconds, found = compiled(model, board_id, limit_bytes)
                cells.append(f"{seconds:.2f} s, arena {found.plan.peak_bytes:,}")
            lines.append(f"| {name} | {len(model.main.ops)} | {goal} | {' | '.join(cells)} |")
            print(lines[-1], file=sys.stderr, flush=True)
    return lines


def main(words: Sequence[str]) -> int:
    """Print the table, or a profile; returns an exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks.compile_time", description="CPU time of the compiler over the size of a model.")
    parser.add_argument("--profile", choices=list(MODELS), help="where the time goes with --optimize ram on a Cortex-M4F")
    chosen = parser.parse_args(words).profile
    compile_model(parse_model(mobilenet_v1(96, 0.25), "first"), target_of(load_board("netduinoplus2")))  # imports are not what is measured
    if chosen is None:
        print("\n".join(rows()))
        return 0
    model, profile = parse_model(MODELS[chosen](), "model"), cProfile.Profile()
    profile.runcall(compiled, model, "netduinoplus2", 0)
    pstats.Stats(profile).sort_stats("cumtime").print_stats(30)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
