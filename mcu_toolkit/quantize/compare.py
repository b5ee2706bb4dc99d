"""One model under every scheme: the rows of the table of sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.frontend import AudioFrontend
from mcu_toolkit.quantize.convert import DEFAULT_OPTIONS, ConvertOptions
from mcu_toolkit.quantize.quantize import convert_opened, open_with_data
from mcu_toolkit.quantize.quantized_model import QuantizedModel
from mcu_toolkit.quantize.schemes import all_schemes, get_scheme
from mcu_toolkit.runners.isolated import work_folder


@dataclass(frozen=True)
class SchemeRow:
    """The model under one scheme; `refusal` says why there is none."""

    scheme: str
    kind: str
    model: QuantizedModel | None
    ratio_to_float: float | None
    """Size of the file over the size of the float32 file: 0.25 is a quarter.  None without either of them."""
    refusal: str | None = None

    @property
    def size_bytes(self) -> int | None:
        """Size of the .tflite file."""
        return None if self.model is None else self.model.size_bytes


def compare_schemes(
    source: Path,
    data: Path,
    folder: Path,
    *,
    schemes: Sequence[str] | None = None,
    options: ConvertOptions = DEFAULT_OPTIONS,
    preprocessing: Path | None = None,
    frontend: AudioFrontend | None = None,
    on_note: Callable[[str], None] | None = None,
) -> tuple[SchemeRow, ...]:
    """Convert `source` with every scheme (or those named) to `folder/<scheme>.tflite`; a row each, in the order of the table.

    A scheme that does not take the model is a row with a `refusal`, not an error.  Raises what `quantize_model` raises
    about source, data and folder.
    """
    names = [scheme.name for scheme in all_schemes()] if schemes is None else schemes
    chosen = [get_scheme(name) for name in names]
    results: list[tuple[QuantizedModel | None, str | None]] = []
    with work_folder() as work:
        opened = open_with_data(source, data, work, preprocessing, frontend)
        for note in opened.notes:
            if on_note is not None:
                on_note(note)
        for scheme in chosen:
            try:
                results.append((convert_opened(opened, scheme, folder / f"{scheme.name}.tflite", options), None))
            except UnsupportedModelError as error:
                results.append((None, error.what))
    made_of = {scheme.name: made for scheme, (made, _) in zip(chosen, results, strict=True) if made is not None}
    rows = [SchemeRow(scheme.name, scheme.kind, None, None, refusal) for scheme, (_, refusal) in zip(chosen, results, strict=True)]
    return with_models(rows, made_of)


def with_models(rows: Sequence[SchemeRow], made: Mapping[str, QuantizedModel]) -> tuple[SchemeRow, ...]:
    """`rows` with the models of `made`, by scheme, and with what their sizes are to that of the float32 model."""
    float_bytes = made["float32"].size_bytes if "float32" in made else None
    ratios = {scheme: model.size_bytes / float_bytes for scheme, model in made.items() if float_bytes}
    return tuple(replace(row, model=made.get(row.scheme), ratio_to_float=ratios.get(row.scheme)) for row in rows)
