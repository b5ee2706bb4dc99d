"""A motion front end as C: `<name>_frontend.h` and `.c` with its tables, and the kernels that they include, in `frontend/`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mcu_toolkit.artifacts.banner import Banner, banner_lines
from mcu_toolkit.firmware.frontend import Table
from mcu_toolkit.firmware.render import render_text
from mcu_toolkit.frontend.fixed_fft import input_order
from mcu_toolkit.frontend.motion.description import MOVING_AVERAGE, MotionFrontend
from mcu_toolkit.frontend.motion.filters import Biquad, design
from mcu_toolkit.frontend.tables import hann, split_twiddles, twiddles
from mcu_toolkit.model import Model
from mcu_toolkit.system.resources import templates_dir
from mcu_toolkit.system.sinks import c_comment

_FOLDER = "common/frontend"
_ALWAYS = ("integers.h", "dsp.h", "bands.h", "bands_mve.h", "motion/filters.h", "motion/statistics.h")
_WITH_SPECTRUM = ("fft.h", "fft_dsp.h", "fft_mve.h", "window.h", "window_dsp.h", "window_mve.h", "motion/spectrum.h")
_A_COMMENT = 80
"""Letters that `c_comment` takes at once."""
_IN_C = {
    "mean": "frontend_mean(&sums, {n})",
    "std": "frontend_std(&sums, {n})",
    "min": "frontend_raised(sums.least)",
    "max": "frontend_raised(sums.most)",
    "rms": "frontend_rms(&sums, {n})",
    "zero_crossings": "sums.crossings",
    "peak_to_peak": "frontend_peak_to_peak(&sums)",
}


@dataclass(frozen=True)
class _Filter:
    """Either a biquad or how many samples are averaged."""

    comment: str
    biquad: Biquad | None
    average: int


@dataclass(frozen=True)
class _Context:
    """Variables of both templates beside the banner."""

    name: str
    p: str
    P: str
    guard: str
    lines: tuple[str, ...]
    table_bytes: int
    scales: tuple[tuple[str, str], ...]
    axes: int
    window_samples: int
    hop_samples: int
    features: int
    spectrum_numbers: int
    complex_size: int
    bands: int
    filters: tuple[_Filter, ...]
    statistics: tuple[str, ...]
    """Each as an expression."""
    tables: tuple[Table, ...]


def motion_sources(frontend: MotionFrontend, name: str, models: Sequence[Model] = ()) -> Mapping[str, str]:
    """The text by file name; everything in them is called `<name>_frontend...`, `name` being a C name as code_names.py gives them."""
    context = _context(frontend, name)
    banner = Banner.of(models) if models else Banner(banner_lines(()))
    found = {f"{context.p}.{suffix}": render_text(f"{_FOLDER}/motion/frontend.{suffix}.j2", context, banner) for suffix in ("h", "c")}
    for kernel in (*_ALWAYS, *(_WITH_SPECTRUM if frontend.spectrum is not None else ())):
        found[f"frontend/{kernel}"] = (templates_dir() / _FOLDER / kernel).read_text()
    return found


def _context(frontend: MotionFrontend, name: str) -> _Context:
    size = frontend.fft_samples // 2
    tables = tuple(_tables(frontend, size)) if frontend.spectrum is not None else ()
    counts = frontend.counts_per_unit * (len(frontend.axes) if len(frontend.counts_per_unit) == 1 else 1)
    window = f"{name}_frontend_window_samples".upper()
    return _Context(
        name=name,
        p=f"{name}_frontend",
        P=f"{name}_frontend".upper(),
        guard=f"{name}_FRONTEND_H".upper(),
        lines=tuple(_plain(line) for line in frontend.lines()),
        table_bytes=sum(table.values.nbytes for table in tables),
        scales=tuple((c_comment(axis), f"{scale:g}") for axis, scale in zip(frontend.axes, counts, strict=True)),
        axes=len(frontend.axes),
        window_samples=frontend.window_samples,
        hop_samples=frontend.hop_samples,
        features=frontend.features,
        spectrum_numbers=2 * (size + 1),
        complex_size=size,
        bands=len(frontend.band_edges) - 1 if frontend.spectrum is not None else 0,
        filters=tuple(_filters(frontend)),
        statistics=tuple(_IN_C[statistic].format(n=window) for statistic in frontend.statistics),
        tables=tables,
    )


def _filters(frontend: MotionFrontend) -> Iterator[_Filter]:
    for one in frontend.filters:
        if one.kind == MOVING_AVERAGE:
            yield _Filter("", None, one.samples or 0)
        else:
            cutoff_hz = one.cutoff_hz or 0.0
            comment = f"A {one.kind.replace('_', ' ')} of {cutoff_hz:g} Hz, 28 fraction bits."
            yield _Filter(comment, design(one.kind, cutoff_hz, frontend.sample_rate_hz), 0)


def _tables(frontend: MotionFrontend, size: int) -> Iterator[Table]:
    factors = twiddles(size)[: max(3 * size // 4, 1)]  # no leg of a butterfly reaches the last quarter
    yield Table("window", "int16_t", "A Hann window, 12 fraction bits.", hann(frontend.window_samples))
    yield Table("places", "uint16_t", "Where the FFT takes each pair of samples.", np.argsort(input_order(size)).astype(np.uint16))
    yield Table("fft_factors", "int16_t", "exp(-2j pi k / FFT_SIZE), real and imaginary parts, 15 fraction bits.", factors)
    yield Table("split_factors", "int16_t", "-1j exp(-1j pi k / FFT_SIZE) for k = 1 ... FFT_SIZE / 2.", split_twiddles(size))
    yield Table(
        "band_edges", "uint16_t", "The first bin of each band, and the one behind the last.", np.array(frontend.band_edges, np.uint16)
    )


def _plain(line: str) -> str:
    """A line with names of columns in a comment."""
    return "".join(c_comment(line[start : start + _A_COMMENT]) for start in range(0, len(line), _A_COMMENT))
