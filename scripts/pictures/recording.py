"""A terminal's text as an SVG picture, and back: what a picture shows is compared with what commands print."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
PROMPT = "$ "
_COLUMNS = 120
"""Of the terminal, where a line is as long."""
_FORMAT = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{unique_id}">
    <!-- Made by `python -m scripts.make_pictures` from a real run; do not edit. -->
    <style>
    .{unique_id}-matrix {{
        font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
        font-size: {char_height}px;
        line-height: {line_height}px;
    }}
    .{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
    {styles}
    </style>
    <defs>
    <clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>
    {lines}
    </defs>
    {chrome}
    <g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
    {backgrounds}
    <g class="{unique_id}-matrix">
    {matrix}
    </g>
    </g>
</svg>
"""
"""Rich's own asks a server for a font."""
_LINE = re.compile(r"-line-(\d+)\)")


@dataclass(frozen=True)
class Recording:
    """Commands of which a picture is made."""

    name: str
    commands: tuple[str, ...]

    @property
    def path(self) -> Path:
        """The picture's file."""
        return PICTURES / f"{self.name}.svg"


DEMO = Recording("demo", ("mcu demo",))
TRAIN = Recording("train", ("mcu train sine -o sine", "mcu quantize sine/model.keras --data sine/data.npz -o sine.tflite"))
INSPECT = Recording("inspect", ("mcu inspect sine.tflite", "mcu predict sine.tflite 1.5708"))
DEPLOY = Recording("deploy", ("mcu deploy sine.tflite --board netduinoplus2 --data sine/data.npz",))
TUTORIAL = (TRAIN, INSPECT, DEPLOY)
RECORDINGS = (DEMO, *TUTORIAL)


def run(command: str, folder: Path) -> str:
    """What the line `mcu ...` prints in `folder`: its progress, then its result; raises CalledProcessError where it does not end with 0."""
    words = [sys.executable, "-m", "mcu_toolkit", *command.split()[1:]]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)
    return done.stderr + done.stdout


def shown(commands: Sequence[str], outputs: Sequence[str]) -> str:
    """The text of a terminal in which the commands were typed."""
    return "".join(f"{PROMPT}{command}\n{output}" for command, output in zip(commands, outputs, strict=True))


def to_svg(text: str, name: str) -> str:
    """The picture of a terminal with `text`; nothing in it is fetched from anywhere."""
    lines = [row for line in text.rstrip("\n").split("\n") for row in _rows(line)]
    console = Console(
        record=True, width=min(max(map(len, lines)), _COLUMNS) + 1, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    for line in [*lines, ""]:  # the last line's tails are cut off
        console.print(Text(line, style="bold" if line.startswith(PROMPT) else "", no_wrap=True, overflow="ignore"), highlight=False)
    picture = console.export_svg(title="", theme=DIMMED_MONOKAI, code_format=_FORMAT, unique_id=name)
    return "\n".join(line.rstrip() for line in picture.splitlines()) + "\n"


def text_of(svg: str) -> str:
    """The text that `to_svg` made a picture of."""
    rows: dict[int, str] = {}
    for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"):
        place = _LINE.search(element.get("clip-path", ""))
        if place is not None:
            rows[int(place[1])] = rows.get(int(place[1]), "") + (element.text or "").replace("\xa0", " ").replace("\n", "")
    shown_rows = [rows.get(row, "") for row in range(max(rows) + 1)]
    # A full row goes on in the next one.
    return "".join(row if len(row) == _COLUMNS else f"{row.rstrip()}\n" for row in shown_rows).rstrip("\n") + "\n"


def _rows(line: str) -> list[str]:
    """A line as a terminal of `_COLUMNS` columns shows it; behind a full row there is always another one."""
    return [line[start : start + _COLUMNS] for start in range(0, len(line) + 1, _COLUMNS)]
