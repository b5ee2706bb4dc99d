"""From a trained model to a .tflite file that was checked."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from mcu_toolkit.errors import InputError, UnsupportedModelError
from mcu_toolkit.files import atomic_path
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.quantize.check import check_result
from mcu_toolkit.quantize.convert import convert, describe_options
from mcu_toolkit.quantize.quantized_model import QuantizedModel, TensorFacts, record_path, render_record
from mcu_toolkit.quantize.representative import Representative, load_representative
from mcu_toolkit.quantize.schemes import Scheme, get_scheme
from mcu_toolkit.quantize.source import SourceModel, check_source, open_source, source_sha256
from mcu_toolkit.tensorflow_loader import installed_versions

ATTEMPTS = 3
"""TensorFlow 2.21's quantizer is not deterministic: of 32 conversions of one unrolled LSTM with the same weights and data,
three left a SPLIT in floating point and 29 gave one and the same integer model.  Models whose operators really have no
integer version fail every time."""


def quantize_model(
    source: Path,
    data: Path | None,
    *,
    scheme: str = "int8",
    output: Path,
    per_channel_dense: bool = True,
    on_note: Callable[[str], None] | None = None,
) -> QuantizedModel:
    """Convert `source` (.keras file or SavedModel folder) to `output` (.tflite) and check that it is what `scheme` promises.

    `data` is an .npz file with the representative set `x_rep` (else `x`); schemes without integer activations need none.
    A record, `<output>.json`, is written beside the model.  Neither file is touched unless everything succeeded.
    Raises UnknownNameError (scheme), InputError (source, data, output), UnsupportedModelError (layers, shapes, float islands).
    """
    chosen = get_scheme(scheme)
    check_source(source)
    if chosen.needs_data and data is None:
        raise InputError(
            f"scheme {chosen.name} needs a representative set",
            on=source,
            expected="an .npz file with x_rep: typical inputs, from which the converter chooses the scales",
            hint="--data data.npz",
        )
    with tempfile.TemporaryDirectory(prefix="mcu-quantize-") as work:
        opened = open_source(source, Path(work))
        representative = load_representative(data, opened.inputs) if chosen.needs_data and data is not None else None
        return convert_opened(opened, chosen, data, representative, output, per_channel_dense=per_channel_dense, on_note=on_note)


def convert_opened(
    source: SourceModel,
    scheme: Scheme,
    data: Path | None,
    representative: Representative | None,
    output: Path,
    *,
    per_channel_dense: bool,
    on_note: Callable[[str], None] | None,
) -> QuantizedModel:
    """`quantize_model` for a source that is open already, so that several schemes share the opening."""
    notes = () if representative is None else representative.notes
    for note in notes:
        if on_note is not None:
            on_note(note)
    model = _convert_and_check(source, scheme, representative, output.stem, per_channel_dense=per_channel_dense)
    result = QuantizedModel(
        path=output,
        scheme=scheme.name,
        kind=scheme.kind,
        size_bytes=len(model.content),
        sha256=model.sha256,
        source=source.origin,
        source_sha256=source_sha256(source.origin),
        data=None if representative is None else data,
        data_sha256=None if representative is None else representative.sha256,
        representative_samples=0 if representative is None else len(representative),
        inputs=tuple(TensorFacts.of(tensor) for tensor in model.inputs),
        outputs=tuple(TensorFacts.of(tensor) for tensor in model.outputs),
        operators=tuple(op.name for op in model.main.ops),
        converter_options=describe_options(scheme, per_channel_dense=per_channel_dense),
        versions=installed_versions(),
        notes=notes,
    )
    with atomic_path(record_path(output)) as record, atomic_path(output) as tflite:
        tflite.write_bytes(model.content)
        record.write_text(render_record(result), encoding="utf-8")
    return result


def _convert_and_check(source: SourceModel, scheme: Scheme, data: Representative | None, name: str, *, per_channel_dense: bool) -> Model:
    """The first conversion of up to `ATTEMPTS` that is what `scheme` promises; raises what the last one lacks."""
    for attempt in range(1, ATTEMPTS + 1):
        model = parse_model(convert(source, scheme, data, per_channel_dense=per_channel_dense), name)
        try:
            check_result(model, scheme, source)
        except UnsupportedModelError:
            if attempt == ATTEMPTS:
                raise
        else:
            return model
    raise AssertionError("unreachable: the last attempt returns or raises")
