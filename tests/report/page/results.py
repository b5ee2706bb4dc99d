"""Results to make pages of: a run on a board with everything that a result can hold."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

from PIL import Image

from mcu_toolkit.artifacts import ArenaBlock, Comparison, Footprint, ImagePart, LayerInfo, Level, Metrics
from mcu_toolkit.report import Cross, Durations, FunctionReport, LayerReport, Report, Watermarks, to_document
from mcu_toolkit.report.details import (
    ArenaDetail,
    ConstantDetail,
    Details,
    ErrorDetail,
    GraphDetail,
    Histogram,
    NodeDetail,
    Predictions,
    SampleDetail,
    TensorDetail,
)
from mcu_toolkit.report.page.results import run_of
from mcu_toolkit.report.page.run import Run


def png(shade: int) -> str:
    """A picture of one grey."""
    stream = io.BytesIO()
    Image.new("L", (8, 8), shade).save(stream, format="PNG")
    return base64.b64encode(stream.getvalue()).decode("ascii")


def graph(layers: int = 3) -> GraphDetail:
    """A chain of convolutions, the last one with a branch around it."""
    tensors = tuple(TensorDetail(n, f"net/t{n}", (1, 8, 8, 4), "int8", 0.05 * (n + 1), -3) for n in range(layers + 1))
    weights = ConstantDetail("net/w", (4, 3, 3, 4), "int8", 144, 4, 0.001, 0.02, Histogram(-127, 127, (3, 40, 80, 21)))
    nodes = [NodeDetail(n, "CONV_2D", (n,), (n + 1,), (weights,), {"padding": "SAME", "stride_w": "1"}, 9216) for n in range(layers - 1)]
    nodes.append(NodeDetail(layers - 1, "ADD", (layers - 1, 0), (layers,), (), {}, None))
    return GraphDetail(tensors, tuple(nodes), (0,), (layers,))


def details(layers: int = 3) -> Details:
    """Everything that a page draws."""
    return Details(
        data="data.npz",
        image_sha256="c" * 64,
        versions={"compiler": "arm-none-eabi gcc 12.2.1"},
        class_names=("cat", "dog"),
        graph=graph(layers),
        steps=tuple(LayerInfo(n, "CONV_2D", (), 0, "conv_2d 3x3", "portable", 9216, True, 144, 512) for n in range(layers)),
        arena=ArenaDetail(1024, 900, (ArenaBlock(0, 256, -1, 1, ("net/t0",), None), ArenaBlock(256, 512, 1, 2, (), 1))),
        image=(
            ImagePart("flash", "kernels", "aot_conv_2d", 900),
            ImagePart("flash", "weights", "net_k_0", 432),
            ImagePart("flash", "libc", "libc.a(memcpy.o)", 68),
            ImagePart("ram", "arena", "aot_arena", 1024),
        ),
        errors=(ErrorDetail("litert", "LSB", Histogram(-1.5, 1.5, (2, 90, 8))),),
        samples=(SampleDetail(1, "image", png(200), ()), SampleDetail(0, "values", "", (0.0, 1.0, 0.5, -0.5))),
        predictions=Predictions("d" * 64, 4, (0, 1, 0, 1), {"device": (0, 0, 0, 1), "tflm": (0, 0, 0, 1)}),
    )


def report(layers: int = 3) -> Report:
    """A deployment whose board says what the host does."""
    return Report(
        verdict="pass",
        model_name="pets",
        model_sha256="a" * 64,
        golden="tflm",
        board="netduinoplus2",
        runtime="aot",
        build_id="0123456789abcdef",
        comparisons=(
            Comparison("device", "tflm", 4, 0, 0, 0, Level.BYTE_EQUAL),
            Comparison("litert", "tflm", 4, 2, 5, 1, Level.WITHIN_LSB),
        ),
        accuracy={"device": 0.75, "tflm": 0.75, "keras": 1.0},
        metrics={"device": Metrics(0, 0, 0, 0, 0, 1, 1, 1.0, ((3, 0), (0, 1)))},
        instructions=120_000,
        estimated_cycles=140_000,
        stack_bytes=640,
        stack_reserved_bytes=4096,
        footprint=Footprint(1400, 1200, 960, 432, 8, 1192, 1024),
        layers=tuple(LayerReport(n, "CONV_2D", 40_000 + n, 0, 0, 45_000 + n, ram_bytes=512, weights_bytes=144) for n in range(layers)),
        macs=27_648,
        functions=(FunctionReport("aot_conv_2d", 110_000, 130_000), FunctionReport("net_invoke", 10_000, 10_000)),
        cross=(Cross("device", "tflm", 1.0, Level.BYTE_EQUAL, 0), Cross("device", "labels", 0.75, None, None)),
        durations=Durations("instructions", 4, 119_000, 120_000, 121_000, 121_000, 121_000),
        watermarks=Watermarks(4096, 640, 1024, 1000, 100_000, 900_000),
        unknown={"clock": "the board says none"},
        notes=("a remark",),
        details=details(layers),
    )


def run(made: Report | None = None, source: str = "report.json") -> Run:
    """`made` as a page reads it from JSON."""
    return run_of(to_document(made or report()), source)


def failing() -> Report:
    """The same, where the board computes something else."""
    made = report()
    differing = Comparison("device", "tflm", 4, 3, 17, 9, Level.DIFFERENT)
    predictions = replace(details().predictions or Predictions("", 0, (), {}), classes={"device": (1, 1, 0, 1), "tflm": (0, 0, 0, 1)})
    return replace(
        made,
        verdict="fail",
        reasons=("device differs from tflm in 3 of 4 samples (17 bytes, by up to 9 LSB)",),
        comparisons=(differing,),
        estimated_cycles=150_000,
        footprint=Footprint(1500, 1200, 1060, 432, 8, 1192, 1024),
        layers=(replace(made.layers[0], estimated_cycles=60_000, differing_bytes=17), *made.layers[1:]),
        details=replace(details(), predictions=predictions),
    )
