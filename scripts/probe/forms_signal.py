"""Probe forms of TFLM's signal operators, custom ones with options in a FlexBuffer."""

from __future__ import annotations

from collections.abc import Sequence

from flatbuffers import flexbuffers

from scripts.probe.case import Form, Spec, constant, noise


def _packed(**options: int) -> bytes:
    packer = flexbuffers.Builder()
    with packer.Map():
        for name, value in options.items():
            packer.Key(name)
            packer.Int(value)
    return bytes(packer.Finish())


def _plain(shape: tuple[int, ...], dtype: str = "T") -> Spec:
    return Spec(shape, dtype, quantized=False)


def _form(name: str, form: str, inputs: Sequence[Spec], outputs: Sequence[Spec], dtypes: Sequence[str], **options: int) -> Form:
    return Form(name, form, tuple(inputs), tuple(outputs), {}, tuple(dtypes), custom_options=_packed(**options) if options else b"")


def _samples() -> list[Form]:
    frames = _plain((4,)), [_plain((2, 4)), _plain((), "bool")]
    types = ("int16", "int32", "float32")
    return [
        _form("SignalWindow", "12 bits", [_plain((8,)), constant(noise((8,), 0, 4096), "int16")], [_plain((8,))], types, shift=12),
        _form("SignalFftAutoScale", "8 samples", [_plain((8,))], [_plain((8,)), _plain((), "int32")], types),
        _form("SignalFramer", "prefill", [frames[0]], frames[1], types, frame_size=4, frame_step=2, prefill=1),
        _form(
            "SignalStacker",
            "2 frames before",
            [_plain((3,))],
            [_plain((9,)), _plain((), "bool")],
            types,
            num_channels=3,
            stacker_left_context=2,
            stacker_right_context=0,
            stacker_step=1,
        ),
        _form("SignalDelay", "3 samples", [_plain((8,))], [_plain((8,))], types, delay_length=3),
    ]


def _spectra() -> list[Form]:
    forms = []
    for code, dtype in enumerate(("float32", "", "int32", "", "", "", "", "int16")):
        if dtype:
            overlaps = [_plain((2, 6))], [_plain((8,))]
            forms.append(_form("SignalOverlapAdd", "steps of 4", *overlaps, [dtype], T=code, frame_step=4))
            for size in (16, 32):  # with and without a stage of radix 2
                ends = [_plain((size,))], [_plain((size + 2,))]
                forms.append(_form("SignalRfft", f"size {size}", *ends, [dtype], T=code, fft_length=size))
                forms.append(_form("SignalIrfft", f"size {size}", *reversed(ends), [dtype], T=code, fft_length=size))
            forms.append(_form("SignalRfft", "size 12", [_plain((12,))], [_plain((14,))], [dtype], T=code, fft_length=12))
    return forms


def _bands() -> list[Form]:
    tables = [constant(values, "int16") for values in (noise((6,), 0, 4096), noise((6,), 0, 4095), [0, 2, 4], [0, 2, 4], [2, 2, 2])]
    values = [_plain((3,))]
    shares = {"alternate_one_minus_smoothing": 15401, "alternate_smoothing": 983, "clamping": 0, "min_signal_remaining": 819}
    shares |= {"num_channels": 3, "one_minus_smoothing": 15975, "smoothing": 409, "smoothing_bits": 10, "spectral_subtraction_bits": 14}
    curve = constant(noise((125,), 0, 32767), "int16")
    return [
        _form("SignalEnergy", "all", [_plain((8,))], [_plain((4,), "uint32")], ("int16", "float32"), end_index=4, start_index=0),
        _form("SignalFilterBank", "2 bands", [_plain((6,)), *tables], [_plain((2,), "uint64")], ("uint32", "int32"), num_channels=2),
        _form("SignalFilterBankSquareRoot", "3 bands", [*values, _plain((), "int32")], [_plain((3,), "uint32")], ("uint64", "uint32")),
        _form(
            "SignalFilterBankLog",
            "3 bands",
            values,
            [_plain((3,), "int16")],
            ("uint32", "int32"),
            input_correction_bits=3,
            output_scale=64,
        ),
        _form("SignalFilterBankSpectralSubtraction", "3 bands", values, [_plain((3,)), _plain((3,))], ("uint32", "int32"), **shares),
        _form("SignalPCAN", "3 bands", [*values, _plain((3,)), curve], [_plain((3,))], ("uint32", "int32"), snr_shift=6),
    ]


FORMS: tuple[Form, ...] = (*_samples(), *_spectra(), *_bands())
