"""The .tflite as C arrays: what `common/model_data.h.j2` and `common/model_data.cc.j2` are rendered with.

Names follow TensorFlow Lite Micro's own `generate_cc_arrays`: `g_<name>_model_data`, `g_<name>_model_data_size`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mcu_toolkit.artifacts.code_names import unique_names
from mcu_toolkit.artifacts.contract import names_in_keras
from mcu_toolkit.model import Model, c_identifier, input_names, output_names
from mcu_toolkit.system.sinks import c_comment, c_section

_BYTES_PER_LINE = 16


def array_symbols(names: Sequence[str]) -> tuple[str, ...]:
    """The arrays' names: `g_<identifier>_model_data`, no two equal without regard to case."""
    return tuple(f"g_{identifier}_model_data" for identifier in unique_names(names))


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
        "section": c_section(section) if section else "",
    }


def _port_lines(model: Model) -> list[str]:
    """What the inputs and outputs are called, for a comment."""
    in_keras = names_in_keras(model)
    found = []
    for kind, names, keras_names in (("Input", input_names(model), in_keras.inputs), ("Output", output_names(model), in_keras.outputs)):
        for number, (name, keras_name) in enumerate(zip(names, keras_names, strict=True)):
            also = "" if keras_name in (None, name) else f" (in Keras {c_comment(keras_name or '')})"
            found.append(f"{kind} {number}: {c_comment(name)}{also}")
    return found


def _hex_lines(content: bytes) -> list[str]:
    return [
        ", ".join(f"0x{byte:02x}" for byte in content[start : start + _BYTES_PER_LINE]) + ","
        for start in range(0, len(content), _BYTES_PER_LINE)
    ]
