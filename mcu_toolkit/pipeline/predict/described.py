"""What is known about a model's inputs and classes: what the user says in options, else what the model itself holds."""

from __future__ import annotations

from mcu_toolkit.artifacts.contract import InputContract, find_frontend, read_preprocessing
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.frontend import AudioFrontend
from mcu_toolkit.pipeline.predict.records import PredictRequest


def frontend_of(contract: InputContract, request: PredictRequest) -> AudioFrontend | None:
    """What computes the inputs from sounds; raises what `find_frontend` raises."""
    return contract.frontend if request.frontend is None else find_frontend(request.frontend)


def preprocessing_of(contract: InputContract, request: PredictRequest) -> Preprocessing | None:
    """How raw data becomes inputs; raises what `read_preprocessing` raises."""
    return contract.preprocessing if request.preprocessing is None else read_preprocessing(request.preprocessing)


def named_classes(contract: InputContract, request: PredictRequest) -> tuple[str, ...]:
    """The names of the classes in the preprocessing; none where it has none."""
    described = preprocessing_of(contract, request)
    return () if described is None else described.labels
