"""Is it the same, and is it right: inputs, comparisons between runners, error metrics."""

from mcu_toolkit.artifacts.real_values import quantize
from mcu_toolkit.validate.anomaly import anomaly_scores, anomaly_scores_of, refuse_other_shapes
from mcu_toolkit.validate.compare import DEFAULT_TOLERANCE_LSB, accuracy, classes, compare, joined
from mcu_toolkit.validate.layers import describe_divergence, first_mismatch, prove_layers
from mcu_toolkit.validate.metrics import confusion_matrix, metrics, output_metrics
from mcu_toolkit.validate.quantization import dequantize, quantize_outputs
from mcu_toolkit.validate.scores import roc, score_classes, score_values
from mcu_toolkit.validate.vectors import inputs_for, load_vectors, random_vectors, real_inputs_for

__all__ = [
    "DEFAULT_TOLERANCE_LSB",
    "accuracy",
    "anomaly_scores",
    "anomaly_scores_of",
    "classes",
    "compare",
    "confusion_matrix",
    "dequantize",
    "describe_divergence",
    "first_mismatch",
    "inputs_for",
    "joined",
    "load_vectors",
    "metrics",
    "output_metrics",
    "prove_layers",
    "quantize",
    "quantize_outputs",
    "random_vectors",
    "real_inputs_for",
    "refuse_other_shapes",
    "roc",
    "score_classes",
    "score_values",
]
