"""The stack below models' `invoke`, from GCC's call graph (-fcallgraph-info=su); functions of assembly are read from the object."""

from __future__ import annotations

import functools
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_NODE = re.compile(r'node: \{ title: "([^"]+)" label: "[^"]*?(?:\\n(\d+) bytes[^"]*)?"')
_EDGE = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"')
_INDIRECT = "__indirect_call"
_PUSH = re.compile(r"\t(?:push|stmdb\s+sp!,|vpush)\s*\{([^}]*)\}")
_DEEPEST = 12
"""Calls within each other; more would be recursion, which no kernel has."""
_SUB = re.compile(r"\tsub(?:\.w)?\s+sp,\s*(?:sp,\s*)?#(\d+)")


@dataclass(frozen=True)
class Frame:
    """Stack of a function."""

    own_bytes: int
    depth_bytes: int
    """With the deepest of all that it calls."""


def frames_below_invoke(graph: Path, made: Path, tool_prefix: str) -> Mapping[str, Frame]:
    """Of each function `<model>_invoke` and all that they reach within one object; calls by pointer may go to any function of it."""
    text = graph.read_text("utf-8")
    frames = {title: int(size or 0) for title, size in _NODE.findall(text)}
    edges: dict[str, list[str]] = {}
    for source, target in _EDGE.findall(text):
        edges.setdefault(source, []).append(target)
    called = {target for targets in edges.values() for target in targets}
    starts = [title for title in frames if title.endswith("_invoke") and not title.endswith("_context_invoke")]
    pointed = [title for title in frames if title not in called and title not in starts and ":" in title]
    by_hand = _assembly_frames(made, tool_prefix)
    frames = {title: size or by_hand.get(title.rpartition(":")[2], 0) for title, size in frames.items()}

    @functools.cache
    def depth(title: str, steps: int) -> int:
        targets = pointed if title == _INDIRECT else edges.get(title, [])
        return frames.get(title, 0) + max((depth(target, steps - 1) for target in targets if steps), default=0)

    reached, left = set[str](), list(starts)
    while left:
        title = left.pop()
        if title not in reached:
            reached.add(title)
            left += pointed if title == _INDIRECT else edges.get(title, [])
    return {title.rpartition(":")[2]: Frame(frames.get(title, 0), depth(title, _DEEPEST)) for title in reached}


def _assembly_frames(made: Path, tool_prefix: str) -> Mapping[str, int]:
    """Bytes that each function pushes or subtracts, by the listing of the object."""
    listing = subprocess.run([f"{tool_prefix}objdump", "-d", "--no-show-raw-insn", str(made)], capture_output=True, text=True, check=True)
    found: dict[str, int] = {}
    name = ""
    for line in listing.stdout.splitlines():
        if line.endswith(">:"):
            name = line.rpartition("<")[2][:-2]
        elif (pushed := _PUSH.search(line)) is not None:
            found[name] = found.get(name, 0) + sum(map(_register_bytes, pushed[1].split(",")))
        elif (subtracted := _SUB.search(line)) is not None:
            found[name] = found.get(name, 0) + int(subtracted[1])
    return found


def _register_bytes(names: str) -> int:
    """Of one register, or of a range: `r4-r9`, `d8-d15`."""
    first, _, last = names.strip().partition("-")
    count = int(last[1:]) - int(first[1:]) + 1 if last else 1
    return count * (8 if first.startswith("d") else 4)
