"""Which runtime takes a model: decided in one place for `inspect`, `deploy`, `generate`, `quantize` and hints.

A runtime's own check reads its tables.  One that is an interpreter is asked itself too where it runs on this machine, because no
table knows all that its kernels refuse.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from contextlib import closing

import numpy as np

from mcu_toolkit.artifacts import Incompatibility
from mcu_toolkit.boards import Board
from mcu_toolkit.errors import McuError, UnsupportedModelError
from mcu_toolkit.model import ByContent, Model, kind_of
from mcu_toolkit.runners import TflmRunner, tflm_is_installed
from mcu_toolkit.runners.samples import numpy_dtype, sample_shape
from mcu_toolkit.runners.tflm import AbortedError, CrashedError, RefusedError
from mcu_toolkit.runtimes import Runtime, all_runtimes, get_runtime

_CACHED_MODELS = 32


def findings_of(runtime: Runtime, model: Model, board: Board) -> Sequence[Incompatibility]:
    """Every reason why `runtime` cannot run `model` on `board`; empty where it can."""
    findings = runtime.check(model, board)
    if findings or not runtime.traits.interpreter:
        return findings
    reason = _refusal(ByContent(model))
    if reason is None:
        return ()
    return (
        Incompatibility(
            "model", reason, f"a model that {runtime.traits.interpreter}'s interpreter takes", "change or leave out that layer"
        ),
    )


def other_runtimes(refusing: Runtime, model: Model, board: Board) -> tuple[str, ...]:
    """The runtimes that take the model where `refusing` does not."""
    if not kind_of(model).runs_on_boards:
        return ()
    others = (runtime for runtime in all_runtimes() if runtime.name != refusing.name)
    return tuple(runtime.name for runtime in others if _takes(runtime, model, board))


def other_runtimes_hint(refusing: Runtime, model: Model, board: Board) -> str | None:
    """What to try instead of `refusing`; None where no other runtime takes the model."""
    names = other_runtimes(refusing, model, board)
    if not names:
        return None
    needs = get_runtime(names[0]).needs(board)
    return f"--runtime {names[0]}, which takes it{f'; it needs {needs}' if needs else ''}"


def _takes(runtime: Runtime, model: Model, board: Board) -> bool:
    try:
        if findings_of(runtime, model, board):
            return False
    except McuError:  # a library that cannot be used
        return False
    return not runtime.traits.interpreter or not _aborts(ByContent(model))


def _refusal(key: ByContent) -> str | None:
    """What TFLM's interpreter has against the model: what it says, or that it crashes.

    An abort is not among that: it may depend on the values, and other values are the user's to give.
    """
    error = _error_over_zeros(key)
    return None if error is None or isinstance(error, AbortedError) else error.what


def _aborts(key: ByContent) -> bool:
    return isinstance(_error_over_zeros(key), AbortedError)


@functools.lru_cache(maxsize=_CACHED_MODELS)
def _error_over_zeros(key: ByContent) -> McuError | None:
    """How TFLM's interpreter fails, at start-up or in an inference over zeros; None where it does not, or is not here."""
    if not tflm_is_installed():
        return None
    model = key.model
    try:
        with closing(TflmRunner(model)) as runner:
            runner.run([np.zeros((1, *sample_shape(tensor)), numpy_dtype(tensor)) for tensor in model.inputs])
    except (UnsupportedModelError, RefusedError, AbortedError, CrashedError) as failed:
        return failed
    except McuError:
        return None
    return None
