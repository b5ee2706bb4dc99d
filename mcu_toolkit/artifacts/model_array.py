"""The .tflite as C arrays: what `common/model_data.h.j2` and `common/model_data.cc.j2` are rendered with.

Names follow TensorFlow Lite Micro's own `generate_cc_arrays`: `g_<name>_model_data`, `g_<name>_model_data_size`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mcu_toolkit.artifacts.contract import names_in_keras
from mcu_toolkit.model import Model, c_identifier, input_names, output_names

_BYTES_PER_LINE = 16
_NAME_LENGTH = 80
_NO_COMMENT_TEXT = re.compile(r"[^A-Za-z0-9 ._\-:,;\[\]()/]")
"""What could end a comment or a line."""


def array_symbols(names: Sequence[str]) -> tuple[str, ...]:
    """The arrays' names: `g_<identifier>_model_data`."""
    return tuple(f"g_{identifier}_model_data" for identifier in unique_identifiers(names))


def array_context(
    models: Sequence[Model], symbols: Sequence[str], *, stem: str = "model_data", plain_c: bool = False, section: str = ""
) -> Mapping[str, Any]:
    """Variables of both templates; `section` puts the arrays into a linker section.  The banner comes from elsewhere."""
    return {
        "arrays": [
            {
                "symbol": symbol,
                "size_bytes": len(model.content),
                "sha256": model.sha256,
                "ports": _port_lines(model),
                "lines": _hex_lines(model.content),
            }
            for symbol, model in zip(symbols, models, strict=True)
        ],
        "guard": f"{c_identifier(stem).upper()}_H_",
        "header": f"{stem}.h",
        "plain_c": plain_c,
        "section": section,
    }


def unique_identifiers(names: Sequence[str]) -> tuple[str, ...]:
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


def _port_lines(model: Model) -> list[str]:
    """What the inputs and outputs are called, for a comment."""
    in_keras = names_in_keras(model)
    found = []
    for kind, names, keras_names in (("Input", input_names(model), in_keras.inputs), ("Output", output_names(model), in_keras.outputs)):
        for number, (name, keras_name) in enumerate(zip(names, keras_names, strict=True)):
            also = "" if keras_name in (None, name) else f" (in Keras {_NO_COMMENT_TEXT.sub('_', keras_name or '')[:_NAME_LENGTH]})"
            found.append(f"{kind} {number}: {name[:_NAME_LENGTH]}{also}")
    return found


def _hex_lines(content: bytes) -> list[str]:
    return [
        ", ".join(f"0x{byte:02x}" for byte in content[start : start + _BYTES_PER_LINE]) + ","
        for start in range(0, len(content), _BYTES_PER_LINE)
    ]
