"""The samples that a model runs on: a user's file, or random ones."""

from __future__ import annotations

from pathlib import Path

from mcu_toolkit.artifacts import Vectors
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import Model, input_names, output_names, remembers
from mcu_toolkit.pipeline.workspace.inputs import require_ends
from mcu_toolkit.validate import load_vectors, random_vectors

DEFAULT_RANDOM_SAMPLES = 10


def load_inputs(model: Model, data: Path | None, random: int | None, seed: int, samples: int | None = None) -> Vectors:
    """Vectors from `data` (the first `random` of them if both are given; `samples` of them, of each class its share), else random ones.

    A model with state gets its first `samples` in their order.
    Raises InputError where two inputs or outputs of the model have one name: everything matches them by it.
    """
    if samples is not None and data is None:
        raise InputError("--samples without --data", expected="--data with more samples than that", hint="--random N for random inputs")
    require_ends(model)
    input_names(model)
    output_names(model)
    if data is None:
        return random_vectors(model, random or DEFAULT_RANDOM_SAMPLES, seed)
    vectors = load_vectors(data, model)
    vectors = vectors.head(random) if random else vectors
    if samples is None:
        return vectors
    return vectors.head(samples) if remembers(model) else vectors.sample(samples, seed)
