"""All checks of a representative set, for one model."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np

from mcu_toolkit.artifacts.contract import InputContract
from mcu_toolkit.artifacts.profile import profile_if_telling
from mcu_toolkit.quantize.behaviour import behaviour_of, check_behaviour
from mcu_toolkit.quantize.calibration import Samples, check_samples
from mcu_toolkit.quantize.findings import Finding
from mcu_toolkit.quantize.representative import Representative
from mcu_toolkit.quantize.source import SourceModel, is_keras_file
from mcu_toolkit.runners.isolated import Codec, isolated
from mcu_toolkit.tensorflow_loader import load_keras_model

_CODEC = Codec[tuple[Finding, ...]](
    lambda findings: ({"findings": [asdict(finding) for finding in findings]}, b""),
    lambda reply, _: tuple(Finding(**finding) for finding in reply["findings"]),
)


@isolated(_CODEC)
def check_calibration(source: SourceModel, representative: Representative, contract: InputContract) -> tuple[Finding, ...]:
    """What is wrong with the set, each kind of finding once; for a model of several inputs only the number of samples is checked.

    The training data is known from the model, or from `x_train` in the data file; without either, and for a Keras file, the
    float model's own behaviour says something.
    """
    x = representative.arrays[0].astype(np.float64)
    if len(representative.arrays) > 1:
        return tuple(finding for finding in check_samples(Samples(x), InputContract()) if finding.code == "few-samples")
    if contract.profile is None and representative.training is not None:
        training = representative.training
        classes = 0 if training.labels is None else int(training.labels.max()) + 1
        profile = profile_if_telling(training.x, training.labels, classes=classes, channels_first=contract.channels_first)
        contract = replace(contract, profile=profile)
    samples = Samples(x, representative.labels)
    found = check_samples(samples, contract)
    if is_keras_file(source.origin):
        behaviour = behaviour_of(load_keras_model(source.origin))
        if behaviour is not None:
            known = {finding.code for finding in found}
            found += [finding for finding in check_behaviour(samples, behaviour, contract) if finding.code not in known]
    return tuple(found)
