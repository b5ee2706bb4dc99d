"""Runs the commands of README and tutorial and makes the pictures in docs/pictures from what they print.

    python -m scripts.make_pictures          all of them: some minutes, two trainings and two emulated boards

The picture of the page of results needs Debian's chromium and poppler-utils, and the libraries of pages (scripts/fetch_page_libraries.py).
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from mcu_toolkit.system.files import write_text
from scripts.pictures.recording import PICTURES, RECORDINGS, run, shown, to_svg
from scripts.pictures.report_page import picture_of

REPORTS = (("report", "build/demo", "arena", 910), ("report-sine", "build/sine-netduinoplus2", "arena", 910))
"""Picture, folder of a deployment, section of its page, height in pixels: up to where the next part of the page begins."""
STATE = "/tmp/mcu-boards"
"""Of emulated boards: a recording shows the path of a serial port."""


def main() -> int:
    """Write every picture."""
    os.environ["MCU_STATE_DIR"] = STATE
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for recording in RECORDINGS:
            text = shown(recording.commands, [run(command, folder) for command in recording.commands])
            write_text(recording.path, to_svg(text, recording.name))
        run("mcu boards stop netduinoplus2", folder)
        for picture, deployment, section, height_px in REPORTS:
            write_text(PICTURES / f"{picture}.svg", picture_of(folder / deployment / "report.html", section, height_px))
    return 0


if __name__ == "__main__":
    sys.exit(main())
