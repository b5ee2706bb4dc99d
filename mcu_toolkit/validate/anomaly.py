"""How far an autoencoder's outputs are from its inputs: the score that a model's rule of anomalies is about."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import Model
from mcu_toolkit.validate.quantization import dequantize

Scores = npt.NDArray[np.float64]


def anomaly_scores(inputs: npt.NDArray[Any], outputs: npt.NDArray[Any]) -> Scores:
    """The mean squared error of each sample, float64 [samples]; both are real values [samples, ...] with as many numbers a sample.

    Computed in float64 from what the model has in float32, so that every runner with the same outputs has the same scores.
    """
    restored, given = (values.reshape(len(values), -1).astype(np.float64) for values in (outputs, inputs))
    return np.asarray(((restored - given) ** 2).mean(axis=1), np.float64)


def anomaly_scores_of(model: Model, inputs: npt.NDArray[Any], outputs: npt.NDArray[Any]) -> Scores:
    """The same of what went into `model` and came out, in its dtypes; raises UnsupportedModelError for no autoencoder."""
    refuse_other_shapes(model)
    return anomaly_scores(dequantize(inputs, model.inputs[0]), dequantize(outputs, model.outputs[0]))


def refuse_other_shapes(model: Model) -> None:
    """Raise UnsupportedModelError where an output cannot be compared with an input."""
    if len(model.inputs) != 1 or len(model.outputs) != 1 or model.inputs[0].elements != model.outputs[0].elements:
        raise UnsupportedModelError(
            "has a threshold of anomalies and is no autoencoder",
            on=model.name,
            expected="one input, and one output with as many numbers",
            hint="quantize the model of mcu train anomaly again",
        )
