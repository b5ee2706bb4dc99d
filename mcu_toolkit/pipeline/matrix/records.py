"""What a matrix is made of: cells, the jobs that measure them, what comes of each, and the result of all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from mcu_toolkit.report import Limits
from mcu_toolkit.runtimes.base import RuntimeOptions
from mcu_toolkit.system.records import INLINE

Verdict = Literal["pass", "fail", "unsupported", "error"]
"""`fail`: it ran and is not right, or exceeds a limit, or does not fit.  `unsupported`: model, runtime and board do not go together.
`error`: it could not be found out."""


@dataclass(frozen=True)
class Cell:
    """A place of the matrix."""

    model: str
    scheme: str
    """Empty for a model that is used as it is."""
    board: str
    runtime: str
    flags: str
    """The name of a set of options; empty for none."""


@dataclass(frozen=True)
class FileRef:
    """A file that a job reads."""

    name: str
    sha256: str


@dataclass(frozen=True)
class JobSpec:
    """A job, with everything of the user's that decides what comes of it."""

    model: FileRef
    """An integer .tflite file."""
    board: str
    board_file: FileRef | None
    """Of a custom board."""
    runtime: str
    choices: RuntimeOptions
    data: FileRef | None
    random: int | None
    seed: int
    samples: int | None
    limits: Limits


@dataclass(frozen=True)
class Conditions:
    """What a job needs and does not depend on."""

    ports: tuple[str, ...] = ()
    """Where boards of this kind may be plugged in; empty: wherever one is found by its USB id.  Emulated boards need none."""
    time_limit_s: float = 900.0
    """For the job itself."""
    wait_limit_s: float = 900.0
    """For its turn on a board."""
    keep_log_lines: int = 15
    """Of what a job prints, for the message where its process dies."""


@dataclass(frozen=True)
class Figures:
    """What was measured; None is what was not."""

    accuracy: float | None = None
    flash_bytes: int | None = None
    ram_bytes: int | None = None
    """Static RAM without the stack."""
    arena_bytes: int | None = None
    stack_bytes: int | None = None
    instructions: int | None = None
    cycles: int | None = None
    """Measured, or the upper end of an estimate."""
    latency_us: float | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a job."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    """Why it is not `pass`, one sentence each."""
    hint: str = ""
    figures: Figures = field(default_factory=Figures)
    port: str = ""
    machine: str = ""
    """Where it ran."""
    duration_s: float = 0.0
    has_report: bool = False
    """It ran to its end: its report says more."""

    @property
    def may_differ_next_time(self) -> bool:
        """True where a tool, a board or a machine failed: such an outcome is not kept."""
        return self.verdict == "error"


@dataclass(frozen=True)
class JobResult:
    """An outcome, and the report of the run as JSON; empty where there is none."""

    outcome: Outcome
    report: str = ""


@dataclass(frozen=True)
class MatrixRow:
    """A cell and what came of it."""

    cell: Cell = field(metadata=INLINE)
    outcome: Outcome = field(metadata=INLINE)
    kept: bool = False
    """Known from an earlier run."""
    report: str = ""
    """The file with the whole report, relative to the output folder; empty where there is none."""


@dataclass(frozen=True)
class MatrixResult:
    """What `mcu matrix` found."""

    rows: tuple[MatrixRow, ...]
    passed: int
    kept: int
    """Rows that were known from an earlier run."""
    files: tuple[str, ...] = ()
    """The report in its forms."""
