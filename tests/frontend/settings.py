"""Front ends of many settings: what is left out, sizes of the FFT, sample rates, extremes of each number."""

from __future__ import annotations

from dataclasses import replace

from mcu_toolkit.frontend import MICRO_FRONTEND, MLPERF_AD, MLPERF_KWS, AudioFrontend, Log, Mfcc, NoiseReduction, Pcan

SETTINGS: dict[str, AudioFrontend] = {
    "no PCAN": replace(MICRO_FRONTEND, pcan=None),
    "noise reduction alone": replace(MICRO_FRONTEND, pcan=None, log=None),
    "bands alone": replace(MICRO_FRONTEND, noise_reduction=None, pcan=None, log=None),
    "logarithm alone": replace(MICRO_FRONTEND, noise_reduction=None, pcan=None),
    "PCAN without logarithm": replace(MICRO_FRONTEND, log=None),
    "FFT of 32": AudioFrontend(8000, 4, 2, 3, 300, 3000, noise_reduction=NoiseReduction(), log=Log()),
    "FFT of 64": AudioFrontend(8000, 8, 8, 8, 100, 3500, noise_reduction=NoiseReduction(), pcan=Pcan(), log=Log()),
    "FFT of 128": AudioFrontend(8000, 16, 4, 12, 0, 3800, log=Log(11)),
    "FFT of 256": AudioFrontend(8000, 32, 10, 20, 60, 3800, noise_reduction=NoiseReduction(0, 1, 0, 0), log=Log(0)),
    "FFT of 1024": AudioFrontend(44_100, 20, 10, 64, 20, 20_000, noise_reduction=NoiseReduction(15, 0.5, 1, 1), pcan=Pcan(), log=Log()),
    "FFT of 2048": AudioFrontend(48_000, 25, 25, 80, 50, 8000, fft_size=2048, noise_reduction=NoiseReduction(), pcan=Pcan(0.9, 20, 18)),
    "FFT of 4096": AudioFrontend(16_000, 256, 128, 128, 0, 7900, noise_reduction=NoiseReduction(12), pcan=Pcan(0.8, 1000, 22), log=Log(3)),
    "longer than its window": replace(MICRO_FRONTEND, fft_size=1024),
    "one band": replace(MICRO_FRONTEND, bands=1),
    "bands without a bin": replace(MICRO_FRONTEND, bands=200),
    "MFCC in the form of MLPerf Tiny": MLPERF_KWS,
    "log-mel spectrogram in the form of MLPerf Tiny": MLPERF_AD,
    "all MFCC of many bands, some cut off": AudioFrontend(16_000, 64, 32, 256, 0, 7900, log=Log(11), mfcc=Mfcc(256)),
    "one coefficient of one band": AudioFrontend(8000, 16, 16, 1, 60, 3000, log=Log(), mfcc=Mfcc(1)),
    "MFCC behind all stages": replace(MICRO_FRONTEND, mfcc=Mfcc(13)),
    "micro_speech": replace(MICRO_FRONTEND, hop_ms=20),
}
