"""What to do about an operator that is not compiled: the change of the model that gets rid of it, by operator."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_LOOP = "a loop: build recurrent layers with unroll=True, or as keras.layers.LSTM with a fixed batch and length (one fused operator)"
_RECURRENT = "use keras.layers.LSTM with a fixed batch and length, which becomes UNIDIRECTIONAL_SEQUENCE_LSTM, or unroll=True"
_POSTPROCESSING = "end the model before it and do this step in your program"
_LOOKUP = "look the values up in your program and give the model the result as an input"
_BEFORE = "compute it in your program, before the model, and give the model the result as an input"
_FIXED = "give all tensors fixed shapes (a batch of 1, no masks), so that the converter computes it"

REWRITES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("WHILE", "STABLEHLO_WHILE"), _LOOP),
        "IF": "a branch: compute both sides and choose with SELECT_V2 (tf.where), or make two models",
        "CALL": "a call of another graph: convert from a concrete function without control flow",
        **dict.fromkeys(("LSTM", "RNN", "UNIDIRECTIONAL_SEQUENCE_RNN"), _RECURRENT),
        **dict.fromkeys(
            ("BIDIRECTIONAL_SEQUENCE_LSTM", "BIDIRECTIONAL_SEQUENCE_RNN"),
            "use two LSTM layers, one of them over the reversed sequence (tf.reverse), and concatenate them",
        ),
        **dict.fromkeys(("NON_MAX_SUPPRESSION_V4", "NON_MAX_SUPPRESSION_V5"), _POSTPROCESSING),
        "TOPK_V2": f"use ARG_MAX for the best one, or {_POSTPROCESSING}",
        **dict.fromkeys(("HASHTABLE", "HASHTABLE_FIND", "HASHTABLE_IMPORT", "HASHTABLE_SIZE", "HASHTABLE_LOOKUP"), _LOOKUP),
        **dict.fromkeys(("EMBEDDING_LOOKUP", "EMBEDDING_LOOKUP_SPARSE", "ONE_HOT"), f"use tf.gather on a constant table, or {_LOOKUP}"),
        **dict.fromkeys(("SIN", "COS", "ATAN2", "RFFT2D", "REAL", "IMAG", "COMPLEX_ABS", "BUCKETIZE", "SEGMENT_SUM"), _BEFORE),
        **dict.fromkeys(("RANDOM_UNIFORM", "RANDOM_STANDARD_NORMAL", "MULTINOMIAL"), f"convert with training=False, or {_BEFORE}"),
        **dict.fromkeys(("WHERE", "RANGE", "RANK", "UNIQUE", "SPARSE_TO_DENSE", "SCATTER_ND", "DENSIFY"), _FIXED),
        **dict.fromkeys(("FLOOR_DIV", "FLOOR_MOD", "RIGHT_SHIFT", "BITWISE_XOR", "BITCAST"), _BEFORE),
        "POW": "write squares as x * x (MUL) and roots as tf.sqrt",
        "L2_POOL_2D": "use average or max pooling",
        "LOCAL_RESPONSE_NORMALIZATION": "use batch normalization, which is folded into the convolution before it",
        **dict.fromkeys(("CONV_3D", "CONV_3D_TRANSPOSE"), "use Conv2D with the third dimension in the channels"),
        "SIGN": "compare with zero (GREATER, LESS) and choose with SELECT_V2",
        **dict.fromkeys(("REDUCE_PROD", "REDUCE_ANY"), "write it as multiplications or a maximum (REDUCE_MAX) over the parts"),
        "FAKE_QUANT": "convert the trained model with its quantization (mcu quantize), not the training graph",
    }
)

_OTHER = "replace the layer by others"
RECONVERT = "convert the model again"
"""How remedies start that say no more than that the file is not what converters write."""

FORMS: Mapping[str, str] = MappingProxyType(
    {
        "UNIDIRECTIONAL_SEQUENCE_LSTM": "use keras.layers.LSTM with its default activations, no masks and a fixed batch and length",
        "FULLY_CONNECTED": "reshape the input to [batch, features] before the dense layer",
        "CONV_2D": "use keras.layers.Conv2D or SeparableConv2D with a number of groups that divides the channels",
        "DEPTHWISE_CONV_2D": "use keras.layers.DepthwiseConv2D",
        "RESHAPE": "reshape with constants, after fixing the batch to 1",
        "SOFTMAX": "end the model with logits and find the class with the largest one in your program",
    }
)
"""Layers that are written in a form that is compiled, for operators whose form is not."""


def rewrite_of_operator(name: str) -> str:
    """What to do about an operator that is not compiled at all."""
    return REWRITES.get(name, _OTHER)


def rewrite_of_form(name: str, remedy: str) -> str:
    """`remedy`, with the layer that works where it only says that the model should be converted again."""
    form = FORMS.get(name)
    return f"{remedy}, or {form}" if form is not None and remedy.startswith(RECONVERT) else remedy
