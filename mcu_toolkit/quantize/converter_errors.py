"""Translates the errors of TensorFlow's converter into messages that a user can act on.

The converter has no error classes worth the name: the reason stands in pages of MLIR.  Each function here knows one
kind of text (TensorFlow 2.21) and returns None for every other.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from mcu_toolkit.errors import InputError, McuError, UnsupportedModelError
from mcu_toolkit.quantize.foreign import KERAS_INSTEAD, ONNX_SUFFIX, TORCH_SUFFIX
from mcu_toolkit.quantize.schemes import Scheme
from mcu_toolkit.quantize.source import SourceModel, first_line

WITHOUT_LOOP = "recurrent layers without a loop"
_PLACE = r"error: loc\([^\n]*?fused\[\"\w+:\", \"([^\"@]+)[^\n]*"
"""The innermost location in an MLIR message: the operator's name."""


def translate(error: Exception, source: SourceModel, scheme: Scheme) -> McuError:
    """Our error for one of the converter's."""
    text = str(error)
    for explain in _EXPLANATIONS:
        found = explain(text, source, scheme)
        if found is not None:
            return found
    kind = InputError if isinstance(error, OSError) else UnsupportedModelError
    hint = None if scheme.name == "float32" else "--scheme float32 shows whether the model converts at all"
    return kind(f"TensorFlow's converter failed: {first_line(error)}", on=source.origin, hint=hint)


def _no_such_operator(text: str, source: SourceModel, scheme: Scheme) -> McuError | None:
    """An operator that TensorFlow has and TensorFlow Lite does not."""
    refused = re.findall(rf"{_PLACE}'(tf\.\w+)' op is neither a custom op nor a flex op", text)
    if not refused:
        return None
    found = sorted({f"{name} in {source.place(place)}" for place, name in refused})
    return UnsupportedModelError(
        f"TensorFlow Lite has no operator for {', '.join(found)}",
        on=source.origin,
        expected="layers that TensorFlow Lite has built-in operators for",
        hint="replace that layer; TensorFlow's own operators (Flex) do not exist on a microcontroller",
    )


def _augmentation(text: str, source: SourceModel, scheme: Scheme) -> McuError | None:
    """Layers that change training data at random, which a SavedModel holds as they run in training."""
    refused = re.findall(rf"{_PLACE}'(tf\.\w+)' op is neither a custom op nor a flex op", text)
    places = [place for place, name in refused if "Random" in name or "ImageProjectiveTransform" in name]
    if not places or not source.origin.is_dir():
        return None
    layers = sorted({_random_layer(place) for place in places})
    beside = source.origin.parent / "model.keras"
    return UnsupportedModelError(
        f"was exported with layers that change training data at random: {', '.join(layers)}",
        on=source.origin,
        expected="the model as it is used, in which these do nothing",
        hint=f"give the .keras file{f', {beside}' if beside.is_file() else ''}; or export the model without these layers",
    )


def _random_layer(place: str) -> str:
    """The layer of an operator such as `sequential_1/random_flip_1/stateless_random_uniform/...`, without the number of the tracing."""
    parts = place.split("/")
    name = next((part for part in parts[:-1] if part.startswith("random_")), parts[1] if len(parts) > 2 else parts[0])
    return re.sub(r"(_\d+)+$", "", name)


def _other_precision(text: str, source: SourceModel, scheme: Scheme) -> McuError | None:
    """Operators that TensorFlow Lite has, but for 32-bit floats only."""
    refused = re.findall(r"'(tf\.\w+)' op is neither a custom op nor a flex op", text)
    found = re.search(r"tensor<[^>]*x(bf16|f16|f64)>", text)
    if not refused or found is None or not source.origin.is_dir():
        return None
    kind = {"bf16": "bfloat16", "f16": "float16", "f64": "float64"}[found.group(1)]
    return UnsupportedModelError(
        f"computes in {kind}; TensorFlow Lite has {', '.join(sorted(set(refused)))} for float32 only",
        on=source.origin,
        expected="layers that compute in float32",
        hint="give the .keras file: its layers are converted in float32, whatever their dtype policy",
    )


def _open_loop(text: str, source: SourceModel, scheme: Scheme) -> McuError | None:
    """A recurrent layer that was exported with an open batch: the sizes of its lists stay unknown."""
    found = re.search(rf"{_PLACE}'tf\.TensorList\w+'", text)
    if found is None:
        return None
    return UnsupportedModelError(
        f"a loop over lists of unknown size in {source.place(found.group(1))}",
        on=source.origin,
        expected=WITHOUT_LOOP,
        hint=recurrent_hint(source.origin),
    )


def recurrent_hint(origin: Path) -> str:
    """What helps where recurrent layers are loops, or operators in floating point, already."""
    if origin.suffix in (ONNX_SUFFIX, TORCH_SUFFIX):
        return KERAS_INSTEAD
    return "give the .keras file: of it LSTM, GRU and SimpleRNN become one operator each"


def _not_quantizable(text: str, source: SourceModel, scheme: Scheme) -> McuError | None:
    """An operator without a version in the scheme's integer types."""
    names = sorted(set(re.findall(r"not yet supported for op: '(\w+)'", text)))
    if not names:
        return None
    return UnsupportedModelError(
        f"the converter has no {scheme.name} version of {', '.join(names)}",
        on=source.origin,
        expected="operators with such a version",
        hint="another --scheme (int8 covers most), or replace the layer",
    )


def _no_range(text: str, source: SourceModel, scheme: Scheme) -> McuError | None:
    """A tensor that calibration never saw, or of a type that has no range."""
    found = re.search(r"(?:Failed for tensor|Empty min/max for tensor) (\S+)", text)
    if found is None:
        return None
    return UnsupportedModelError(
        f"calibration recorded no range for tensor '{found.group(1)}'",
        on=source.origin,
        expected=f"tensors that {scheme.name} can quantize and the representative set reaches",
        hint="another --scheme; int16x8 takes no integer inputs",
    )


_EXPLANATIONS: tuple[Callable[[str, SourceModel, Scheme], McuError | None], ...] = (
    _augmentation,
    _other_precision,
    _no_such_operator,
    _open_loop,
    _not_quantizable,
    _no_range,
)
