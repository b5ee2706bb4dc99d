"""What instructions and layers cost on each core, in cycles, and how far that is from silicon: the one table of cycle models.

A model counts by the core's manual, without wait states.  What a board takes is a *band* around that count.  A core that has pairs
(the same program counted here and timed on silicon by others) takes its band from them: `python -m benchmarks.calibration` prints
each pair beside the band of the others.  A core without pairs has the extremes of its manual, and is called uncalibrated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class LayerCosts:
    """Cycles of whole layers, for a guess before a build: fitted to docs/performance.md, right within about a quarter."""

    convolution: float
    """A multiply-accumulate of it."""
    depthwise: float
    dense: float
    output: float
    """An output element of those three: bringing a sum to its type."""
    element: float
    """An element that any other layer reads or writes."""
    layer: float
    """A call with its set-up."""


@dataclass(frozen=True)
class InstructionCosts:
    """What a core's manual says of single instructions, in cycles, with memory that needs no wait states.

    The classes of instructions are those of Arm's Thumb code (execution_counts/cycles.py); a core of another family needs its own there.
    """

    store: int
    """With an immediate offset."""
    taken: int
    """A branch that is taken."""
    call: int
    refill: int
    """Of the pipeline, behind a value of pc that was loaded."""
    pipelined: bool
    """A load directly behind a load takes a cycle less."""
    division: int = 12
    multiplications: Mapping[str, int] = field(default_factory=dict)
    """By mnemonic; others, and all arithmetic that is not named, take one cycle."""


@dataclass(frozen=True)
class CalibrationPair:
    """One program, counted here and timed on silicon in public."""

    model: str
    board: str
    """Board, core and clock of the measurement."""
    estimated_cycles: int
    """By the cycle model, of the same kernels."""
    measured_cycles: int
    """Time multiplied by the clock."""
    measured_in: str
    """Where it was published."""

    @property
    def ratio(self) -> float:
        """Measured by estimated."""
        return self.measured_cycles / self.estimated_cycles


@dataclass(frozen=True)
class CycleModel:
    """How cycles of a core are estimated, and how good that is."""

    layers: LayerCosts
    instructions: InstructionCosts | None
    """None: the manual gives none, and each instruction counts as one."""
    pairs: tuple[CalibrationPair, ...] = ()
    extremes: tuple[float, float] = (1.0, 1.0)
    """Without pairs: the least and the most, by the count, that the manual allows with memory that needs no wait states."""
    why: str = ""
    """Without pairs: where `extremes` come from, as texts say it."""

    @property
    def is_calibrated(self) -> bool:
        """True where the count was compared with silicon."""
        return bool(self.pairs)

    def band(self, flash: FlashTiming | None) -> tuple[float, float]:
        """The least and the most that a board takes by the count; `flash` None: its timing is not known."""
        if self.pairs:
            least, most = band_of(self.pairs)
        else:
            least, most = self.extremes[0], self.extremes[1] * WAITS
        if flash is not None and flash.wait_states == 0:
            least = min(least, 1.0)  # the pairs were measured behind caches that miss now and then
        if flash is not None and flash.wait_states > 0 and flash.cache == "none":
            most *= 1 + flash.wait_states
        return least, most


@dataclass(frozen=True)
class FlashTiming:
    """How fast a core reads its program, at the board's clock."""

    wait_states: int
    """Cycles that a read waits which no cache answers."""
    cache: Literal["none", "prefetch", "cache"] = "none"
    """What hides them: nothing; a buffer that reads ahead, with or without a small cache (ST's ART accelerator); or a cache."""


@dataclass(frozen=True)
class CycleBand:
    """The least and the most cycles of a board, by the count of its core's model."""

    least: float
    most: float
    clock_hz: int
    is_calibrated: bool

    def of(self, count: float) -> tuple[int, int]:
        """The band around one count."""
        return round(count * self.least), round(count * self.most)


def band_of(pairs: tuple[CalibrationPair, ...]) -> tuple[float, float]:
    """The least and the most ratio of `pairs`, at least one."""
    ratios = [pair.ratio for pair in pairs]
    return min(ratios), max(ratios)


# Manuals.
# - Cortex-M4: Technical Reference Manual r0p1 (ARM 100166), table 3-1, and its section on load and store timings.
# - Cortex-M3: Technical Reference Manual r2p1 (ARM DDI 0337I), table 3-1 and section 3.3.2: as the M4, but for multiplications.
# - Cortex-M0: Technical Reference Manual (ARM DDI 0432C), table 3-1, with the single-cycle multiplier.
# - Cortex-M0+: Technical Reference Manual (ARM DDI 0484C), table 3-1: as the M0, with a cycle less behind a branch.
# Refill of the M3 and the M4: 1 to 3, of which 2 are taken.

_M0 = InstructionCosts(store=2, taken=3, call=4, refill=3, pipelined=False)
_M0PLUS = InstructionCosts(store=2, taken=2, call=3, refill=2, pipelined=False)
_M3 = InstructionCosts(
    store=1,
    taken=3,
    call=3,
    refill=2,
    pipelined=True,
    # Early-terminating long multiplications take 3 to 7; the middle is taken.
    multiplications={"mla": 2, "mls": 2, "smull": 4, "umull": 4, "smlal": 5, "umlal": 5},
)
_M4 = InstructionCosts(store=1, taken=3, call=3, refill=2, pipelined=True)

M3_EXTREMES = (
    InstructionCosts(
        store=1, taken=2, call=2, refill=1, pipelined=True, division=2,
        multiplications={"mla": 2, "mls": 2, "smull": 3, "umull": 3, "smlal": 4, "umlal": 4},
    ),
    InstructionCosts(
        store=1, taken=4, call=4, refill=3, pipelined=True, division=12,
        multiplications={"mla": 2, "mls": 2, "smull": 5, "umull": 5, "smlal": 7, "umlal": 7},
    ),
)  # fmt: skip
"""The least and the most that the manual of the Cortex-M3 says; `python -m benchmarks.calibration --extremes` counts models by both."""

# Layers: fitted to docs/performance.md (within 3 % of its models on the M55 and RV32).

_LAYERS_M0 = LayerCosts(7.2, 8.2, 7.5, 10.0, 12.0, 1300.0)
_LAYERS_M3 = LayerCosts(4.15, 5.5, 4.8, 6.0, 8.0, 400.0)
_LAYERS_M4 = LayerCosts(1.3, 3.5, 1.43, 1.0, 5.0, 320.0)
_LAYERS_M55 = LayerCosts(0.21, 1.0, 0.19, 0.55, 1.2, 200.0)
_LAYERS_RV32 = LayerCosts(3.2, 3.9, 3.6, 5.3, 6.0, 360.0)

# Pairs.  Estimates: TFLM with CMSIS-NN (Chirale_TensorFLowLite 2.0.0) on netduinoplus2, rows of docs/performance.md; for the
# M33 the same code counted by the costs of the M4.  Measured: the clock by the median inferences a second.

_MICROTVM = "MLPerf Tiny v1.0, closed, OctoML: microTVM with CMSIS-NN (mlcommons/tiny_results_v1.0)"
_L4R5, _NRF5340 = "STM32L4R5, Cortex-M4, 120 MHz", "nRF5340, Cortex-M33, 128 MHz"
_KWS, _VWW, _IC, _AD = 9_645_442, 30_940_473, 40_520_220, 775_686
_PAIRS_M4 = (
    CalibrationPair("kws", _L4R5, _KWS, 11_977_000, _MICROTVM),
    CalibrationPair("vww", _L4R5, _VWW, 36_145_000, _MICROTVM),
    CalibrationPair("ic", _L4R5, _IC, 46_747_000, _MICROTVM),
    CalibrationPair("ad", _L4R5, _AD, 1_032_600, _MICROTVM),
    CalibrationPair("ic", _L4R5, _IC, 49_596_000, "TFLM with CMSIS-NN, 413.3 ms (dippmatt/tinyml-framework-benchmark)"),
)
_PAIRS_M33 = (
    CalibrationPair("kws", _NRF5340, _KWS, 9_739_000, _MICROTVM),
    CalibrationPair("vww", _NRF5340, _VWW, 29_698_000, _MICROTVM),
    CalibrationPair("ic", _NRF5340, _IC, 40_468_000, _MICROTVM),
    CalibrationPair("ad", _NRF5340, _AD, 802_100, _MICROTVM),
)
WAITS = max(pair.ratio for pair in _PAIRS_M4)
"""What caches that miss, contention and unaligned accesses may add where no pair says it: the most that the M4's pairs show."""

CYCLES_M0 = CycleModel(_LAYERS_M0, _M0, why="the manual's fixed figures")
CYCLES_M0PLUS = CycleModel(_LAYERS_M0, _M0PLUS, extremes=(0.97, 1.0), why="the fixed figures of its manual, by the layers of a Cortex-M0")
CYCLES_M3 = CycleModel(_LAYERS_M3, _M3, extremes=(0.97, 1.04), why="the manual's extremes of branches, multiplications and divisions")
CYCLES_M4 = CycleModel(_LAYERS_M4, _M4, pairs=_PAIRS_M4)
CYCLES_M33 = CycleModel(_LAYERS_M4, _M4, pairs=_PAIRS_M33)
CYCLES_M7 = CycleModel(
    _LAYERS_M4, _M4, extremes=(0.5, 1.0), why="half of the cycles of a Cortex-M4, where two instructions go at a time, to all of them"
)
CYCLES_M55 = CycleModel(
    _LAYERS_M55, None, extremes=(1.0, 2.0),
    why="1 to 2 cycles an instruction: a vector instruction takes two, of which one may overlap with its neighbour's",
)  # fmt: skip
CYCLES_RV32 = CycleModel(_LAYERS_RV32, None, extremes=(1.0, 1.6), why="1 to 1.6 cycles an instruction, which is assumed")
