"""Which runners there are and what each is in a proof: the one place that knows their names.

Compiled code comes from the runtimes: each names the runner of its own code on this machine (`Traits.host_runner`).
"""

from __future__ import annotations

from mcu_toolkit.runtimes import DEFAULT_RUNTIME, all_runtimes, get_runtime

DEVICE = "device"
"""A board, emulated or real."""
GOLDEN = "tflm"
"""TensorFlow Lite Micro's interpreter on this machine: what everything is judged by, where it is installed and takes the model."""
REFERENCE = "reference"
"""The golden runner of models with operators of the toolkit's own: a Python reference for these, TFLM's interpreter for the others."""
SECOND_OPINION = "litert"
"""LiteRT rounds differently from TFLM and is not judged."""
FLOAT = "keras"
"""The float model that the other one was made from; its outputs are real values."""

LABELS = "labels"
"""No runner: what the data say is right."""
RECORDED = "recorded"
"""No runner either: the golden interpreter's outputs as a file of golden vectors has them."""


def compiled_runners() -> tuple[str, ...]:
    """The runners of compiled code on this machine: of each runtime that has one, the default runtime's first."""
    named = {runtime.name: runtime.traits.host_runner for runtime in all_runtimes() if runtime.traits.host_runner}
    return tuple(named[name] for name in sorted(named, key=lambda name: (name != DEFAULT_RUNTIME, name)))


def stand_in() -> str:
    """The runner that is golden where TFLM is not installed or does not take the model: the default runtime's compiled code."""
    return get_runtime(DEFAULT_RUNTIME).traits.host_runner


def must_be_equal() -> tuple[str, ...]:
    """The runners that must equal the golden one byte for byte: boards, and what is compiled for them."""
    return (DEVICE, *compiled_runners())


def nearest_to_the_board() -> tuple[str, ...]:
    """Every runner, the nearest to what a board computes first, the float model last."""
    return (*must_be_equal(), REFERENCE, GOLDEN, SECOND_OPINION, FLOAT)
