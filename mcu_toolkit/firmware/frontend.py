"""A front end as C: `<name>_frontend.h` and `.c` with its tables, and the kernels that they include, in `frontend/`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.banner import Banner, banner_lines
from mcu_toolkit.firmware.render import render_text
from mcu_toolkit.frontend import AudioFrontend
from mcu_toolkit.frontend.description import SNR_BITS, Log, Mfcc, NoiseReduction
from mcu_toolkit.frontend.fixed_fft import input_order
from mcu_toolkit.frontend.tables import (
    SMOOTHING_FRACTION_BITS,
    cosine_transform,
    filterbank,
    gain_curve,
    log_corrections,
    shares,
    split_twiddles,
    twiddles,
    window_coefficients,
)
from mcu_toolkit.model import Model
from mcu_toolkit.system.resources import templates_dir

_FOLDER = "common/frontend"
_A_ROW = 16
_OPTIONAL_KERNELS = ("noise_reduction.h", "pcan.h", "logarithm.h", "cepstrum.h")


@dataclass(frozen=True)
class Table:
    """A constant array."""

    name: str
    type: str
    comment: str
    values: npt.NDArray[Any]

    @property
    def count(self) -> int:
        """Numbers in it."""
        return int(self.values.size)

    @property
    def rows(self) -> Iterator[str]:
        """Lines of its initialiser."""
        flat = self.values.ravel().tolist()
        return (", ".join(map(str, flat[start : start + _A_ROW])) for start in range(0, len(flat), _A_ROW))


@dataclass(frozen=True)
class _Noise:
    """The numbers of frontend_noise_reduction."""

    smoothing_bits: int
    share_bits: int
    even: int
    odd: int
    remaining: int

    @property
    def one(self) -> int:
        """The whole, as a share."""
        return 1 << self.share_bits

    @classmethod
    def of(cls, reduction: NoiseReduction) -> _Noise:
        found = shares(reduction)
        return cls(reduction.smoothing_bits, SMOOTHING_FRACTION_BITS, found.even, found.odd, found.remaining)


@dataclass(frozen=True)
class _Pcan:
    shift: int


@dataclass(frozen=True)
class _Context:
    """Variables of both templates beside the banner."""

    name: str
    p: str
    P: str
    guard: str
    lines: tuple[str, ...]
    table_bytes: int
    sample_rate_hz: int
    window_samples: int
    hop_samples: int
    bands: int
    features: int
    spectrum_numbers: int
    complex_size: int
    first_bin: int
    correction_bits: int
    tables: tuple[Table, ...]
    noise: _Noise | None
    pcan: _Pcan | None
    log: Log | None
    mfcc: Mfcc | None


def frontend_sources(frontend: AudioFrontend, name: str, models: Sequence[Model] = ()) -> Mapping[str, str]:
    """The text by file name; everything in them is called `<name>_frontend...`, `name` being a C name as code_names.py gives them."""
    context = _context(frontend, name)
    banner = Banner.of(models) if models else Banner(banner_lines(()))
    found = {f"{context.p}.{suffix}": render_text(f"{_FOLDER}/frontend.{suffix}.j2", context, banner) for suffix in ("h", "c")}
    unused = {
        kernel
        for kernel, stage in zip(_OPTIONAL_KERNELS, (frontend.noise_reduction, frontend.pcan, frontend.log, frontend.mfcc), strict=True)
        if stage is None
    }
    for path in sorted((templates_dir() / _FOLDER).glob("*.h")):
        if path.name not in unused:
            found[f"frontend/{path.name}"] = path.read_text()
    return found


def scratch_bytes(frontend: AudioFrontend) -> int:
    """Of `<name>_frontend_scratch`: a number of 32 bits for each band, and the spectrum, aligned to four bytes."""
    return 4 * frontend.bands + 4 * (frontend.fft_samples // 2 + 1)


def _context(frontend: AudioFrontend, name: str) -> _Context:
    size = frontend.fft_samples // 2
    tables = tuple(_tables(frontend, size))
    reduction, pcan = frontend.noise_reduction, frontend.pcan
    return _Context(
        name=name,
        p=f"{name}_frontend",
        P=f"{name}_frontend".upper(),
        guard=f"{name}_FRONTEND_H".upper(),
        lines=tuple(frontend.lines()),
        table_bytes=sum(table.values.nbytes for table in tables),
        sample_rate_hz=frontend.sample_rate_hz,
        window_samples=frontend.window_samples,
        hop_samples=frontend.hop_samples,
        bands=frontend.bands,
        features=frontend.features,
        spectrum_numbers=2 * (size + 1),
        complex_size=size,
        first_bin=filterbank(frontend).first,
        correction_bits=frontend.correction_bits,
        tables=tables,
        noise=None if reduction is None else _Noise.of(reduction),
        pcan=None if pcan is None else _Pcan(pcan.gain_bits - frontend.correction_bits - SNR_BITS),
        log=frontend.log,
        mfcc=frontend.mfcc,
    )


def _tables(frontend: AudioFrontend, size: int) -> Iterator[Table]:
    bank = filterbank(frontend)
    factors = twiddles(size)[: max(3 * size // 4, 1)]  # no leg of a butterfly reaches the last quarter
    yield Table("window", "int16_t", "A Hann window, 12 fraction bits.", window_coefficients(frontend))
    yield Table("places", "uint16_t", "Where the FFT takes each pair of samples.", np.argsort(input_order(size)).astype(np.uint16))
    yield Table("fft_factors", "int16_t", "exp(-2j pi k / FFT_SIZE), real and imaginary parts, 15 fraction bits.", factors)
    yield Table("split_factors", "int16_t", "-1j exp(-1j pi k / FFT_SIZE) for k = 1 ... FFT_SIZE / 2.", split_twiddles(size))
    yield Table("band_ends", "uint16_t", "Where each band's rising side ends.", bank.ends.astype(np.uint16))
    yield Table("rising_weights", "uint16_t", "Of each bin in the band that rises there, 12 fraction bits.", bank.rising.astype(np.uint16))
    yield Table("falling_weights", "uint16_t", "The same in the band that falls there.", bank.falling.astype(np.uint16))
    if frontend.pcan is not None and frontend.noise_reduction is not None:
        curve = gain_curve(frontend.pcan, frontend.noise_reduction.smoothing_bits - frontend.correction_bits)
        yield Table("gain_curve", "int16_t", "The gain over the noise: see frontend/pcan.h.", curve)
    if frontend.log is not None:
        yield Table("log_corrections", "uint16_t", "log2(1 + i / 128) - i / 128, 16 fraction bits.", log_corrections())
    if frontend.mfcc is not None:
        cosines = cosine_transform(frontend.bands, frontend.mfcc.coefficients)
        yield Table("cosines", "int16_t", "Of each coefficient a factor for every band, 14 fraction bits.", cosines)
