"""The threshold of anomalies of a quantized model: chosen by its own scores, because rounding moves them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.contract import AnomalyRule, contract_of_model, contract_of_source, with_contract
from mcu_toolkit.artifacts.data_files import read_data_file
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.errors import InputError, McuError
from mcu_toolkit.model import Model, parse_model, read_model
from mcu_toolkit.pipeline.inspection.anomaly_quality import AnomalyQuality, JudgeOfAnomalies
from mcu_toolkit.pipeline.proof.host import golden_name, runner_starts
from mcu_toolkit.quantize import QuantizedModel, SchemeRow, write_with_record
from mcu_toolkit.quantize.compare import with_models
from mcu_toolkit.runners.samples import sample_shape
from mcu_toolkit.system.files import temporary_folder
from mcu_toolkit.train.anomaly.arrays import ANOMALIES, NORMAL_TEST, OF_RECORDING, VALIDATION
from mcu_toolkit.validate import anomaly_scores_of, quantize, refuse_other_shapes, roc

_REPRESENTATIVE = "x_rep"
_WANTED = (_REPRESENTATIVE, VALIDATION, NORMAL_TEST, ANOMALIES, *OF_RECORDING.values())
Raw = npt.NDArray[Any]


def kept_windows(source: Path, data: Path | None) -> Mapping[str, Raw]:
    """What `mcu train anomaly` kept in `data` for the threshold of the model `source`; nothing for other models and other data.

    Raises InputError for arrays that do not belong together: before anything is converted.
    """
    if data is None or data.suffix != ".npz" or not data.is_file() or contract_of_source(source).anomaly is None:
        return {}
    arrays = read_data_file(data, 0, lambda name: name in _WANTED)
    if VALIDATION not in arrays:
        return {}
    for name, array in arrays.items():
        if array.ndim == 0 or array.dtype.kind not in "biuf" or not array.size:
            found = f"'{name}' has shape {list(array.shape)} and type {array.dtype}"
            raise InputError(found, on=data, expected="numbers of one or more windows", hint="train again")
    sizes = {name: array.size / len(array) for name, array in arrays.items() if name not in OF_RECORDING.values()}
    other = _REPRESENTATIVE if _REPRESENTATIVE in sizes else VALIDATION
    for name, size in sizes.items():
        if size != sizes[other]:
            raise InputError(f"'{name}' has samples of {size:g} numbers", on=data, expected=f"{sizes[other]:g}, as {other}")
    for name, numbers in OF_RECORDING.items():
        if name in sizes and (numbers not in arrays or arrays[numbers].shape != (len(arrays[name]),)):
            raise InputError(f"'{numbers}' does not number the {len(arrays[name]):,} samples of '{name}'", on=data, hint="train again")
    return {name: array for name, array in arrays.items() if name != _REPRESENTATIVE}


def with_own_threshold(made: QuantizedModel, arrays: Mapping[str, Raw]) -> tuple[QuantizedModel, AnomalyQuality | None, str | None]:
    """Choose the threshold of a model that judges anomalies by its own scores of the normal windows, and write it into its file.

    `arrays`: of `kept_windows`.  Returns (the record of the model as it is then, how good it is, why the threshold stayed the float
    model's); nothing but the record for models that judge no anomalies.
    """
    model = read_model(made.path)
    contract = contract_of_model(model)
    rule = contract.anomaly
    if rule is None:
        return made, None, None
    kept = f"threshold: {rule.threshold:.6g} is the float model's: "
    if rule.false_alarms is None or VALIDATION not in arrays:
        return made, None, f"{kept}--data names no file with the normal windows that mcu train anomaly keeps"
    try:
        refuse_other_shapes(model)
        scores = _scores(model, contract.preprocessing or Preprocessing("uint16"), arrays)
    except McuError as error:
        return made, None, f"{kept}{golden_name(model)} could not run: {error.what}"
    threshold = float(np.quantile(scores[VALIDATION], 1 - rule.false_alarms))
    if not math.isfinite(threshold):
        return made, None, f"{kept}the quantized model's scores of the normal windows are no finite numbers"
    content = with_contract(model.content, replace(contract, anomaly=AnomalyRule(threshold, rule.false_alarms)))
    settled = replace(made, sha256=parse_model(content, model.name).sha256, size_bytes=len(content))
    write_with_record(settled, content)
    return settled, _quality(scores, arrays, threshold, rule, golden_name(model)), None


def with_own_thresholds(
    rows: Sequence[SchemeRow], arrays: Mapping[str, Raw]
) -> tuple[tuple[SchemeRow, ...], Mapping[str, JudgeOfAnomalies]]:
    """The same for a model under several schemes: (the rows with the models as they are then, what became of each threshold, by scheme)."""
    settled: dict[str, QuantizedModel] = {}
    judges: dict[str, JudgeOfAnomalies] = {}
    for row in rows:
        if row.model is not None:
            settled[row.scheme], quality, note = with_own_threshold(row.model, arrays)
            if quality is not None or note is not None:
                judges[row.scheme] = JudgeOfAnomalies(quality, note)
    return with_models(rows, settled), judges


def _scores(model: Model, preprocessing: Preprocessing, arrays: Mapping[str, Raw]) -> dict[str, npt.NDArray[np.float64]]:
    found = {}
    with temporary_folder() as work, closing(runner_starts(model, work)[golden_name(model)]()) as runner:
        for name in (VALIDATION, *OF_RECORDING):
            if name in arrays:
                raw = arrays[name]
                real = preprocessing.apply(raw.reshape(len(raw), *preprocessing.raw_shape(sample_shape(model.inputs[0]))))
                given = real if model.inputs[0].dtype.numpy.kind == "f" else quantize(real, model.inputs[0])
                found[name] = anomaly_scores_of(model, given, runner.run([given]).outputs[0])
    return found


def _quality(
    scores: Mapping[str, npt.NDArray[np.float64]], arrays: Mapping[str, Raw], threshold: float, rule: AnomalyRule, runner: str
) -> AnomalyQuality:
    normal = scores.get(NORMAL_TEST, scores[VALIDATION])
    quality = AnomalyQuality(runner, threshold, rule.threshold, rule.false_alarms or 0.0, float(np.mean(normal > threshold)))
    if ANOMALIES not in scores or NORMAL_TEST not in scores:
        return quality
    means = [_by_recording(scores[name], arrays[OF_RECORDING[name]]) for name in (NORMAL_TEST, ANOMALIES)]
    curve = roc(np.concatenate(means), np.repeat([False, True], [len(one) for one in means]))
    return replace(quality, detected=float(np.mean(scores[ANOMALIES] > threshold)), auc=None if curve is None else curve.auc)


def _by_recording(scores: npt.NDArray[np.float64], recording: Raw) -> npt.NDArray[np.float64]:
    return np.array([scores[recording == number].mean() for number in np.unique(recording)])
