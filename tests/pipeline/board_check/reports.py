"""A report of a board that is as its file says, to be changed by tests."""

from __future__ import annotations

from mcu_toolkit.boards import load_board
from mcu_toolkit.pipeline.board_check.record import BoardReport, CheckedBoard, CheckedImage, FlashRead, KernelRow, LineRun, TimerRun

BOARD = load_board("nucleo_f446re")
"""A real board that counts cycles, at 180 MHz."""
LINE = LineRun(115200, 256, 2, 2.0, 20_480, 10_240.0, 11_520.0, (900.0, 1000.0), 82, 0, 0, 0, 0)


def report() -> BoardReport:
    clock_hz = BOARD.clock_hz
    return BoardReport(
        report_version=1,
        date="2026-11-30",
        board=CheckedBoard(BOARD.id, BOARD.name, BOARD.mcu, BOARD.core, clock_hz, "real", False),
        image=CheckedImage(
            "aot", "0123456789abcdef", "arm-none-eabi gcc 12.2.1", "tflm", 130_000, 9_000, 524_288, 131_072, BOARD.stack_bytes, 700
        ),
        tick_unit="cycles",
        kernels=(
            KernelRow("conv_3x3", "CONV_2D", 147_456, 2_528, 5, 0, (180_000, 180_010, 180_050), (178_161, 321_215)),
            KernelRow("dense_flash", "FULLY_CONNECTED", 65_536, 66_112, 5, 0, (100_000, 100_000, 100_002), None),
            KernelRow("long_run", "CONV_2D", 1_179_648, 20_224, 5, 0, (1_800_000, 1_800_000, 1_800_004), (1_425_286, 2_569_723)),
        ),
        timer=TimerRun(200, 360_000_000, 2.2, (0.998 * clock_hz, 1.001 * clock_hz, 1.004 * clock_hz)),
        clock_mhz=(179.6, 180.7),
        clock_is="measured",
        flash_read=FlashRead(66_112, 555.6, 119.0),
        lines=(LINE,),
        checks=(),
    )
