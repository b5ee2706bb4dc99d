"""How much quality a float model loses by quantization, on labelled samples, and the likely cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mcu_toolkit.errors import McuError
from mcu_toolkit.model import Model, Tensor, output_names
from mcu_toolkit.pipeline.inspection.scheme_table import MAX_SAMPLES, Outputs, TableRow, mean_accuracy, real_outputs, targets_in
from mcu_toolkit.quantize import Finding
from mcu_toolkit.runners import roles
from mcu_toolkit.system.records import named
from mcu_toolkit.system.sinks import shell_command
from mcu_toolkit.validate import load_vectors

LOUD_DROP = 0.05
"""Loss from which the user is warned."""
_CLIPPED = 0.02
"""Share of the test inputs' values outside of what a model's input can hold, from which its calibration is to blame."""
_UNUSED = 0.05
"""Share of what a model's input can hold, below which test inputs that take up no more are too coarse."""


@dataclass(frozen=True)
class Quality:
    """How right a model is: the share of right classes, or of a regression's variance that it explains."""

    metric: str = field(metadata=named("measure"))
    """`accuracy` or `explained variance`."""
    of_float: float
    of_quantized: float

    @property
    def drop(self) -> float:
        """What quantization costs."""
        return self.of_float - self.of_quantized

    @property
    def is_loud(self) -> bool:
        """True where the user has to be warned."""
        return self.drop > LOUD_DROP

    def __str__(self) -> str:
        points = f"{100 * self.drop:,.1f} points"
        return f"{self.metric} falls from {100 * self.of_float:.1f} % to {100 * self.of_quantized:.1f} % by quantization, {points}"


def measured_quality(float_model: Model, model: Model, data: Path) -> Quality | None:
    """Both models on the labelled test samples `x`, `y` of `data`; None where there are none, or LiteRT refuses one of them."""
    try:
        vectors = load_vectors(data, model).head(MAX_SAMPLES)
        real, quantized = real_outputs(float_model, load_vectors(data, float_model).head(MAX_SAMPLES)), real_outputs(model, vectors)
    except McuError:
        return None
    if set(real) != set(quantized):
        return None
    only = {} if vectors.labels is None else {output_names(model)[0]: vectors.labels}
    labels = {**vectors.labels_by_output, **only}
    if labels:
        return Quality("accuracy", mean_accuracy(real, labels), mean_accuracy(quantized, labels))
    targets = targets_in(data, model, quantized)
    if not targets or any(float(values.var()) == 0.0 for values in targets.values()):
        return None
    return Quality("explained variance", _explained(real, targets), _explained(quantized, targets))


def _explained(outputs: Outputs, targets: Outputs) -> float:
    """Share of the targets' variance that the outputs explain, on average over the outputs; below 0 where the mean would do better."""
    return float(np.mean([1.0 - np.mean((outputs[name] - values) ** 2) / values.var() for name, values in targets.items()]))


def input_range_finding(model: Model, data: Path) -> Finding | None:
    """Whether the test samples of `data` fit into what the model's input was calibrated to hold."""
    try:
        vectors = load_vectors(data, model).head(MAX_SAMPLES)
    except McuError:
        return None
    limits = _limits(model.inputs[0]) if len(model.inputs) == 1 else None
    if limits is None or vectors.inputs[0].dtype.kind != "f":
        return None
    x, (lowest, highest) = vectors.inputs[0], limits
    scale = (highest - lowest) / 255
    clipped = float(np.mean((x < lowest - scale) | (x > highest + scale)))
    spans = f"the representative set spans {lowest:.4g} to {highest:.4g}, the test samples {x.min():.4g} to {x.max():.4g}"
    remedy = "prepare both in the same way"
    if clipped > _CLIPPED:
        return Finding("range", f"{spans}: {100 * clipped:.0f} % of their values are clipped", remedy)
    if float(np.ptp(x)) < _UNUSED * (highest - lowest):
        return Finding("range", f"{spans}: too coarse a scale for these", remedy)
    return None


def warnings_about(quality: Quality, findings: Sequence[Finding], source: Path, data: Path) -> list[str]:
    """Messages about a loss, the likely cause last; none where the loss is negligible."""
    if not quality.is_loud:
        return []
    if findings:
        return [f"WARNING: {quality}", *(f"  likely cause, the calibration: {finding}" for finding in findings)]
    cause = "the representative set shows nothing wrong, so it is the model: a layer that 8 bits are too few for"
    command = shell_command("mcu", "explain", source, "--data", data)
    return [f"WARNING: {quality}", f"  likely cause: {cause}", f"  `{command}` names it; --scheme int16x8 or --qat may help"]


def scheme_warnings(rows: Sequence[TableRow]) -> list[str]:
    """A line for each scheme of a table that is far less right than float32."""
    accuracies = {row.scheme: row.quality.accuracy for row in rows if row.quality.accuracy is not None}
    of_float = accuracies.pop("float32", None)
    if of_float is None:
        return []
    found = [(scheme, Quality("accuracy", of_float, value)) for scheme, value in accuracies.items()]
    return [f"WARNING: {scheme}: {quality}" for scheme, quality in found if quality.is_loud]


def drop_notes(accuracies: Mapping[str, float], inputs: Sequence[str]) -> list[str]:
    """The same for a validation beside the float model, by what is known of the inputs."""
    others = {name: value for name, value in accuracies.items() if name != roles.FLOAT}
    if roles.FLOAT not in accuracies or not others:
        return []
    quality = Quality("accuracy", accuracies[roles.FLOAT], min(others.values()))
    if not quality.is_loud:
        return []
    cause = inputs[0] if inputs else "the model's calibration or its quantization: `mcu explain` finds the layer"
    return [f"WARNING: {quality}; likely cause: {cause}"]


def _limits(tensor: Tensor) -> tuple[float, float] | None:
    """The smallest and largest real value that a quantized tensor holds; None for others."""
    if tensor.quantization is None or tensor.quantization.per_channel or tensor.dtype.numpy.kind not in "iu":
        return None
    ends = np.iinfo(tensor.dtype.numpy)
    scale, zero = tensor.quantization.scale, tensor.quantization.zero_point
    return scale * (ends.min - zero), scale * (ends.max - zero)
