"""`mcu.inspect`, `mcu.fit`, `mcu.predict`: what is in a model, where it fits, and what it says."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from mcu_toolkit.api.given import Arrays, StrPath, data_file, limits_among, path_of, paths_of, shown_by, words_of

if TYPE_CHECKING:
    from mcu_toolkit.pipeline.inspection.fit import FitResult
    from mcu_toolkit.pipeline.inspection.inspect import InspectResult
    from mcu_toolkit.pipeline.predict import PredictResult
    from mcu_toolkit.pipeline.workspace.progress import Progress
    from mcu_toolkit.pipeline.workspace.step_result import StepResult
    from mcu_toolkit.report import Limits
    from mcu_toolkit.runtimes import RuntimeOptions

Inputs: TypeAlias = "StrPath | float | Sequence[StrPath | float] | Sequence[Sequence[float]] | Arrays"


def inspect(model: StrPath, *, board: str | None = None, options: RuntimeOptions | None = None) -> StepResult[InspectResult]:
    """Kind, inputs and outputs, operators, work and weights of a .tflite (or of a project with one), and which runtimes take it.

    `board` decides kernels and memory (default: the project's, else netduinoplus2).  `options`: what the aot runtime's memory
    would be with another goal or limit.  Raises InputError for what is no such model.
    """
    [found] = inspect_each(model, board=board, options=options, one=True)
    return found


def inspect_each(
    model: StrPath, *, board: str | None = None, options: RuntimeOptions | None = None, brief: bool = False, one: bool = False
) -> list[StepResult[InspectResult]]:
    """The same for every model of a project; with `one` raises InputError where there are several.

    `brief`: operators are counted, not listed, in what is printed.
    """
    from mcu_toolkit.pipeline.inspection.inspect import inspect as look_at
    from mcu_toolkit.pipeline.workspace.inputs import open_subject

    subject = open_subject(Path(model))
    models = (subject.model,) if one else subject.models
    return [look_at(each, subject.board(board), options, brief=brief) for each in models]


def fit(
    models: StrPath | Sequence[StrPath],
    *,
    board: str | Sequence[str] = (),
    family: str | None = None,
    every_board: bool = False,
    together: bool = False,
    runtime: str | None = None,
    scheme: str | None = None,
    options: RuntimeOptions | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> StepResult[FitResult]:
    """Predict flash, arena, stack and cycles of each model on each board, and say what would make it fit; nothing is built.

    Without `board` (ids or .toml files) and `family` (`stm32,esp32`) on every board that is shipped.  `together`: one firmware with
    all models.  A float model is looked at under `scheme`, else under each that boards run.  The result says no where a board
    that is named in `board` has no runtime that fits.  `limits`: flash, ram, arena, stack, cycles.
    """
    from mcu_toolkit.pipeline.inspection.catalogue import chosen_boards
    from mcu_toolkit.pipeline.inspection.fit import FitRequest
    from mcu_toolkit.pipeline.inspection.fit import fit as decide
    from mcu_toolkit.pipeline.schemes_to_fit import models_to_fit
    from mcu_toolkit.report.measures import OF_A_PREDICTION
    from mcu_toolkit.runtimes import RuntimeOptions

    named = words_of(board)
    boards = chosen_boards(named, family, every=every_board)
    accepted = limits_among(limits, OF_A_PREDICTION)
    found = models_to_fit(paths_of(models), scheme, shown_by(progress).note, together=together)
    return decide(
        FitRequest(
            models=found,
            boards=boards,
            runtimes=() if runtime is None else (runtime,),
            choices=options or RuntimeOptions(),
            must_fit=frozenset(one.id for one in chosen_boards(named, None, every=False)) if named else frozenset(),
            limits=accepted,
            together=together,
        )
    )


def predict(
    model: StrPath,
    inputs: Inputs = (),
    *,
    on: str | Sequence[str] = (),
    board: str | None = None,
    runtime: str | None = None,
    port: str | None = None,
    keras: StrPath | None = None,
    preprocessing: StrPath | None = None,
    frontend: str | None = None,
    labels: StrPath | None = None,
    details: bool = False,
    progress: Progress | None = None,
) -> StepResult[PredictResult]:
    """Run a model (.tflite, .keras, a project) on a few inputs; outputs are real values, with class, label and probability.

    `inputs` are numbers, files (pictures, folders of them, .wav, .npz, .npy, .csv), an array [samples, *shape] of real values, or
    arrays by the name of the input (`x_<input>`).  `on` names runners: keras, litert, tflm, aot-host, device; the first one
    answers, and the result says no where one of several could not run.

    Raises InputError for what is no input, UnknownNameError for a runner that there is not.
    """
    from mcu_toolkit.pipeline.predict import PredictRequest
    from mcu_toolkit.pipeline.predict import predict as run

    with ExitStack() as stack:
        request = PredictRequest(
            model=Path(model),
            words=_words(inputs, stack),
            on=words_of(on),
            board=board,
            runtime=runtime,
            port=port,
            keras=path_of(keras),
            preprocessing=path_of(preprocessing),
            frontend=frontend,
            labels=path_of(labels),
            details=details,
        )
        shown_by(progress).stage(f"running {request.model}")
        return run(request, shown_by(progress))


def _words(inputs: Any, stack: ExitStack) -> tuple[str, ...]:
    """`Inputs` as the command line has them; arrays are in a file until `stack` ends."""
    if isinstance(inputs, (str, os.PathLike)):
        return (os.fspath(inputs),)
    if isinstance(inputs, Real):  # a number of numpy has a shape, too
        return (repr(float(inputs)),)
    is_array = isinstance(inputs, Mapping) or hasattr(inputs, "dtype")
    if is_array or any(isinstance(one, (list, tuple)) for one in inputs):
        return (str(stack.enter_context(data_file(inputs if is_array else {"x": inputs}))),)
    return tuple(os.fspath(one) if isinstance(one, (str, os.PathLike)) else repr(float(one)) for one in inputs)
