"""Inputs given for a validation or a board, compared with what is stored with the model about its input."""

from __future__ import annotations

import numpy as np

from mcu_toolkit.artifacts import Vectors
from mcu_toolkit.artifacts.contract import contract_of_model
from mcu_toolkit.artifacts.profile import FEWEST_SAMPLES
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.inspection.label_check import label_notes
from mcu_toolkit.quantize import check_against_profile


def input_findings(model: Model, vectors: Vectors) -> list[str]:
    """What looks wrong, a sentence each: another range, another order of channels, labels that are not the model's outputs.

    Only real values from a file are judged: integers are in the model's own units, random numbers mean nothing.
    """
    contract = contract_of_model(model)
    found: list[str] = list(vectors.remarks)
    found += label_notes(model)
    real = len(vectors.inputs) == 1 and vectors.inputs[0].dtype.kind == "f" and not vectors.source.startswith("random(")
    if contract.profile is not None and real and len(vectors) >= FEWEST_SAMPLES:
        x = vectors.inputs[0].astype(np.float64)
        found += [f"inputs: {finding}" for finding in check_against_profile(x, contract, contract.profile)]
    return found
