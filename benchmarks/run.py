"""Benches every model on the emulated boards and writes the tables of docs/performance.md.

    .venv/bin/python -m benchmarks.run [--model NAME]... [--tflm-board BOARD]... [board ...]

Without boards: all emulated ones; without models: all that are here.  Rows that a run does not measure stay as they are.  Where
MCU_TFLM_LIBRARY names a library, TensorFlow Lite Micro is measured beside our compiled code.  Instruction counts come from QEMU's
icount and repeat exactly; they are not cycles.

What was measured is kept in build/benchmarks, by a hash of everything it depends on: a run that was broken off goes on where
it was, and after a change only what it touches is measured again.  A failure of a tool is not kept, ends up in the table and
makes the exit code 1; the other rows are measured all the same.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import traceback

from benchmarks.figures import Figures, keep_figures, kept_figures
from benchmarks.keys import aot_key, tflm_key
from benchmarks.model_code import model_code_bytes
from benchmarks.models import ROOT, absent_models, model_paths
from benchmarks.page import renewed
from mcu_toolkit.boards import Board, all_boards, load_board
from mcu_toolkit.errors import InputError, McuError, NotSatisfiedError
from mcu_toolkit.model import Model, read_model
from mcu_toolkit.pipeline.profiling.bench import bench
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.workspace.inputs import choose_runtime
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.pipeline.workspace.samples import load_inputs
from mcu_toolkit.runtimes.base import Runtime, RuntimeOptions
from mcu_toolkit.system.files import write_text

PAGE = ROOT / "docs" / "performance.md"
KEPT = ROOT / "build" / "benchmarks"
SAMPLES = 3
LIBRARY = os.environ.get("MCU_TFLM_LIBRARY")


def measure(name: str, model: Model, board: Board, runtime_name: str) -> Figures:
    """One row, from what is kept where nothing it depends on has changed; a model that does not fit or is refused says so."""
    place = (name, board.id, runtime_name)
    try:
        runtime = choose_runtime(runtime_name, board, RuntimeOptions(tflm_library=LIBRARY if runtime_name == "tflm" else None))
        key = tflm_key(model, board, LIBRARY or "", SAMPLES) if runtime_name == "tflm" else aot_key(model, board, runtime, SAMPLES)
    except InputError as error:
        return Figures.refused(place, error.what)
    path = KEPT / f"{name}-{board.id}-{runtime_name}.json"
    kept = kept_figures(path, key)
    if kept is not None:
        return kept
    try:
        made = _measured(place, model, board, runtime)
    except (InputError, NotSatisfiedError) as error:
        made = Figures.refused(place, error.what)
    except McuError as error:
        return Figures.failed(place, error.what)
    except Exception:  # one row must not cost the others
        traceback.print_exc()
        return Figures.failed(place, f"{sys.exc_info()[1]!r}")
    keep_figures(path, key, made)
    return made


def _measured(place: tuple[str, str, str], model: Model, board: Board, runtime: Runtime) -> Figures:
    job = Job(model, board, runtime, load_inputs(model, None, SAMPLES, 0), KEPT / "projects" / "-".join(place))
    made = Figures.of(place, bench(job, Silent()))
    return dataclasses.replace(made, model_code_bytes=model_code_bytes(model, board)) if runtime.name == "aot" else made


def main(words: list[str]) -> int:
    """Measure and rewrite the marked part of the page; returns an exit code."""
    arguments = _arguments(words)
    emulated = [board.id for board in all_boards() if board.emulator is not None and board.emulator.kind == "qemu"]
    paths = model_paths(ROOT / "build" / "demo")
    absent = () if arguments.model else absent_models(paths)
    for line in absent:
        print(line, file=sys.stderr)
    rows = []
    for name in arguments.model or paths:
        model = read_model(paths[name])
        for board in map(load_board, arguments.boards or emulated):
            beside = LIBRARY and board.id in (arguments.tflm_board or emulated)
            for runtime in ("aot", "tflm") if beside else ("aot",):
                rows.append(measure(name, model, board, runtime))
                print(rows[-1].line(), flush=True)
    if not arguments.dry:
        write_text(PAGE, renewed(PAGE.read_text(), rows, absent))
    return 0 if all(row.is_well for row in rows) else 1


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.run", description="Bench every model on the emulated boards.")
    parser.add_argument("boards", nargs="*", metavar="board", help="default: all emulated ones")
    parser.add_argument("--model", action="append", choices=list(model_paths(ROOT / "build" / "demo")), help="default: all that are here")
    parser.add_argument(
        "--tflm-board", action="append", metavar="BOARD", help="where TFLM is measured too; default: everywhere, which takes hours"
    )
    parser.add_argument("--dry", action="store_true", help="print only; leave the page as it is")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
