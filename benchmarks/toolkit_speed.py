"""What the toolkit's commands take over the size of a model: CPU seconds and peak memory of whole commands.

    .venv/bin/python -m benchmarks.toolkit_speed [--model NAME ...] [--samples N] [--profile COMMAND]

Each row is one command in a process of its own, with what it starts (compilers, PlatformIO, the firmware as a program of this machine)
counted in: user and system time, and the most memory of any one process.  Board `host`, whose flash takes every model; the models are
MobileNets with made-up weights (benchmarks/mobilenets.py).  `build, one layer changed` builds again after a weight of the last layer was
changed in the .tflite.  Seconds are this machine's; no test compares them.  `--profile` shows where one command's time goes instead.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.mobilenets import mobilenet_v1, mobilenet_v2
from mcu_toolkit.model import parse_model

MODELS: dict[str, Callable[[], bytes]] = {
    "MobileNetV1 0.25, 96": lambda: mobilenet_v1(96, 0.25),
    "MobileNetV2 0.35, 96": lambda: mobilenet_v2(96, 0.35),
    "MobileNetV2 1.0, 160": lambda: mobilenet_v2(160, 1.0),
    "MobileNetV2 1.0, 96, twice as deep": lambda: mobilenet_v2(96, 1.0, repeated=2),
}
COMMANDS = ("inspect", "fit", "generate", "build", "build, unchanged", "build, one layer changed", "verify")


@dataclass(frozen=True)
class Cost:
    """Of one command."""

    cpu_s: float
    peak_mib: float


def measured(words: Sequence[str], folder: Path) -> Cost:
    """Run `mcu` with `words` in `folder`; raises RuntimeError where it fails."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen([sys.executable, "-c", _MAIN, *words], cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            raise RuntimeError(f"mcu {' '.join(words)}: exit code {process.returncode}\n{output.read().decode(errors='replace')[-2000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


_MAIN = "import sys; sys.argv[0] = 'mcu'; from mcu_toolkit.cli import main; main()"


def costs(content: bytes, folder: Path, samples: int) -> Iterator[tuple[str, Cost]]:
    """Every command of COMMANDS for one model, in an empty folder."""
    (folder / "model.tflite").write_bytes(content)
    words = ("generate", "model.tflite", "--board", "host", "-o", "firmware")
    yield "inspect", measured(("inspect", "model.tflite", "-b", "host"), folder)
    yield "fit", measured(("fit", "model.tflite", "-r", "aot"), folder)
    yield "generate", measured(words, folder)
    yield "build", measured(("build", "firmware"), folder)
    yield "build, unchanged", measured(("build", "firmware"), folder)
    (folder / "model.tflite").write_bytes(with_a_changed_weight(content))
    again = measured((*words, "--force"), folder)
    rebuilt = measured(("build", "firmware"), folder)
    yield "build, one layer changed", Cost(again.cpu_s + rebuilt.cpu_s, max(again.peak_mib, rebuilt.peak_mib))
    measured(("flash", "firmware"), folder)
    try:
        yield "verify", measured(("verify", "firmware", "--random", str(samples)), folder)
    finally:
        measured(("boards", "stop"), folder)


def with_a_changed_weight(content: bytes) -> bytes:
    """The model with one bit of its longest constant changed, in its middle: the shapes, and so the plan, stay what they are."""
    constants = [tensor.data for tensor in parse_model(content, "model").main.tensors if tensor.data is not None]
    longest = max((constant.tobytes() for constant in constants), key=len)
    place = content.index(longest) + len(longest) // 2
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def rows(names: Sequence[str], samples: int) -> Iterator[str]:
    """Lines of the table."""
    yield f"| model | .tflite, KB | {' | '.join(COMMANDS)} |"
    yield f"|---|---|{'---|' * len(COMMANDS)}"
    for name in names:
        content = MODELS[name]()
        with tempfile.TemporaryDirectory() as folder:
            found = dict(costs(content, Path(folder), samples))
        cells = (f"{found[command].cpu_s:.1f} s, {found[command].peak_mib:.0f} MiB" for command in COMMANDS)
        yield f"| {name} | {len(content) // 1000:,} | {' | '.join(cells)} |"


def profile(command: str, name: str) -> None:
    """Where `inspect`, `fit` or `generate` of one model spends its time."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "model.tflite").write_bytes(MODELS[name]())
        words = {
            "inspect": ("inspect", "model.tflite", "-b", "host"),
            "fit": ("fit", "model.tflite", "-r", "aot"),
            "generate": ("generate", "model.tflite", "--board", "host", "-o", "firmware"),
        }[command]
        code = f"import cProfile, sys; sys.argv = ['mcu', *{list(words)!r}]; cProfile.run({_MAIN!r}, sort='cumtime')"
        subprocess.run([sys.executable, "-c", code.replace("sys.argv[0] = 'mcu'; ", "")], cwd=folder, check=True)


def main(words: Sequence[str]) -> int:
    """Print the table, or a profile; returns an exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks.toolkit_speed", description="CPU seconds and memory of commands over a model's size.")
    parser.add_argument("--model", action="append", choices=list(MODELS), help="default: all")
    parser.add_argument("--samples", type=int, default=20, help="that verify sends (default: 20)")
    parser.add_argument("--profile", choices=("inspect", "fit", "generate"), help="of the last model")
    chosen = parser.parse_args(words)
    names = chosen.model or list(MODELS)
    if chosen.profile:
        profile(chosen.profile, names[-1])
        return 0
    for row in rows(names, chosen.samples):
        print(row, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
