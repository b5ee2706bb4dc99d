"""`mcu.quantize`, `mcu.compare_schemes`, `mcu.explain`: from a float model to integers, and what that costs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mcu_toolkit.api.given import Data, StrPath, data_file, path_of, shown_by, words_of

if TYPE_CHECKING:
    from mcu_toolkit.pipeline.inspection.explain import ExplainResult
    from mcu_toolkit.pipeline.quantize import QuantizeResult, SchemesResult
    from mcu_toolkit.pipeline.workspace.progress import Progress
    from mcu_toolkit.pipeline.workspace.step_result import StepResult


def quantize(
    model: StrPath,
    output: StrPath,
    *,
    data: Data | None = None,
    scheme: str = "int8",
    keep_float: str | Sequence[str] = (),
    layer_schemes: str | Sequence[str] = (),
    per_tensor_dense: bool = False,
    allow_float_fallbacks: bool = False,
    preprocessing: StrPath | None = None,
    frontend: str | None = None,
    qat_epochs: int = 0,
    strict: bool = False,
    force: bool = False,
    progress: Progress | None = None,
) -> StepResult[QuantizeResult]:
    """Convert a float model (.keras, .h5, SavedModel, .onnx, .pt2, float .tflite) to the .tflite file `output`, by default full int8.

    `data` is the representative set: `x_rep` (else `x`) [samples, *shape], real values as the float model takes them.
    `layer_schemes` are `LAYER=SCHEME`; `keep_float` names layers that stay in floating point.  `qat_epochs`: epochs of
    quantization-aware training before.  The golden vectors of the new model are written beside it.

    Raises InputError for a model or data that cannot be used, NotSatisfiedError for data with findings where `strict`, ToolError
    without TensorFlow.
    """
    from mcu_toolkit.pipeline import quantize as step

    with data_file(data) as file:
        request = step.QuantizeRequest(
            source=Path(model),
            data=file,
            output=Path(output),
            scheme=scheme,
            per_tensor_dense=per_tensor_dense,
            allow_float_fallbacks=allow_float_fallbacks,
            preprocessing=path_of(preprocessing),
            strict=strict,
            qat_epochs=qat_epochs,
            keep_float=words_of(keep_float),
            layer_schemes=words_of(layer_schemes),
            frontend=frontend,
        )
        return step.quantize(request, shown_by(progress), force=force)


def compare_schemes(
    model: StrPath,
    output: StrPath,
    *,
    data: Data | None,
    keep_float: str | Sequence[str] = (),
    layer_schemes: str | Sequence[str] = (),
    per_tensor_dense: bool = False,
    allow_float_fallbacks: bool = False,
    preprocessing: StrPath | None = None,
    frontend: str | None = None,
    board: str | None = None,
    runtime: str | None = None,
    port: str | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> StepResult[SchemesResult]:
    """Convert a float model under every scheme, into the folder `output`, with a chart of size against accuracy, `schemes.png`.

    `data` has the representative set and the test samples (`x`, `y`).  With `board` (an id or a .toml file) each is also built
    for that board and run there; the result says no where the board computes something else.
    """
    from mcu_toolkit.boards import custom_board_file, load_board
    from mcu_toolkit.pipeline import quantize as step
    from mcu_toolkit.pipeline.scheme_costs import OnBoard

    where = None if board is None else OnBoard(load_board(board), runtime, port, custom_board_file(board))
    with data_file(data) as file:
        request = step.QuantizeRequest(
            source=Path(model),
            data=file,
            output=Path(output),
            per_tensor_dense=per_tensor_dense,
            allow_float_fallbacks=allow_float_fallbacks,
            preprocessing=path_of(preprocessing),
            keep_float=words_of(keep_float),
            layer_schemes=words_of(layer_schemes),
            frontend=frontend,
        )
        return step.compare(request, shown_by(progress), force=force, where=where)


def explain(
    model: StrPath,
    data: Data,
    *,
    scheme: str = "int8",
    per_tensor_dense: bool = False,
    keep_float: str | Sequence[str] = (),
    layer_schemes: str | Sequence[str] = (),
    progress: Progress | None = None,
) -> StepResult[ExplainResult]:
    """Quantize a float model and measure layer by layer what that costs; names the layer that loses most, with a remedy.

    `data` has the representative set `x_rep` and the test samples `x`, both [samples, *shape].
    """
    from mcu_toolkit.pipeline.inspection.explain import explain as run

    with data_file(data) as file:
        assert file is not None
        return run(
            Path(model),
            file,
            shown_by(progress),
            scheme=scheme,
            per_tensor_dense=per_tensor_dense,
            keep_float=words_of(keep_float),
            layer_schemes=words_of(layer_schemes),
        )
