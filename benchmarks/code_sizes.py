"""Measures what code takes and writes mcu_toolkit/runtimes/aot/code_sizes/: to be run again when kernels change.

    .venv/bin/python -m benchmarks.code_sizes [--core CORE]... [--only-new] [--bases-only] [--keep FOLDER]

For each core some 490 small models are linked (25 minutes of a quiet machine for all).  What each image took is kept in build/sizes by
hashes of its sources, flags and compiler: a run that was broken off goes on where it was, and after a change of kernels only those images
are linked again that have them (the sources of all are generated, which takes about a third of the time).  Where the firmware around the
models changed, one image shows by how much.  `--only-new` does not even look at models whose names are there: for new operators and
samples, where nothing else changed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.models import ROOT
from benchmarks.sizes.bases import base_of
from benchmarks.sizes.measure import measured
from benchmarks.sizes.table import table_of
from mcu_toolkit.boards import all_boards, load_board
from mcu_toolkit.runtimes.aot.size_table import BoardBase, board_bases, size_table
from mcu_toolkit.system.files import write_text
from mcu_toolkit.system.records import to_plain
from mcu_toolkit.system.resources import code_sizes_dir

REPRESENTATIVE = {
    "cortex-m0": "microbit",
    "cortex-m3": "mps2-an385",
    "cortex-m4f": "netduinoplus2",
    "cortex-m55": "mps3-an547",
    "rv32imac": "qemu-riscv32",
}
"""The board that the models of a core are linked for."""


def main(words: Sequence[str]) -> int:
    """Measure, and write a file a core and boards.json; returns an exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks.code_sizes", description="What generated code takes in flash and on the stack.")
    parser.add_argument("--core", action="append", choices=list(REPRESENTATIVE), help="default: all")
    parser.add_argument("--only-new", action="store_true", help="take what build/sizes has as it is, and link what it does not have")
    parser.add_argument("--bases-only", action="store_true", help="keep the tables of the cores; only boards.json is measured again")
    parser.add_argument("--keep", type=Path, default=ROOT / "build" / "sizes", help="where images are kept")
    arguments = parser.parse_args(words)
    arguments.keep.mkdir(parents=True, exist_ok=True)
    for core in () if arguments.bases_only else arguments.core or REPRESENTATIVE:
        board = load_board(REPRESENTATIVE[core])
        table = table_of(board, list(measured(board, arguments.keep, only_new=arguments.only_new)), arguments.keep)
        _write(f"{core}.json", to_plain(table))
        print(
            f"{core}: {table.images} images, {len(table.units)} parts, sums too small by {table.largest_error_bytes} bytes at the most",
            flush=True,
        )
    size_table.cache_clear()
    bases: dict[str, BoardBase] = {} if not arguments.core else dict(_known_bases())
    for board in all_boards():
        if board.emulator is not None and not board.core_facts.is_host:
            try:
                like = load_board(REPRESENTATIVE[size_table(board.core).core])
            except KeyError:
                continue
            bases[board.id] = base_of(board, like, arguments.keep)
            print(f"{board.id}: {bases[board.id]}", flush=True)
    _write("boards.json", {name: to_plain(base) for name, base in sorted(bases.items())})
    return 0


def _known_bases() -> dict[str, BoardBase]:
    return dict(board_bases()) if (code_sizes_dir() / "boards.json").is_file() else {}


def _write(name: str, plain: object) -> None:
    write_text(code_sizes_dir() / name, json.dumps(plain, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
