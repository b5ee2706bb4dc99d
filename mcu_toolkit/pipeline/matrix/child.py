"""The process of a job: a script that is given the parent's module path as JSON and the folder of the job.

It says on its output which stage begins, and leaves `result.json` in the folder.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[:] = json.loads(sys.argv[1])  # the same modules as the parent's, and nothing of this folder under another name

from mcu_toolkit.boards.trust import trust_file
from mcu_toolkit.device import running_emulators
from mcu_toolkit.pipeline.matrix.folder import JOB, RESULT, STAGE, JobFile
from mcu_toolkit.pipeline.matrix.measure import measure, place_of
from mcu_toolkit.system.files import read_bytes, write_text
from mcu_toolkit.system.json_text import json_text
from mcu_toolkit.system.parsing import json_value
from mcu_toolkit.system.records import from_plain


class Told:
    """A `Progress` on the output of this process."""

    def stage(self, title: str) -> None:
        """A line that the parent knows."""
        print(f"{STAGE}{title}", flush=True)

    def note(self, text: str) -> None:
        """For the log of a job that fails."""
        print(text, flush=True)

    def advance(self, done: int, total: int, state: str = "") -> None:
        """Nothing: stages are enough for a table of jobs."""

    def line(self, text: str) -> None:
        """For the log of a job that fails."""
        print(text, flush=True)


def main(folder: Path) -> None:
    """Do the job of `folder`.  An emulated board is this job's own, and is stopped at its end."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what was begun is ended
    job = from_plain(JobFile, json_value(read_bytes(folder / JOB).decode()))
    try:
        if job.own_boards and job.spec.board_file is not None:
            trust_file(place_of(folder, "board", job.spec.board_file))  # the parent has asked whether the user does
        result = measure(job.spec, job.conditions, folder, Told())
        write_text(folder / RESULT, json_text(result))
    finally:
        if job.own_boards:
            for emulator in running_emulators():
                emulator.stop()


if __name__ == "__main__":
    main(Path(sys.argv[2]))
