"""All checks of a representative set, for one model."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mcu_toolkit.artifacts.contract import InputContract
from mcu_toolkit.artifacts.profile import profile_if_telling
from mcu_toolkit.quantize.behaviour import check_behaviour
from mcu_toolkit.quantize.calibration import Finding, Samples, check_samples
from mcu_toolkit.quantize.float_graph import read_float_graph
from mcu_toolkit.quantize.representative import Representative
from mcu_toolkit.quantize.source import SourceModel
from mcu_toolkit.runners.isolated import Codec, isolated


@dataclass(frozen=True)
class _Findings:
    findings: tuple[Finding, ...]


_CODEC = Codec[tuple[Finding, ...], _Findings](_Findings, lambda found: (_Findings(found), b""), lambda header, _: header.findings)


@isolated(_CODEC)
def check_calibration(source: SourceModel, representative: Representative, contract: InputContract) -> tuple[Finding, ...]:
    """What is wrong with the set, each kind of finding once; for a model of several inputs only the number of samples is checked.

    The training data is known from the model, or from `x_train` in the data file, or the test samples `x` stand for it.  The
    float model's own behaviour says something in any case.
    """
    x = representative.arrays[0].astype(np.float64)
    if len(representative.arrays) > 1:
        return tuple(finding for finding in check_samples(Samples(x), InputContract()) if finding.code == "few-samples")
    contract, reference = _with_profile(contract, representative)
    samples = Samples(x, representative.labels, reference)
    found = check_samples(samples, contract)
    model = read_float_graph(source)
    if model is not None:
        known = {finding.code for finding in found}
        found += [finding for finding in check_behaviour(samples, model, contract) if finding.code not in known]
    return tuple(found)


def _with_profile(contract: InputContract, representative: Representative) -> tuple[InputContract, str]:
    """The contract with the best profile there is, and what that is of."""
    training, test, first = representative.training, representative.test, contract.channels_first
    profile, reference = contract.profile, "the training data"
    if profile is None and training is not None:
        classes = 0 if training.labels is None else int(training.labels.max()) + 1
        profile = profile_if_telling(training.x, training.labels, classes=classes, channels_first=first)
    if profile is None and test is not None:
        profile, reference = profile_if_telling(test, channels_first=first), "the test samples"
    return replace(contract, profile=profile), reference
