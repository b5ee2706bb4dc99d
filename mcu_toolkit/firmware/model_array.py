"""The .tflite as a C array, in the conventions of TensorFlow Lite Micro's own `generate_cc_arrays`.

Names: `g_<name>_model_data`, `g_<name>_model_data_size`; `alignas(16) const unsigned char`; the header declares, the
source defines.  Unlike the original we add an include guard and make `<name>` a valid C identifier.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.artifacts.banner import banner_lines
from mcu_toolkit.files import write_text
from mcu_toolkit.firmware.render import render_text
from mcu_toolkit.model import Model, c_identifier

_BYTES_PER_LINE = 16


@dataclass(frozen=True)
class ModelArray:
    """Two C files holding one or more models."""

    header: Path
    source: Path
    symbols: tuple[str, ...]
    """The arrays' names, in the order of the models."""


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
    identifiers = unique_identifiers(names or tuple(model.name for model in models))
    symbols = tuple(f"g_{identifier}_model_data" for identifier in identifiers)
    context = {
        "banner": banner_lines(models),
        "arrays": [
            {"symbol": symbol, "size_bytes": len(model.content), "sha256": model.sha256, "lines": _hex_lines(model.content)}
            for symbol, model in zip(symbols, models, strict=True)
        ],
        "guard": f"{c_identifier(stem).upper()}_H_",
        "header": f"{stem}.h",
        "plain_c": plain_c,
        "section": section,
    }
    array = ModelArray(folder / f"{stem}.h", folder / (f"{stem}.c" if plain_c else f"{stem}.cc"), symbols)
    write_text(array.header, render_text("common/model_data.h.j2", context))
    write_text(array.source, render_text("common/model_data.cc.j2", context))
    return array


def unique_identifiers(names: tuple[str, ...]) -> tuple[str, ...]:
    """Valid C identifiers for `names`, numbered where two would be the same."""
    taken: list[str] = []
    for name in names:
        base = identifier = c_identifier(name)
        number = 2
        while identifier in taken:
            identifier = f"{base}_{number}"
            number += 1
        taken.append(identifier)
    return tuple(taken)


def _hex_lines(content: bytes) -> list[str]:
    return [
        ", ".join(f"0x{byte:02x}" for byte in content[start : start + _BYTES_PER_LINE]) + ","
        for start in range(0, len(content), _BYTES_PER_LINE)
    ]
