"""What acceptance hides: forms that TensorFlow Lite Micro runs, but not as the model says.  Measured on the pinned wheel.

`undefined` results are read from memory that nobody wrote or from arrays of another type: nothing to be equal to.  `ignored` and
`differs` are repeatable, and our runtime does the same where it accepts the form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scripts.probe.case import Case

Kind = Literal["undefined", "ignored", "differs"]


@dataclass(frozen=True)
class Caveat:
    """One sentence on `operators`; `forms` are beginnings of the names of the probe forms it is about, none for all."""

    operators: tuple[str, ...]
    dtypes: tuple[str, ...]
    kind: Kind
    text: str
    forms: tuple[str, ...] = ()

    def covers(self, operator: str, dtype: str, form: str) -> bool:
        """True for a probe case that this is about."""
        return operator in self.operators and dtype in self.dtypes and (not self.forms or form.startswith(self.forms))


CAVEATS: tuple[Caveat, ...] = (
    Caveat(("GREATER",), ("int16",), "undefined", "int16: the rescaling is never set up, the result is memory content"),
    Caveat(("RSQRT",), ("int16",), "undefined", "int16 without quantization: the parameters are never set up", ("no quantization",)),
    Caveat(("SPACE_TO_BATCH_ND",), ("int8", "float32"), "undefined", "the padding value is never set, it is memory content", ("padding",)),
    Caveat(
        ("DEPTHWISE_CONV_2D", "TRANSPOSE_CONV"),
        ("int16",),
        "undefined",
        "int32 biases are read as if they were int64",
        ("int32 bias", "SAME, stride 2, per channel, int32", "VALID, stride 2, per channel, int32"),
    ),
    Caveat(
        ("UNIDIRECTIONAL_SEQUENCE_LSTM",),
        ("int8", "int16"),
        "undefined",
        "scales per channel: the gates' multipliers are never set",
        ("weights per channel",),
    ),
    Caveat(
        ("ADD", "SUB", "MUL", "DIV", "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D"),
        ("int8", "int16", "int32", "float32"),
        "ignored",
        "a fused TANH or SIGN_BIT is not applied",
        ("fused TANH", "fused SIGN_BIT"),
    ),
    Caveat(("ADD",), ("int32",), "ignored", "int32: no fused activation is applied", ("fused",)),
    Caveat(("SVDF",), ("int8",), "ignored", "integer: the fused activation is not applied"),
    Caveat(
        ("CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV"),
        ("int16",),
        "ignored",
        "int16: zero points of input and output are not applied",
        ("zero point",),
    ),
    Caveat(
        ("CONV_2D", "DEPTHWISE_CONV_2D"),
        ("int8", "int16"),
        "ignored",
        "the zero point of the weights is not applied",
        ("weights with a zero point",),
    ),
    Caveat(
        ("RELU6",),
        ("int8", "int16"),
        "ignored",
        "no rescaling: the output's scale and zero point are not looked at",
        ("another", "different"),
    ),
    Caveat(
        ("LOGISTIC", "TANH", "L2_NORMALIZATION"),
        ("int8",),
        "ignored",
        "int8: the output's scale is taken for 1/256, 1/128, 1/128",
        ("another",),
    ),
    Caveat(("ADD_N", "CUMSUM"), ("int8",), "differs", "int8: the sum starts at minus the zero point instead of 0"),
    Caveat(("ZEROS_LIKE",), ("int8",), "differs", "int8: writes 0, not the zero point"),
    Caveat(("PADV2",), ("int16",), "ignored", "int16: the scale of the value is not looked at", ("value of another scale",)),
)


def caveat_of(operator: str, dtype: str, form: str) -> Caveat | None:
    """The caveat on a probe case, if there is one."""
    return next((caveat for caveat in CAVEATS if caveat.covers(operator, dtype, form)), None)


def is_undefined(case: Case) -> bool:
    """True where TFLM's result, or even its verdict, depends on what was in memory before."""
    caveat = caveat_of(case.form.operator, case.dtype, case.form.name)
    return caveat is not None and caveat.kind == "undefined"
