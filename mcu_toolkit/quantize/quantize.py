"""From a trained model to a checked .tflite file."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from mcu_toolkit.artifacts.contract import (
    NOTHING_KNOWN,
    InputContract,
    contract_of_source,
    names_in_keras,
    read_preprocessing,
    with_contract,
)
from mcu_toolkit.artifacts.feature_input import feature_input_of
from mcu_toolkit.errors import InputError, McuError, UnsupportedModelError
from mcu_toolkit.frontend import AudioFrontend
from mcu_toolkit.model import Model, input_names, output_names, parse_model
from mcu_toolkit.quantize.calibration import Finding
from mcu_toolkit.quantize.check import check_result
from mcu_toolkit.quantize.check_calibration import check_calibration
from mcu_toolkit.quantize.convert import DEFAULT_OPTIONS, ConvertOptions
from mcu_toolkit.quantize.qat import QatOptions, train_for_quantization
from mcu_toolkit.quantize.quantized_model import QuantizedModel, TensorFacts, write_with_record
from mcu_toolkit.quantize.representative import Representative, load_representative
from mcu_toolkit.quantize.route import convert, describe_route, needs_edge_quantizer
from mcu_toolkit.quantize.schemes import Scheme, get_scheme
from mcu_toolkit.quantize.source import SourceModel, check_source, open_source, source_sha256
from mcu_toolkit.runners.isolated import work_folder
from mcu_toolkit.tensorflow_loader import installed_versions

ATTEMPTS = 3
"""TensorFlow 2.21's quantizer is not deterministic: of 32 conversions of one unrolled LSTM with the same weights and data,
three left a SPLIT in floating point and 29 gave one and the same integer model.  Models whose operators really have no
integer version fail every time."""


@dataclass(frozen=True)
class OpenedSource:
    """A model ready for conversion with everything that several conversions of it share."""

    model: SourceModel
    contract: InputContract = NOTHING_KNOWN
    data: Path | None = None
    representative: Representative | None = None
    findings: tuple[Finding, ...] = field(default=())
    """About the representative set."""
    qat_epochs: int = 0
    """Of quantization-aware training; 0 without it."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Messages for the user about the model and the representative set."""
        data = () if self.representative is None else (*self.representative.notes, *(str(finding) for finding in self.findings))
        return (*self.model.notes, *data)


def quantize_model(
    source: Path,
    data: Path | None,
    *,
    scheme: str = "int8",
    output: Path,
    options: ConvertOptions = DEFAULT_OPTIONS,
    preprocessing: Path | None = None,
    frontend: AudioFrontend | None = None,
    qat: QatOptions | None = None,
    float_twin: Path | None = None,
    on_note: Callable[[str], None] | None = None,
) -> QuantizedModel:
    """Convert `source` (.keras file, SavedModel folder, float .tflite ...) to `output` (.tflite) and check what `scheme` promises.

    `data` is an .npz file with the representative set `x_rep` (else `x`), which is checked; schemes without integer
    activations need none.  `preprocessing` is a file that says how raw data becomes inputs, where the model does not; `frontend` computes
    that raw data from sounds, and is kept in the model.
    `qat` trains the model on with 8-bit rounding in it before the conversion.  `float_twin` is where to write the same model in
    floating point, a .tflite file to compare with; it is left out where that cannot be converted.
    A record, `<output>.json`, is written beside the model.  Neither file is touched unless everything succeeded.
    Raises UnknownNameError (scheme), InputError (source, data, output), UnsupportedModelError (layers, shapes, float fallbacks).
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
    with work_folder() as work:
        opened = open_with_data(source, data if chosen.needs_data else None, work, preprocessing, frontend)
        for note in opened.notes:
            if on_note is not None:
                on_note(note)
        if float_twin is not None:
            with contextlib.suppress(McuError):
                float_twin.write_bytes(convert(opened.model, get_scheme("float32"), None, DEFAULT_OPTIONS))
        if qat is not None:
            if needs_edge_quantizer(opened.model, options):
                raise InputError("--qat with schemes for single layers, or for a .tflite file", on=source, expected="one of them")
            opened = _trained(opened, chosen, work / "qat", qat, on_note)
        return convert_opened(opened, chosen, output, options)


def _trained(opened: OpenedSource, scheme: Scheme, work: Path, options: QatOptions, on_note: Callable[[str], None] | None) -> OpenedSource:
    """`opened` after quantization-aware training, for schemes with 8-bit activations."""
    if opened.model.recurrent is not None:
        raise InputError("--qat of a model with recurrent layers", on=opened.model.origin, expected="a model without, or no --qat")
    if opened.representative is None or scheme.io == "int16":
        raise InputError(f"--qat with scheme {scheme.name}", expected="int8 or int8-float-io: it trains for 8-bit activations")
    model = train_for_quantization(opened.model, opened.representative, work, options, on_note)
    return replace(opened, model=model, qat_epochs=options.epochs)


def open_with_data(
    source: Path, data: Path | None, work: Path, preprocessing: Path | None = None, frontend: AudioFrontend | None = None
) -> OpenedSource:
    """Open `source`, read its representative set from `data` and check it; raises what `quantize_model` raises about both."""
    opened = open_source(source, work)
    contract = contract_of_source(source)
    if preprocessing is not None:
        contract = replace(contract, preprocessing=read_preprocessing(preprocessing))
    if frontend is not None:
        contract = replace(contract, frontend=frontend)
    if contract.preprocessing is not None and len(opened.inputs) == 1:
        contract.preprocessing.check_shape(opened.inputs[0].sample_shape, preprocessing or source)
    representative = None
    if data is not None:
        outputs = [spec.name for spec in opened.outputs]
        representative = load_representative(data, opened.inputs, preprocessing=contract.preprocessing, outputs=outputs)
    findings = () if representative is None else check_calibration(opened, representative, contract)
    return OpenedSource(opened, contract, data, representative, findings)


def convert_opened(opened: OpenedSource, scheme: Scheme, output: Path, options: ConvertOptions) -> QuantizedModel:
    """`quantize_model` for a source that is open already, so that several schemes share the opening."""
    representative = opened.representative if scheme.needs_data else None
    model, fallbacks = _convert_and_check(opened, scheme, representative, output.stem, options)
    keras_names = names_in_keras(model)
    result = QuantizedModel(
        path=output,
        scheme=scheme.name,
        kind=_kind(scheme, options),
        size_bytes=len(model.content),
        sha256=model.sha256,
        source=opened.model.origin,
        source_sha256=source_sha256(opened.model.origin),
        data=None if representative is None else opened.data,
        data_sha256=None if representative is None else representative.sha256,
        representative_samples=0 if representative is None else len(representative),
        inputs=tuple(TensorFacts.of(*port) for port in zip(model.inputs, input_names(model), keras_names.inputs, strict=True)),
        outputs=tuple(TensorFacts.of(*port) for port in zip(model.outputs, output_names(model), keras_names.outputs, strict=True)),
        operators=tuple(op.name for op in model.main.ops),
        float_fallbacks=fallbacks,
        converter_options=describe_route(opened.model, scheme, options),
        qat_epochs=opened.qat_epochs,
        versions=installed_versions(),
        preprocessing=opened.contract.preprocessing,
        findings=opened.findings if representative is not None else (),
        notes=opened.notes if representative is not None else opened.model.notes,
    )
    write_with_record(result, model.content)
    return result


def _kind(scheme: Scheme, options: ConvertOptions) -> str:
    layers = ", ".join(f"{one.layer} ({one.scheme})" for one in options.layer_schemes)
    return f"{scheme.kind} but for {layers}" if layers else scheme.kind


def _convert_and_check(
    opened: OpenedSource, scheme: Scheme, data: Representative | None, name: str, options: ConvertOptions
) -> tuple[Model, tuple[str, ...]]:
    """The first conversion that is what `scheme` promises, and its float fallbacks; raises what the last one lacks.

    One attempt where the tool is deterministic, else up to `ATTEMPTS`.
    """
    attempts = 1 if needs_edge_quantizer(opened.model, options) else ATTEMPTS
    for attempt in range(1, attempts + 1):
        content = convert(opened.model, scheme, data, options)
        model = parse_model(with_contract(content, _with_names(parse_model(content, name), opened)), name)
        feature_input_of(model)  # a model that cannot take what its front end computes is refused
        try:
            return model, check_result(model, scheme, opened.model, options)
        except UnsupportedModelError:
            if attempt == attempts:
                raise
    raise AssertionError("unreachable: the last attempt returns or raises")


def _with_names(model: Model, opened: OpenedSource) -> InputContract:
    """What is known about `model`, with what Keras calls its inputs and outputs, where the source is a Keras model."""
    inputs = {spec.name: spec.keras_name for spec in opened.model.inputs}
    outputs = {spec.name: spec.keras_name for spec in opened.model.outputs}
    of_inputs, of_outputs = input_names(model), output_names(model)
    is_known = inputs.keys() == set(of_inputs) and outputs.keys() == set(of_outputs)
    if not is_known or not all((*inputs.values(), *outputs.values())):
        return opened.contract
    return replace(opened.contract, inputs=tuple(inputs[name] for name in of_inputs), outputs=tuple(outputs[name] for name in of_outputs))
