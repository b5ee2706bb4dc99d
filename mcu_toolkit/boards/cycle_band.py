"""How much more boards take than the cycles that are estimated from instructions.

Estimates are for memory without wait states.  Measured on an STM32L4R5 (Cortex-M4, 120 MHz, with flash accelerator) against our
estimates of the same code, TFLM with CMSIS-NN: MLPerf Tiny v1.0, closed division, microTVM's reference submission (mlcommons/tiny):
kws 11.98 M for 9.64 M, vww 36.1 for 30.9, ic 46.8 for 40.4, ad 1.03 for 0.775: 1.24, 1.17, 1.16 and 1.33 times as many.  One more
measurement of ic, 49.6 M (dippmatt/tinyml-framework-benchmark), is 1.23 times the estimate.  Four models on one board: provisional.
"""

from __future__ import annotations

CYCLE_BAND = (1.16, 1.33)
"""Measured cycles by estimated ones: the least and the most that was found."""


def cycle_band(estimated_cycles: int) -> tuple[int, int]:
    """The least and the most cycles that a board with flash wait states may take where `estimated_cycles` are estimated."""
    low, high = CYCLE_BAND
    return round(estimated_cycles * low), round(estimated_cycles * high)
