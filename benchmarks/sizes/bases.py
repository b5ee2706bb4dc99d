"""What firmware takes on a board beside a model: from one image that is linked for it and run."""

from __future__ import annotations

from pathlib import Path

from benchmarks.sizes.link import Linker
from benchmarks.sizes.measure import parts_of, with_room
from mcu_toolkit.boards import Board
from mcu_toolkit.model import parse_model
from mcu_toolkit.pipeline.deploy import deploy
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.workspace.inputs import load_inputs
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.runtimes.aot.prediction import link_bytes
from mcu_toolkit.runtimes.aot.runtime import AotRuntime
from mcu_toolkit.runtimes.aot.size_table import BoardBase, size_table
from tests import small_models


def base_of(board: Board, like: Board, folder: Path) -> BoardBase:
    """Flash as on the board of the table, `like`, and the difference of two images; RAM as linked; the stack as the board's watermark
    shows it, less what lies below the model's `invoke`."""
    model = parse_model(small_models.network(), "model")
    parts = parts_of(model, board)
    linked, beside = (Linker(with_room(one), folder / f"base-{one.id}").link(model, AotRuntime()) for one in (board, like))
    report = deploy(Job(model, board, AotRuntime(), load_inputs(model, None, 3, 0), folder / f"run-{board.id}"), Silent())
    assert report.stack_bytes is not None, f"{board.id} does not tell its stack"
    return BoardBase(
        flash_bytes=size_table(board.core).flash_base_bytes + linked.flash_bytes - beside.flash_bytes,
        ram_bytes=linked.ram_bytes - parts.arena_bytes - -(-parts.state_bytes // 8) * 8,
        link_bytes=link_bytes(board),
        stack_bytes=report.stack_bytes - linked.stack_bytes,
    )
