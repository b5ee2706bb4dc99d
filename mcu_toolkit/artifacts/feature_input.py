"""A model that takes the features of a front end: frames of them, one after the other, are its input."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcu_toolkit.artifacts.contract import InputContract, contract_of_model, takes_features
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend.description import AudioFrontend
from mcu_toolkit.model import Model

if TYPE_CHECKING:  # its modules are imported where a model takes motion
    from mcu_toolkit.frontend.motion.description import MotionFrontend

RAW_DTYPE = "uint16"
"""Of features."""


@dataclass(frozen=True)
class FeatureInput:
    """How features become the input, frame by frame: frame f of an inference is elements f * features to (f + 1) * features - 1."""

    frontend: AudioFrontend | MotionFrontend
    """Of sounds, or of motion: a frame of that one is what it computes of a window of readings."""
    preprocessing: Preprocessing
    """Of one frame; that the model has none means that features are its real values."""
    frames: int
    """That one inference takes."""


def feature_input_of(model: Model) -> FeatureInput | None:
    """What the model's metadata says; None for a model without a front end.

    Raises InputError for one that cannot take what its front end computes.
    """
    contract = contract_of_model(model)
    frontend = contract.frontend or contract.motion
    return None if frontend is None else feature_input(model, contract, frontend)


def feature_input(model: Model, contract: InputContract, frontend: AudioFrontend | MotionFrontend) -> FeatureInput:
    """The same of a model with this contract and front end."""
    preprocessing = contract.preprocessing or Preprocessing(RAW_DTYPE)
    shape = model.inputs[0].shape[1:] if len(model.inputs) == 1 else ()
    elements = math.prod(shape)
    good = (
        len(model.inputs) == 1
        and takes_features(elements, preprocessing, frontend)
        and preprocessing.channels in (1, frontend.features)
        and not preprocessing.transposes
        and not preprocessing.channel_source
    )
    if not good:
        shapes = ", ".join(str(list(tensor.shape)) for tensor in model.inputs) or "none"
        raise InputError(
            f"cannot take what its front end computes: its inputs are {shapes}, its raw data {preprocessing.raw_dtype}",
            on=model.name,
            expected=f"one input of whole frames of {frontend.features} features, and a preprocessing with raw_dtype {RAW_DTYPE}",
            hint="another front end with --frontend, or a preprocessing as docs/how-to/audio-frontend.md describes it",
        )
    return FeatureInput(frontend, preprocessing, elements // frontend.features)
