"""What a step of the chain hands back: facts for programs, lines for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mcu_toolkit import __version__
from mcu_toolkit.report import SCHEMA_VERSION


@dataclass(frozen=True)
class StepResult:
    """The result of one step.  Reports of runs (validate, verify, deploy) are `report.Report` instead."""

    step: str
    """The command: `train`, `build` ..."""
    lines: tuple[str, ...]
    """What to print, without line ends."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """JSON-ready; the step's own fields of the JSON result."""
    up_to_date: bool = False
    """Nothing was done, because the last run had the same inputs and its outputs are still there."""
    next_command: str = ""
    """What one would do next."""
    verdict: Literal["pass", "fail"] = "pass"

    def to_json(self) -> str:
        """The result as indented JSON with a line end."""
        head = {
            "schema_version": SCHEMA_VERSION,
            "toolkit_version": __version__,
            "step": self.step,
            "verdict": self.verdict,
            "up_to_date": self.up_to_date,
        }
        return json.dumps({**head, **self.facts}, indent=2, ensure_ascii=False) + "\n"
