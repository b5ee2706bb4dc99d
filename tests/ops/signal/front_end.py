"""A whole audio front end as a model: micro_frontend's numbers, from samples of a microphone to features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mcu_toolkit.frontend import MICRO_FRONTEND
from mcu_toolkit.frontend.description import SNR_BITS, AudioFrontend
from mcu_toolkit.frontend.tables import SMOOTHING_FRACTION_BITS, filterbank, gain_curve, shares, window_coefficients
from tests.model_builder import ModelBuilder
from tests.ops.signal.models import CODES, packed


@dataclass(frozen=True)
class FrontEndModel:
    """The model under construction, and the numbers of its front end."""

    builder: ModelBuilder
    frontend: AudioFrontend

    def windows(self, samples: int, *, streams: bool) -> int:
        """From samples to windowed frames: the last ones of a stream, or those given."""
        frontend, tensor = self.frontend, self.builder.tensor
        frame = samples
        if streams:
            frames, valid = tensor([1, frontend.window_samples], "int16"), tensor([], "bool")
            options = packed(frame_size=frontend.window_samples, frame_step=frontend.hop_samples, prefill=True)
            self.builder.op("SignalFramer", [samples], [frames, valid], custom_options=options)
            frame, shape = tensor([frontend.window_samples], "int16"), tensor([1], "int32", data=[frontend.window_samples])
            self.builder.op("RESHAPE", [frames, shape], [frame])
        weights = tensor([frontend.window_samples], "int16", data=window_coefficients(frontend))
        windowed = tensor([frontend.window_samples], "int16")
        self.builder.op("SignalWindow", [frame, weights], [windowed], custom_options=packed(shift=12))
        return windowed

    def bands(self, windowed: int) -> int:
        """From a windowed frame to the roots of the energies in the bands."""
        frontend, tensor, bank = self.frontend, self.builder.tensor, filterbank(self.frontend)
        size, bins = frontend.fft_samples, frontend.fft_samples // 2 + 1
        scaled, bits, spectrum = tensor([frontend.window_samples], "int16"), tensor([], "int32"), tensor([size + 2], "int16")
        energies, sums, roots = tensor([bins], "uint32"), tensor([frontend.bands], "uint64"), tensor([frontend.bands], "uint32")
        end = bank.first + int(bank.ends[-1])
        starts = np.concatenate([[0], bank.ends[:-1]])
        columns = [bank.rising, bank.falling, bank.first + starts, starts, bank.ends - starts]
        tables = [tensor([len(column)], "int16", data=column) for column in columns]
        self.builder.op("SignalFftAutoScale", [windowed], [scaled, bits])
        self.builder.op("SignalRfft", [scaled], [spectrum], custom_options=packed(T=CODES["int16"], fft_length=size))
        self.builder.op("SignalEnergy", [spectrum], [energies], custom_options=packed(end_index=end, start_index=bank.first))
        self.builder.op("SignalFilterBank", [energies, *tables], [sums], custom_options=packed(num_channels=frontend.bands))
        self.builder.op("SignalFilterBankSquareRoot", [sums, bits], [roots])
        return roots

    def features(self, roots: int) -> int:
        """From roots to features: noise reduction, gain, logarithm."""
        frontend, tensor = self.frontend, self.builder.tensor
        reduction, gain, log = frontend.noise_reduction, frontend.pcan, frontend.log
        assert reduction is not None
        assert gain is not None
        assert log is not None
        clean, noise, louder, result = (tensor([frontend.bands], dtype) for dtype in ("uint32", "uint32", "uint32", "int16"))
        found, one = shares(reduction), 1 << SMOOTHING_FRACTION_BITS
        options = packed(
            alternate_one_minus_smoothing=one - found.odd,
            alternate_smoothing=found.odd,
            clamping=False,
            min_signal_remaining=found.remaining,
            num_channels=frontend.bands,
            one_minus_smoothing=one - found.even,
            smoothing=found.even,
            smoothing_bits=reduction.smoothing_bits,
            spectral_subtraction_bits=SMOOTHING_FRACTION_BITS,
        )
        curve = gain_curve(gain, reduction.smoothing_bits - frontend.correction_bits)
        self.builder.op("SignalFilterBankSpectralSubtraction", [roots], [clean, noise], custom_options=options)
        shift = gain.gain_bits - frontend.correction_bits - SNR_BITS
        inputs = [clean, noise, tensor([len(curve)], "int16", data=curve)]
        self.builder.op("SignalPCAN", inputs, [louder], custom_options=packed(snr_shift=shift))
        options = packed(input_correction_bits=frontend.correction_bits, output_scale=1 << log.scale_shift)
        self.builder.op("SignalFilterBankLog", [louder], [result], custom_options=options)
        return result


def front_end_model(*, streams: bool) -> bytes:
    """A model that takes a hop of samples (`streams`) or a window of them, int16, and gives the features, int16 [bands]."""
    model = FrontEndModel(ModelBuilder(), MICRO_FRONTEND)
    samples = model.builder.tensor([MICRO_FRONTEND.hop_samples if streams else MICRO_FRONTEND.window_samples], "int16")
    result = model.features(model.bands(model.windows(samples, streams=streams)))
    return model.builder.build([samples], [result])
