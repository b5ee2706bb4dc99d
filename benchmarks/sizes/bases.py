"""What firmware takes on a board beside a model: from one image that is linked for it and run."""

from __future__ import annotations

import contextlib
from pathlib import Path

from benchmarks.mobilenets import mobilenet_v1
from benchmarks.sizes.link import Linker
from benchmarks.sizes.measure import parts_of, with_room
from mcu_toolkit.boards import Board
from mcu_toolkit.errors import NotSatisfiedError
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.pipeline.deploy import deploy
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.pipeline.workspace.samples import load_inputs
from mcu_toolkit.runtimes.aot.prediction import link_bytes
from mcu_toolkit.runtimes.aot.runtime import AotRuntime
from mcu_toolkit.runtimes.aot.size_table import BoardBase, size_table
from tests import small_models


def base_of(board: Board, like: Board, folder: Path) -> BoardBase:
    """Flash as on the board of the table, `like`, and the difference of two images; RAM as linked; the stack as the board's watermark
    shows it, less what lies below the model's `invoke`: the most of two models, since interrupts come when they come."""
    small, separable = (parse_model(one, "model") for one in (small_models.network(), mobilenet_v1(32, 0.25, relu=True)))
    parts = parts_of([small], board)
    linker = Linker(with_room(board), folder / f"base-{board.id}")
    linked, beside = linker.link([small], AotRuntime()), Linker(with_room(like), folder / f"base-{like.id}").link([small], AotRuntime())
    stacks = [_used_bytes(small, board, folder) - linked.stack_bytes]
    with contextlib.suppress(NotSatisfiedError):  # a board that is too small for the second one
        stacks.append(_used_bytes(separable, board, folder) - linker.link([separable], AotRuntime()).stack_bytes)
    return BoardBase(
        flash_bytes=size_table(board.core).flash_base_bytes + linked.flash_bytes - beside.flash_bytes,
        ram_bytes=linked.ram_bytes - parts.arena_bytes - parts.state_bytes,
        link_bytes=link_bytes(board),
        stack_bytes=max(stacks),
    )


def _used_bytes(model: Model, board: Board, folder: Path) -> int:
    """Of the stack, on the board."""
    report = deploy(Job(model, board, AotRuntime(), load_inputs(model, None, 3, 0), folder / f"run-{board.id}"), Silent())
    assert report.stack_bytes is not None, f"{board.id} does not tell its stack"
    return report.stack_bytes
