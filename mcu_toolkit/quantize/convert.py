"""TensorFlow's converter as one function, with its errors translated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from mcu_toolkit.errors import McuError, UnsupportedModelError
from mcu_toolkit.model import parse_model
from mcu_toolkit.quantize.converter_errors import WITHOUT_LOOP, recurrent_hint, translate
from mcu_toolkit.quantize.layers import LayerScheme
from mcu_toolkit.quantize.representative import Representative
from mcu_toolkit.quantize.schemes import Scheme, get_scheme
from mcu_toolkit.quantize.signatures import SIGNATURE
from mcu_toolkit.quantize.source import SourceModel
from mcu_toolkit.runners.isolated import BYTES, isolated
from mcu_toolkit.tensorflow_loader import load_tensorflow, quiet

_LOOPS = ("WHILE", "IF")


@dataclass(frozen=True)
class ConvertOptions:
    """What the user may choose about a conversion beside the scheme."""

    per_channel_dense: bool = True
    """A scale for each output of a dense layer instead of one for the layer."""
    allow_float_fallbacks: bool = False
    """Operators without an integer version may stay in floating point, between DEQUANTIZE and QUANTIZE."""
    layer_schemes: tuple[LayerScheme, ...] = ()
    """Layers that are to differ from the rest."""


DEFAULT_OPTIONS = ConvertOptions()


@isolated(BYTES)
def convert(source: SourceModel, scheme: Scheme, data: Representative | None, options: ConvertOptions = DEFAULT_OPTIONS) -> bytes:
    """The .tflite file of `source` under `scheme`; `data` is needed where `scheme.needs_data`.

    Raises UnsupportedModelError naming the layer the converter refuses, or what else the converter's reason is; ToolError
    where the converter crashes, which runs in its own process.
    """
    if scheme.needs_data:
        _refuse_loops(source, scheme)
    return _run(source, scheme, data, options)


def describe_options(scheme: Scheme, options: ConvertOptions) -> tuple[str, ...]:
    """What is set on the converter, as `name=value`, for the record."""
    return (
        f"optimizations={'DEFAULT' if scheme.optimize else 'none'}",
        f"supported_ops={','.join(_operators(scheme, options))}",
        f"supported_types={scheme.weights or 'default'}",
        f"inference_io_type={scheme.io or 'unchanged'}",
        f"per_channel_dense={str(options.per_channel_dense).lower()}",
    )


def _operators(scheme: Scheme, options: ConvertOptions) -> tuple[str, ...]:
    fallbacks = options.allow_float_fallbacks and scheme.integer_inside
    return (scheme.operators, "TFLITE_BUILTINS") if fallbacks else (scheme.operators,)


def _run(source: SourceModel, scheme: Scheme, data: Representative | None, options: ConvertOptions) -> bytes:
    tensorflow = load_tensorflow()
    with quiet():
        try:
            converter = tensorflow.lite.TFLiteConverter.from_saved_model(str(source.saved_model), signature_keys=[SIGNATURE])
            _configure(converter, scheme, options)
            if scheme.needs_data and data is not None:
                converter.representative_dataset = lambda: _feed(source, data)
            content: bytes = converter.convert()
        except (MemoryError, McuError):
            raise
        except Exception as error:  # ConverterError, RuntimeError, ValueError, TypeError: the converter has no common base
            raise translate(error, source, scheme) from error
    return content


def _configure(converter: Any, scheme: Scheme, options: ConvertOptions) -> None:
    tensorflow = load_tensorflow()
    if scheme.optimize:
        converter.optimizations = [tensorflow.lite.Optimize.DEFAULT]
    converter.target_spec.supported_ops = [tensorflow.lite.OpsSet[name] for name in _operators(scheme, options)]
    if scheme.weights is not None:
        converter.target_spec.supported_types = [tensorflow.dtypes.as_dtype(scheme.weights)]
    if scheme.io is not None:
        converter.inference_input_type = tensorflow.dtypes.as_dtype(scheme.io)
        converter.inference_output_type = tensorflow.dtypes.as_dtype(scheme.io)
    # Per-channel scales for dense layers came with TensorFlow 2.17; TFLM built before spring 2024 runs such models wrong
    # without a word (tflite-micro pull requests 2602 and 2673).  This is the only switch there is.
    converter._experimental_disable_per_channel_quantization_for_dense_layers = not options.per_channel_dense
    # The converter's own notes about itself cost flash on the device; ours stand beside the file.
    converter.exclude_conversion_metadata = True


def _feed(source: SourceModel, data: Representative) -> Iterator[dict[str, npt.NDArray[Any]]]:
    """One sample at a time, each [1, *sample shape], by input name."""
    for index in range(len(data)):
        yield {spec.name: array[index : index + 1] for spec, array in zip(source.inputs, data.arrays, strict=True)}


def _refuse_loops(source: SourceModel, scheme: Scheme) -> None:
    """TensorFlow 2.21's calibrator crashes the whole process (segmentation fault) on a loop over a list of tensors.

    Whether a loop is left is known only after conversion; the search for the word is cheap and spares most models that.
    """
    if b"While" not in (source.saved_model / "saved_model.pb").read_bytes():
        return
    graph = parse_model(_run(source, get_scheme("float32"), None, ConvertOptions()), source.origin.stem).main
    loops = [op for op in graph.ops if op.name in _LOOPS]
    if loops:
        places = ", ".join(source.place(graph.tensors[op.outputs[0]].name) for op in loops)
        raise UnsupportedModelError(
            f"a loop stays in the graph ({places}); TensorFlow cannot calibrate it for {scheme.name}",
            on=source.origin,
            expected=WITHOUT_LOOP,
            hint=f"{recurrent_hint(source.origin)}; or --scheme dynamic or float32",
        )
