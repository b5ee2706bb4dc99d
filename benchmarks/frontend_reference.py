"""The reference's columns in docs/performance.md, audio front ends: TFLM's microfrontend for the sound that `mcu frontend --cost` has.

    .venv/bin/python -m benchmarks.frontend_reference FOLDER [--board BOARD]...

FOLDER: the unpacked sdist of the PyPI package pymicro-features 2.0.2, which has the sources (C++, with KISS FFT).  They are compiled
in the place of our front end, in the same firmware, and have to give the same features.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from mcu_toolkit.artifacts import FirmwareProject
from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import McuError
from mcu_toolkit.firmware.frontend_project import frontend_project
from mcu_toolkit.frontend import MICRO_FRONTEND, features_of
from mcu_toolkit.pipeline.profiling.frontend_cost import count_features, sound_of_a_second
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.system.files import temporary_folder

BOARDS = ("netduinoplus2", "mps3-an547", "mps2-an385")
_LIBRARY = "tensorflow/lite/experimental/microfrontend/lib"
_PARTS = ("fft", "filterbank", "frontend", "log_scale", "noise_reduction", "pcan_gain_control", "window")
_SOURCES = (*_PARTS, *(f"{part}_util" for part in _PARTS), "kiss_fft_int16", "log_lut")
_HEADER = """
#include <stdbool.h>
#include <stdint.h>
#define COST_FRONTEND_FEATURES 40u
typedef int cost_frontend;
#ifdef __cplusplus
extern "C" {
#endif
void cost_frontend_reset(cost_frontend *frontend);
uint32_t cost_frontend_take(cost_frontend *frontend, const int16_t *samples, uint32_t count, uint16_t *features, bool *ready);
#ifdef __cplusplus
}
#endif
"""
"""What main.c of the project includes: our front end's functions."""
_SYSTEM_CALLS = "\n".join(f"int _{name}() {{ return -1; }}" for name in "close exit fstat getpid isatty kill lseek read sbrk write".split())  # noqa: SIM905
_GLUE = f"""
#include "cost_frontend.h"
#include <stddef.h>
#include <string.h>
#include "{_LIBRARY}/frontend.h"
#include "{_LIBRARY}/frontend_util.h"

static FrontendState state;
alignas(8) static char memory[14000];
static size_t used;

/* What the reference allocates once. */
extern "C" void *malloc(size_t size) {{
    void *found = memory + used;
    used += (size + 7u) & ~static_cast<size_t>(7);
    return used <= sizeof memory ? found : nullptr;
}}
extern "C" void free(void *) {{}}
extern "C" void *calloc(size_t count, size_t size) {{
    void *found = malloc(count * size);
    return found == nullptr ? found : memset(found, 0, count * size);
}}

/* What its messages of errors would need of an operating system. */
extern "C" {{
{_SYSTEM_CALLS}
}}

void cost_frontend_reset(cost_frontend *) {{
    FrontendConfig config;
    FrontendFillConfigWithDefaults(&config);
    config.window.size_ms = 30;
    config.window.step_size_ms = 10;
    config.filterbank.num_channels = 40;
    config.filterbank.lower_band_limit = 125;
    config.filterbank.upper_band_limit = 7500;
    config.noise_reduction.smoothing_bits = 10;
    config.noise_reduction.even_smoothing = 0.025f;
    config.noise_reduction.odd_smoothing = 0.06f;
    config.noise_reduction.min_signal_remaining = 0.05f;
    config.pcan_gain_control.enable_pcan = 1;
    config.pcan_gain_control.strength = 0.95f;
    config.pcan_gain_control.offset = 80;
    config.pcan_gain_control.gain_bits = 21;
    config.log_scale.enable_log = 1;
    config.log_scale.scale_shift = 6;
    FrontendPopulateState(&config, &state, 16000);
}}

uint32_t cost_frontend_take(cost_frontend *, const int16_t *samples, uint32_t count, uint16_t *features, bool *ready) {{
    size_t taken = 0;
    const FrontendOutput output = FrontendProcessSamples(&state, samples, count, &taken);
    *ready = output.size != 0;
    if (*ready) {{
        memcpy(features, output.values, output.size * sizeof *features);
    }}
    return taken;
}}
"""


def with_the_reference(project: FirmwareProject, sdist: Path) -> FirmwareProject:
    """`project`, whose front end is now the one of `sdist`; raises OSError where a source is missing."""
    source = project.folder / "src"
    shutil.rmtree(source / "frontend")
    (source / "cost_frontend.c").unlink()
    (source / "cost_frontend.h").write_text(_HEADER)
    (source / "glue.cc").write_text(_GLUE)
    target = source / "reference" / _LIBRARY
    target.mkdir(parents=True)
    for path in sorted((sdist / _LIBRARY).iterdir()):
        if path.suffix == ".h" or (path.suffix == ".cc" and path.stem in _SOURCES):
            shutil.copy(path, target)
    shutil.copytree(sdist / "kissfft", source / "reference/kissfft")
    options = project.folder / "platformio.ini"
    text = options.read_text().replace("    -Werror\n", "    -w\n    -fpermissive\n    -fno-exceptions\n    -fno-rtti\n")
    flags = ("-Isrc/reference", "-Isrc/reference/kissfft", "-fno-threadsafe-statics")
    text = text.replace("    -Wl,--gc-sections\n", "    -Wl,--gc-sections\n" + "".join(f"    {flag}\n" for flag in flags), 1)
    options.write_text(text + "build_src_filter = +<*> -<reference/kissfft/>\n")
    return project


def main() -> int:
    """Print a row a board."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sdist", type=Path)
    parser.add_argument("--board", action="append", default=[])
    arguments = parser.parse_args()
    sound = sound_of_a_second(MICRO_FRONTEND.sample_rate_hz)
    features = features_of(sound, MICRO_FRONTEND)
    for board_id in arguments.board or BOARDS:
        board = load_board(board_id)
        with temporary_folder() as folder:
            try:
                project = with_the_reference(frontend_project(MICRO_FRONTEND, board, sound, folder / "firmware"), arguments.sdist)
                work = count_features(project, board, features, Silent())
            except (McuError, OSError) as error:
                print(f"{board_id}: {error}", file=sys.stderr)
                return 1
        cycles = "-" if work.cycles is None else f"{round(work.cycles):,}"
        print(f"{board_id}: {round(work.instructions):,} instructions, {cycles} cycles")
    return 0


if __name__ == "__main__":
    sys.exit(main())
