"""Operators that a converter left in floating point inside an integer model: named, and refused where the user asks for it."""

from __future__ import annotations

from collections.abc import Sequence

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import Model, float_fallbacks
from mcu_toolkit.pipeline.workspace.progress import Progress

_SHOWN = 8


def float_fallback_note(model: Model) -> str | None:
    """`2 operators in floating point: op 3 NEG 'minus', ...`, or None for a model without any."""
    fallbacks = float_fallbacks(model)
    if not fallbacks:
        return None
    count = "1 operator" if len(fallbacks) == 1 else f"{len(fallbacks)} operators"
    more = f" and {len(fallbacks) - _SHOWN} more" if len(fallbacks) > _SHOWN else ""
    return f"{count} in floating point: {', '.join(fallbacks[:_SHOWN])}{more}"


def report_float_fallbacks(models: Sequence[Model], progress: Progress, *, strict_int: bool) -> None:
    """Tell the user of every fallback; with `strict_int` raise UnsupportedModelError, naming them all."""
    for model in models:
        note = float_fallback_note(model)
        if note is None:
            continue
        if strict_int:
            raise UnsupportedModelError(
                f"the converter left operators in floating point: {', '.join(float_fallbacks(model))}",
                on=model.name,
                expected="integers only (--strict-int)",
                hint="replace these layers (ReLU instead of ELU, x * -1 instead of -x), or leave out --strict-int: float kernels run them",
            )
        progress.note(f"{model.name}: {note}")
