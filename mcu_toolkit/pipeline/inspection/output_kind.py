"""What the numbers of a model's output mean: probabilities, the probability of one of two classes, names of classes."""

from __future__ import annotations

from mcu_toolkit.artifacts.contract import contract_of_model
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.inspection.label_check import label_files

_PASS_ON = ("QUANTIZE", "DEQUANTIZE", "RESHAPE")


def maker_of(model: Model, number: int) -> str:
    """The operator that computes the output `number`, behind those that only convert or reshape; empty for an input or constant."""
    producers = {index: op for op in model.main.ops for index in op.outputs}
    op = producers.get(model.main.outputs[number])
    for _ in model.main.ops:  # a damaged model may go round in circles
        if op is None or op.name not in _PASS_ON:
            break
        op = producers.get(op.inputs[0]) if op.inputs else None
    return "" if op is None else op.name


def gives_probabilities(model: Model, number: int) -> bool:
    """True where the output `number` is made by a softmax or logistic operator."""
    return maker_of(model, number) in ("SOFTMAX", "LOGISTIC")


def is_binary(model: Model, number: int) -> bool:
    """True where the output `number` is the probability of the second of two classes: one element, made by a logistic operator."""
    return model.outputs[number].elements == 1 and maker_of(model, number) == "LOGISTIC"


def class_names(model: Model, number: int) -> tuple[str, ...]:
    """The names of the classes of the output `number`: of the model's own metadata, else of the only list of labels in TensorFlow
    Lite's that is as long as the output; empty where there are none."""
    count = 2 if is_binary(model, number) else model.outputs[number].elements
    preprocessing = contract_of_model(model).preprocessing
    if preprocessing is not None and preprocessing.labels:
        return preprocessing.labels if len(preprocessing.labels) == count else ()
    found = [labels for labels in label_files(model).values() if len(labels) == count]
    return found[0] if len(found) == 1 and count > 1 else ()
