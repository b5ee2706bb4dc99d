"""Measures random layers beside their regular twins (random_layers.py) and writes the table of docs/performance.md.

    .venv/bin/python -m benchmarks.random_run [--layers 60] [--board netduinoplus2]

Every layer runs on the emulated board and must be byte-equal to TFLM; exit code 1 where one is not.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.models import ROOT
from benchmarks.random_layers import Layer, content, draw, twin
from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.build import flash_project
from mcu_toolkit.device import Client, Timing, open_port
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import parse_model
from mcu_toolkit.runners import DeviceRunner, TflmRunner
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.system.files import write_text
from mcu_toolkit.validate import random_vectors

PAGE = ROOT / "docs" / "performance.md"
WITHIN = 1.15
"""Of a twin's instructions per multiply-accumulate; above that a layer is an outlier."""
_MODELS_A_FIRMWARE = 20
_PATIENT = Timing(boot_timeout_s=60.0, reply_timeout_s=60.0)
"""On a machine with much else to do an emulator stands still for seconds."""


@dataclass(frozen=True)
class Measured:
    """Instructions a multiply-accumulate of a layer."""

    layer: Layer
    per_mac: float
    equal: bool


@dataclass(frozen=True)
class Pair:
    """A random layer and its twin."""

    random: Measured
    regular: Measured

    @property
    def ratio(self) -> float:
        """How many times the twin's instructions."""
        return self.random.per_mac / self.regular.per_mac

    @property
    def cliff(self) -> float:
        """The same, or of the whole layers where that is less: one that costs no more than a larger regular one is no cliff."""
        return min(self.ratio, self.ratio * self.random.layer.macs / self.regular.layer.macs)


def measure(layers: Sequence[Layer], board: Board) -> Iterator[Measured]:
    """Each of `layers`, in order."""
    for start in range(0, len(layers), _MODELS_A_FIRMWARE):
        part = layers[start : start + _MODELS_A_FIRMWARE]
        models = [parse_model(content(layer), f"layer {number}") for number, layer in enumerate(part)]
        with tempfile.TemporaryDirectory(prefix="mcu-random-") as folder:
            project = generate_project(models, board, get_runtime("aot"), Path(folder) / "project")
            with closing(Client(open_port(flash_project(project, board), board.serial.baud), timing=_PATIENT)) as client:
                for number, (model, layer) in enumerate(zip(models, part, strict=True)):
                    inputs = random_vectors(model, 1, seed=1).inputs
                    result = DeviceRunner(client, model, number).run(inputs)
                    golden = TflmRunner(model).run(inputs)
                    assert result.ticks is not None
                    equal = np.array_equal(result.outputs[0], golden.outputs[0])
                    yield Measured(layer, float(result.ticks[0]) / layer.macs, equal)


def group(layer: Layer) -> str:
    """A line of the table: kind, kernel and how long the sums are."""
    if layer.kind == "DEPTHWISE_CONV_2D":
        if layer.dilation != (1, 1):
            return "depthwise, dilated"
        if layer.kernel == (3, 3) and layer.stride in {(1, 1), (2, 2)}:
            return f"depthwise 3x3, stride {layer.stride[0]}"
        return "depthwise, other windows"
    length = next(limit for limit in (16, 64, 256, 1 << 30) if layer.depth <= limit)
    lengths = {16: "to 16", 64: "17 to 64", 256: "65 to 256"}.get(length, "above 256")
    kind = "fully connected" if layer.kind == "FULLY_CONNECTED" else "convolution 1x1" if layer.kernel == (1, 1) else "convolution, windows"
    return f"{kind}, {lengths} products a sum"


def table(pairs: Sequence[Pair]) -> str:
    """A Markdown table of the groups, and the outliers below it."""
    lines = ["| layers | number | per MAC, median (worst) | regular twins, median | times the twin, median (worst) | within 15 % |"]
    lines.append("| --- | --- | --- | --- | --- | --- |")
    for name in sorted({group(pair.random.layer) for pair in pairs}):
        own = [pair for pair in pairs if group(pair.random.layer) == name]
        macs, twins = [pair.random.per_mac for pair in own], [pair.regular.per_mac for pair in own]
        ratios = [pair.ratio for pair in own]
        cells = (name, len(own), f"{np.median(macs):.2f} ({max(macs):.2f})", f"{np.median(twins):.2f}")
        close = sum(ratio <= WITHIN for ratio in ratios)
        lines.append(f"| {' | '.join(map(str, cells))} | {np.median(ratios):.2f} ({max(ratios):.2f}) | {close} |")
    outliers = sorted((pair for pair in pairs if pair.ratio > WITHIN), key=lambda pair: -pair.ratio)
    equal = sum(pair.random.equal for pair in pairs)
    lines += [
        "",
        f"{len(pairs) - len(outliers)} of {len(pairs)} within 15 % of their twins; {equal} of {len(pairs)} byte-equal to TFLM. Above:",
        "",
    ]
    lines += [
        f"- {pair.random.layer.what}: {pair.random.per_mac:.2f} per MAC, {pair.ratio:.2f} times the twin ({pair.regular.layer.inputs} -> "
        f"{pair.regular.layer.outputs})"
        for pair in outliers
    ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Measure, print and rewrite the marked part of the page; returns an exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--layers", type=int, default=60)
    parser.add_argument("--board", default="netduinoplus2")
    options = parser.parse_args(arguments)
    layers = [draw(seed) for seed in range(options.layers)]
    board = load_board(options.board)
    own, regular = ([*measure(some, board)] for some in (layers, [twin(layer) for layer in layers]))  # one firmware after the other
    pairs = [Pair(*both) for both in zip(own, regular, strict=True)]
    text = table(pairs)
    print(text)
    marked = re.compile(r"(<!-- random -->\n).*(<!-- end random -->)", re.DOTALL)
    write_text(PAGE, marked.sub(lambda m: m[1] + text + m[2], PAGE.read_text()))
    unequal = [pair.random.layer.what for pair in pairs if not pair.random.equal]
    print(*(f"NOT EQUAL: {what}" for what in unequal), sep="\n")
    return 1 if unequal else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
