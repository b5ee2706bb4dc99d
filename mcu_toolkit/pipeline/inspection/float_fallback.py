"""Operators that a converter left in floating point inside an integer model: named, and refused where the user asks for it."""

from __future__ import annotations

from collections.abc import Sequence

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import Model, float_islands
from mcu_toolkit.pipeline.workspace.progress import Progress

_SHOWN = 8


def island_note(model: Model) -> str | None:
    """`2 operators in floating point: op 3 NEG 'minus', ...`, or None for a model without any."""
    islands = float_islands(model)
    if not islands:
        return None
    count = "1 operator" if len(islands) == 1 else f"{len(islands)} operators"
    more = f" and {len(islands) - _SHOWN} more" if len(islands) > _SHOWN else ""
    return f"{count} in floating point: {', '.join(islands[:_SHOWN])}{more}"


def name_islands(models: Sequence[Model], progress: Progress, *, strict_int: bool) -> None:
    """Tell the user of every island; with `strict_int` raise UnsupportedModelError, naming them all."""
    for model in models:
        note = island_note(model)
        if note is None:
            continue
        if strict_int:
            raise UnsupportedModelError(
                f"the converter left operators in floating point: {', '.join(float_islands(model))}",
                on=model.name,
                expected="integers only (--strict-int)",
                hint="replace these layers (ReLU instead of ELU, x * -1 instead of -x), or leave out --strict-int: float kernels run them",
            )
        progress.note(f"{model.name}: {note}")
