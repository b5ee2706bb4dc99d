"""From a model and samples to the layer that loses most, and a remedy."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from mcu_toolkit.artifacts.array_names import REPRESENTATIVE, TEST
from mcu_toolkit.errors import InputError, UnsupportedModelError
from mcu_toolkit.model import Graph, parse_model
from mcu_toolkit.quantize.convert import DEFAULT_OPTIONS, ConvertOptions
from mcu_toolkit.quantize.debugger.measure import INPUT, LayerLoss, Losses, measure_losses
from mcu_toolkit.quantize.layers import FLOAT, LayerScheme, names_of, place_of
from mcu_toolkit.quantize.quantize import open_with_data
from mcu_toolkit.quantize.representative import load_representative
from mcu_toolkit.quantize.route import convert
from mcu_toolkit.quantize.schemes import get_scheme
from mcu_toolkit.quantize.source import SourceModel
from mcu_toolkit.runners.isolated import work_folder

MAX_SAMPLES = 64
_CUT_OFF = 0.5
"""Part of a layer's error from which its range, not its resolution, is the trouble."""
_STANDS_OUT = 0.35
"""A layer with less than this share of the loss is not the trouble: it is spread over the whole model."""
_GOOD_DB = 35.0
"""An output this much stronger than its error is what 8 bits can be expected to give."""
REMEDIES = {
    "more-data": "calibrate with more data, chosen at random, so that the largest values are among them",
    "per-channel": "give the layer a weight scale for each channel: quantize without --per-tensor-dense",
    "int16x8": "give its result, and the layers that read it, more steps: --layer-scheme LAYER=int16x8 for each, or --scheme int16x8",
    "float-weights": "its weights need more than 8 bits: --keep-float LAYER, make it wider, or train with --qat",
    "qat": "no layer stands out: train with quantization in mind (--qat), or use --scheme int16x8",
    "none": "nothing to repair, this is what 8 bits give",
}


@dataclass(frozen=True)
class Explanation:
    """Why an integer model is not as good as its float model."""

    losses: Losses
    worst: LayerLoss
    """The layer whose own error moves the output most."""
    share: float
    """Its part of the sum over all layers."""
    remedy: str
    """A key of `REMEDIES`."""
    scheme: str = "int8"
    """Under which the remedy is to be applied: that of the measurement, but where it is itself the trouble."""
    layer_schemes: tuple[LayerScheme, ...] = ()
    """The layers that the remedy treats in another way."""

    def lines(self) -> list[str]:
        """For people: the layers by loss, worst first, and the remedy."""
        total = sum(layer.output_error for layer in self.losses.layers)
        lines = [f"{'share':>7} {'SQNR':>8} {'cosine':>8} {'cut off':>8} {'weights':>8}  layer"]
        for layer in sorted(self.losses.layers, key=lambda one: -one.output_error):
            share = 100 * layer.output_error / total if total else 0.0
            sqnr = "exact" if math.isinf(layer.sqnr_db) else f"{layer.sqnr_db:.1f} dB"
            cells = f"{share:6.1f}% {sqnr:>8} {layer.cosine:8.5f} {100 * layer.saturation_share:7.2f}% {100 * layer.weight_share:7.1f}%"
            lines.append(f"{cells}  {layer.name} {layer.operator}")
        lines.append(f"output: {self.losses.output_sqnr_db:.1f} dB over its error")
        return [*lines, f"most is lost in {self.worst.name} ({self.worst.operator}): {REMEDIES[self.remedy]}"]


def explain_quantization(
    source: Path,
    data: Path,
    *,
    scheme: str = "int8",
    options: ConvertOptions = DEFAULT_OPTIONS,
    on_note: Callable[[str], None] | None = None,
) -> Explanation:
    """Quantize `source` with these options and measure each layer on the test samples `x` of `data` (else the representative ones).

    Raises what `quantize_model` raises; UnsupportedModelError for models with several inputs, with state or with loops.
    """
    chosen = get_scheme(scheme)
    if not chosen.needs_data:
        raise InputError(f"scheme {scheme} has no integer activations", on=source, expected="int8, int8-float-io or int16x8")
    with work_folder() as work:
        opened = open_with_data(source, data, work)
        for note in opened.notes:
            if on_note is not None:
                on_note(note)
        if len(opened.model.inputs) != 1:
            raise UnsupportedModelError(f"has {len(opened.model.inputs)} inputs", on=source, expected="a model of one input")
        samples = load_representative(data, opened.model.inputs, (TEST, REPRESENTATIVE), opened.contract.preprocessing).arrays[0][
            :MAX_SAMPLES
        ]
        exact = parse_model(convert(opened.model, get_scheme("float32"), None, replace(options, layer_schemes=())), source.stem)
        integer = parse_model(convert(opened.model, chosen, opened.representative, options), source.stem)
        found = judge(measure_losses(exact, integer, samples, lambda graph, op: place_of(graph, op, opened.model)))
        return _with_layers(found, exact.main, opened.model, scheme)


def judge(losses: Losses) -> Explanation:
    """Name the layer that loses most, and choose a remedy by what its error consists of."""
    total = sum(layer.output_error for layer in losses.layers)
    worst = max(losses.layers, key=lambda layer: layer.output_error)
    share = worst.output_error / total if total else 0.0
    remedy = "none" if losses.output_sqnr_db > _GOOD_DB else _remedy(worst, share)
    return Explanation(losses, worst, share, remedy)


def _with_layers(found: Explanation, graph: Graph, source: SourceModel, scheme: str) -> Explanation:
    """`found` with the options of `mcu quantize` for layers, for remedies that concern one.

    More steps for a result are lost again if those who read it have 8 bits: they are treated alike.
    """
    if found.remedy not in ("int16x8", "float-weights"):
        return replace(found, scheme=scheme)
    if found.worst.op is None:
        return replace(found, scheme="int16x8")
    worst, result = graph.ops[found.worst.op], graph.ops[found.worst.op].outputs[0]
    is_output = result in graph.outputs and scheme == "int8"
    if found.remedy == "float-weights" or is_output or scheme == "int16x8":
        layers = (LayerScheme(names_of(graph, worst, source)[0].split(";")[0], FLOAT),)
        return replace(found, scheme="int8-float-io" if is_output else scheme, layer_schemes=layers)
    treated = [worst, *(op for op in graph.ops if result in op.inputs)]
    names = dict.fromkeys(names_of(graph, op, source)[0].split(";")[0] for op in treated)
    return replace(found, scheme=scheme, layer_schemes=tuple(LayerScheme(name, "int16x8") for name in names))


def _remedy(worst: LayerLoss, share: float) -> str:
    if worst.cut_off_share > _CUT_OFF:
        return "more-data"
    if share < _STANDS_OUT:
        return "qat"
    if worst.weight_share > 0.5 and worst.name != INPUT:
        return "per-channel" if worst.per_tensor_weights and worst.operator == "FULLY_CONNECTED" else "float-weights"
    return "int16x8"
