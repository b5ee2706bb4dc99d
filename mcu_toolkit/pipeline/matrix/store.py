"""Results of jobs that are kept below the output folder, each under the key of its job."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.pipeline.matrix.records import JobResult, Outcome
from mcu_toolkit.system.confined import path_inside, write_inside
from mcu_toolkit.system.files import MAX_FILE_BYTES
from mcu_toolkit.system.json_text import json_text
from mcu_toolkit.system.parsing import json_value
from mcu_toolkit.system.records import from_plain

RESULTS = "results"


@dataclass(frozen=True)
class Store:
    """The results in a folder; any of them may be removed at any time, then its job is done again."""

    folder: Path

    def load(self, key: str) -> JobResult | None:
        """The result that is kept under `key`; None where there is none that can be read."""
        try:
            outcome = from_plain(Outcome, json_value(self._read(f"{key}.json")))
            return JobResult(outcome, self._read(f"{key}.report.json") if outcome.has_report else "")
        except (OSError, ValueError):
            return None

    def save(self, key: str, result: JobResult) -> None:
        """Keep `result`, its report first: what is there under a key is whole.  Errors are not kept, they may not come again."""
        if result.outcome.may_differ_next_time:
            return
        if result.report:
            write_inside(self.folder, f"{RESULTS}/{key}.report.json", result.report.encode())
        write_inside(self.folder, f"{RESULTS}/{key}.json", json_text(result.outcome).encode())

    @staticmethod
    def report_name(key: str) -> str:
        """Where the report of a run is, relative to the folder."""
        return f"{RESULTS}/{key}.report.json"

    def _read(self, name: str) -> str:
        path = path_inside(self.folder, f"{RESULTS}/{name}")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ValueError("too large")
        return path.read_text(encoding="utf-8")
