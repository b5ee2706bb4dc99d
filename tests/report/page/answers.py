"""Results of every command that has a page beside the reports of runs, as `--json` writes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mcu_toolkit.pipeline.compare import CompareRequest, compare
from mcu_toolkit.report import to_json
from tests.report.page.results import failing, report
from tests.report.page.test_stream import document as stream

Document = dict[str, Any]


def _step(name: str, **facts: Any) -> Document:
    return {"schema_version": 2, "toolkit_version": "0.1.0", "step": name, "verdict": "pass", "up_to_date": False, **facts}


def fit() -> Document:
    """Two models in one firmware on many boards."""
    why = ("code size is a bound: the largest kernel of the same kind is taken for plane_3x3_stride_2_by_3_exact",)
    core = ("+ core, unknown: the Arduino core's own share of flash and RAM is unknown",)
    small = ("RAM with the stack needs 48,888 of 8,192 bytes on board0: 40,696 too many",)
    both = {"model": "hears + a_model_with_a_name_of_its_own", "together": ["hears", "a_model_with_a_name_of_its_own"]}
    sizes = {"flash_bytes": 41_000, "ram_bytes": 12_000, "arena_bytes": 9_000, "stack_bytes": 600, "cycles": [3_900_000, 7_000_000]}
    rows = [
        {"board": f"board{number}", "runtime": runtime, "verdict": "fits" if number else "does not fit", **sizes}
        | {
            "why": why + (core if number % 3 else ()) if number else small,
            "would_fit": () if number else ("--optimize ram: an arena of 900 bytes",),
        }
        | both
        for number in range(20)
        for runtime in ("aot", "tflm")
    ]
    models = [{"name": name, "sha256": "a" * 64} for name in both["together"]]
    return _step("fit", rows=rows, models=models)


def predict() -> Document:
    """Classes of many inputs."""
    outputs = {"classes": [0.9, 0.05, 0.05, *[0.0] * 40]}
    answers = [
        {
            "input": f"photos/of the garden/{number}.jpg",
            "outputs": outputs,
            "class": number % 3,
            "label": f"kind {number % 3}",
            "probability": 0.9,
        }
        for number in range(40)
    ]
    return _step(
        "predict", model="garden.tflite", predictions=answers, notes=["input image: quantized to int8, scale 0.0039, zero point -128"]
    )


def schemes() -> Document:
    """A float model under each scheme."""
    made = [("float32", 51_000), ("int8", 19_864), ("int16x8", 21_000)]
    rows = [
        {"scheme": name, "kind": "a kind", "size_bytes": size, "ratio_to_float": size / 51_000, "accuracy": 0.99, "error": None}
        | {"runtimes": ["aot", "tflm"], "boards": ["netduinoplus2", "microbit"], "refusal": None}
        for name, size in made
    ]
    refused = {"scheme": "int4", "kind": "", "size_bytes": None, "ratio_to_float": None, "accuracy": None, "error": None}
    return _step("quantize", rows=[*rows, {**refused, "runtimes": [], "boards": [], "refusal": "the converter has no int4 for CONV_2D"}])


def explain() -> Document:
    """Layers with long names."""
    name = "functional_1/block_{0}_expand_relu/Relu6;functional_1/block_{0}_expand_BN/FusedBatchNormV3"
    layers = [{"name": name.format(n), "operator": "CONV_2D", "sqnr_db": 30.0 - n, "output_error": 0.01 * n, "op": n} for n in range(9)]
    return _step("explain", model="pets.keras", layers=layers)


def matrix() -> Document:
    """Three models on two boards: one cell does not fit, one is unsupported."""
    keys = ("scheme", "board", "runtime", "flags")
    places = (("int8", "netduinoplus2", "aot", ""), ("int8", "microbit", "aot", ""), ("int16x8", "netduinoplus2", "aot", "small"))
    rows = []
    for number, model in enumerate(("narrow", "wide", "a_model_with_a_long_name_of_its_own")):
        for place, cell in enumerate(places):
            sizes = {"flash_bytes": 20_000 * (number + 1) + 500 * place, "ram_bytes": 9_000 - 300 * place}
            speeds = {"instructions": 90_000 * (number + 1), "cycles": 120_000 * (number + 1) + 7 * place, "latency_us": None}
            named = {"model": model, **dict(zip(keys, cell, strict=True))}
            rows.append({**named, "verdict": "pass", "reasons": [], "figures": {"accuracy": 0.9 + 0.03 * number, **sizes, **speeds}})
    rows[4] |= {"verdict": "fail", "reasons": ["microbit: RAM needs 20,000 of 16,384 bytes"], "figures": {}}
    rows[8] |= {"verdict": "unsupported", "reasons": ["the aot runtime cannot run this model"], "figures": {}}
    return {**_step("matrix", rows=rows, passed=7, kept=0, files=[]), "verdict": "fail"}


def comparison(folder: Path) -> Document:
    """A regression."""
    for name, one in (("a.json", report()), ("b.json", failing())):
        (folder / name).write_text(to_json(one), encoding="utf-8")
    found: Document = json.loads(compare(CompareRequest(folder / "a.json", folder / "b.json")).to_json())
    return found


DOCUMENTS: Mapping[str, Callable[[Path], Document]] = {
    "fit": lambda _: fit(),
    "predict": lambda _: predict(),
    "schemes": lambda _: schemes(),
    "explain": lambda _: explain(),
    "stream": lambda _: stream(),
    "compare": comparison,
    "matrix": lambda _: matrix(),
}
"""By the kind of `Run`; each may write what it needs into a folder."""
