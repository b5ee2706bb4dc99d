"""Recorded terminals in docs/pictures, compared with what commands print now.

Weights, and with them sizes and scores, depend on the processor; what may differ is named here and nothing else is.
"""

from __future__ import annotations

import difflib
import re

from scripts.pictures.recording import Recording, shown, text_of

MAY_DIFFER = {
    "the path of a serial port": (r"\S+/(\w+)/tty", r"PORT of \1"),
    "hashes and build ids": (r"\b(?:[0-9a-f]{12}|[0-9a-f]{16})\b", "HASH"),
    "shares": (r"-?\d+\.\d+ %", "N %"),
    "errors of a regression": (r"\b(MAE|RMSE|R2|absolute error|sine|float:|int8:) -?\d+\.\d+", r"\1 N"),
    "sizes": (r"\d[\d,.]* (KiB|MiB|B)\b", "SIZE"),
    "counts of instructions": (r"\d[\d,]* instructions", "N instructions"),
    "scales and ranges": (r"\b(scale|range|holds|zero point) [-\d.e]+( to [-\d.e]+)?", r"\1 N"),
}
"""What -> (expression, what is compared in its place)."""
LEFT_OUT = {
    "classes that are confused": r"weakest classes .*|\s+\d\s+[\d.]+ %\s.*|\d+ x \S+ taken for \S+",
    "what confines a child process on this machine": r".*\(Landlock\)|.*has no network.*",
    "bars of a training": r".*epoch.*",
}
"""What -> the lines of it, whole."""
_SPACE = re.compile(r" {2,}")


def comparable(text: str) -> list[str]:
    """The lines of a terminal without what may differ; columns are as wide as their figures."""
    lines = [line for line in text.splitlines() if not any(re.fullmatch(lines, line) for lines in LEFT_OUT.values())]
    for expression, instead in MAY_DIFFER.values():
        lines = [re.sub(expression, instead, line) for line in lines]
    return [_SPACE.sub("  ", line.rstrip()) for line in lines]


def differences(recording: Recording, outputs: list[str]) -> list[str]:
    """How the picture of `recording` differs from what its commands print now; empty where it does not."""
    now = comparable(shown(recording.commands, outputs))
    then = comparable(text_of(recording.path.read_text(encoding="utf-8")))
    return list(difflib.unified_diff(then, now, "the picture", "the commands", n=0, lineterm=""))
