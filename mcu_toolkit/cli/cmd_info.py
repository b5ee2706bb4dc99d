"""`mcu boards`, `mcu runtimes`: what there is."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(boards)
    app.command()(runtimes)


def boards() -> None:
    """List the boards."""
    from mcu_toolkit.boards import all_boards
    from mcu_toolkit.units import format_bytes

    for board in all_boards():
        kind = f"emulated ({board.emulator.kind})" if board.emulator else "real"
        flash, ram = format_bytes(board.flash.length_bytes), format_bytes(board.ram.length_bytes)
        print(f"{board.id:20} {board.mcu:16} {board.core:12} flash {flash:>10}  RAM {ram:>10}  {kind:18} {board.name}")


def runtimes() -> None:
    """List the runtimes."""
    from mcu_toolkit.runtimes import all_runtimes

    for runtime in all_runtimes():
        print(f"{runtime.name:8} {runtime.summary}")
