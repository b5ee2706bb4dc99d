"""The .tflite as a C array, in the conventions of TensorFlow Lite Micro's own `generate_cc_arrays`.

Names: `g_<name>_model_data`, `g_<name>_model_data_size`; `alignas(16) const unsigned char`; the header declares, the
source defines.  Unlike the original we add an include guard and make `<name>` a valid C identifier.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.artifacts.banner import banner_lines
from mcu_toolkit.artifacts.model_array import array_context, array_symbols
from mcu_toolkit.files import write_text
from mcu_toolkit.firmware.preprocess import preprocess_headers
from mcu_toolkit.firmware.render import render_text
from mcu_toolkit.model import Model


@dataclass(frozen=True)
class ModelArray:
    """Two C files holding one or more models."""

    header: Path
    source: Path
    symbols: tuple[str, ...]
    """The arrays' names, in the order of the models."""
    preprocess: tuple[Path, ...] = ()
    """`<name>_preprocess.h` of each model that says how its input is made."""


def write_model_array(
    models: tuple[Model, ...],
    folder: Path,
    *,
    stem: str = "model_data",
    plain_c: bool = False,
    section: str = "",
    names: tuple[str, ...] = (),
) -> ModelArray:
    """Write `<stem>.h` and `<stem>.cc` (or `.c` with `plain_c`) for `models` into `folder`.

    `names` replaces the models' names, `section` puts the arrays into a linker section.
    """
    symbols = array_symbols(names or tuple(model.name for model in models))
    context = {**array_context(models, symbols, stem=stem, plain_c=plain_c, section=section), "banner": banner_lines(models)}
    headers = {folder / name: text for name, text in preprocess_headers(models).items()}
    array = ModelArray(folder / f"{stem}.h", folder / (f"{stem}.c" if plain_c else f"{stem}.cc"), symbols, tuple(headers))
    for path, text in headers.items():
        write_text(path, text)
    write_text(array.header, render_text("common/model_data.h.j2", context))
    write_text(array.source, render_text("common/model_data.cc.j2", context))
    return array
