"""The .tflite as a C array, in the conventions of TensorFlow Lite Micro's own `generate_cc_arrays`.

Names: `g_<name>_model_data`, `g_<name>_model_data_size`; `alignas(16) const unsigned char`; the header declares, the
source defines.  Unlike the original we add an include guard and make `<name>` a valid C identifier.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.artifacts.banner import banner_lines
from mcu_toolkit.artifacts.code_names import unique_names
from mcu_toolkit.artifacts.model_array import array_context, array_symbols
from mcu_toolkit.firmware.preprocess import preprocess_headers
from mcu_toolkit.firmware.render import render_text
from mcu_toolkit.model import Model
from mcu_toolkit.system.confined import path_inside, write_inside


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
    called = names or tuple(model.name for model in models)
    symbols = array_symbols(called)
    context = {**array_context(models, symbols, stem=stem, plain_c=plain_c, section=section), "banner": banner_lines(models)}
    headers = preprocess_headers(models, unique_names(called))
    header, source = f"{stem}.h", f"{stem}.c" if plain_c else f"{stem}.cc"
    texts = {
        **headers,
        header: render_text("common/model_data.h.j2", context),
        source: render_text("common/model_data.cc.j2", context),
    }
    for name in texts:
        path_inside(folder, name)
    for name, text in texts.items():
        write_inside(folder, name, text.encode())
    return ModelArray(folder / header, folder / source, symbols, tuple(folder / name for name in headers))
