"""A model with operators of our own, piece by piece: the Python reference for these, TFLM's interpreter for what lies between."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import RunResult
from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import Model, Op, parse_model, resets_first, resetting
from mcu_toolkit.model.own_operators import OWN_OPERATORS, has_own_operators
from mcu_toolkit.optional_packages import require
from mcu_toolkit.runners import roles
from mcu_toolkit.runners.reference.arithmetic import Integers
from mcu_toolkit.runners.reference.recurrent import initial_state, run_sequences
from mcu_toolkit.runners.samples import checked_inputs, empty_outputs
from mcu_toolkit.runners.tflm import TflmRunner
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.passes.check import check_operator
from mcu_toolkit.runtimes.tensor_order import check_order

Arrays = dict[int, npt.NDArray[Any]]
"""By tensor, [samples, *shape of a sample]."""


@dataclass(frozen=True, eq=False)
class _Piece:
    """Operators in a row that TFLM runs: a model of its own with the same tensors."""

    ops: tuple[Op, ...]
    """Of the whole model."""
    model: Model
    runner: TflmRunner


class ReferenceRunner:
    """Runs a model whose first graph has operators of `model.own_operators`."""

    name = roles.REFERENCE

    def __init__(self, model: Model) -> None:
        """Raises ToolError where a package is missing, UnsupportedModelError for operators that are not as `mcu quantize` writes them.

        The same where TFLM's interpreter refuses what is between them.
        """
        _require_own_operators_are_sound(model)
        require(("ai_edge_litert", "flatbuffers"), "running a model with operators of the toolkit's own in parts")
        self._model = model
        self._steps: list[_Piece | Op] = []
        self._states: dict[int, Integers] = {}
        waiting: list[Op] = []
        try:
            for op in model.main.ops:
                if op.custom_name in OWN_OPERATORS:
                    self._add_piece(waiting)
                    self._steps.append(op)
                    waiting = []
                else:
                    waiting.append(op)
            self._add_piece(waiting)
        except BaseException:
            self.close()
            raise
        self.reset()

    def run(self, inputs: Sequence[npt.NDArray[Any]]) -> RunResult:
        """Run every sample in order; see `Runner.run`."""
        values = self._values(inputs, traced=False)
        outputs = empty_outputs(self._model, len(inputs[0]))
        for array, tensor in zip(outputs, self._model.outputs, strict=True):
            array[...] = values[tensor.index]
        return RunResult(self.name, outputs)

    def trace(self, inputs: Sequence[npt.NDArray[Any]]) -> Mapping[int, npt.NDArray[Any]]:
        """The outputs of every operator after the last sample, by tensor, each in the tensor's shape.  State starts again."""
        tensors = self._model.main.tensors
        return {index: array[-1].reshape(tensors[index].shape) for index, array in self._made(inputs).items()}

    def digests(self, inputs: Sequence[npt.NDArray[Any]]) -> Mapping[int, npt.NDArray[np.uint32]]:
        """The CRC-32 of the bytes of the same tensors after each sample: [samples] by tensor.  State starts again."""
        made = self._made(inputs)
        return {index: np.array([zlib.crc32(one.tobytes()) for one in array], np.uint32) for index, array in made.items()}

    def reset(self) -> None:
        """Return state to its initial values."""
        for step in self._steps:
            if isinstance(step, _Piece):
                step.runner.reset()
            else:
                self._states[step.index] = initial_state(self._model.main, step)

    def close(self) -> None:
        """End the child processes."""
        for step in self._steps:
            if isinstance(step, _Piece):
                step.runner.close()

    def _made(self, inputs: Sequence[npt.NDArray[Any]]) -> Arrays:
        self.reset()
        values = self._values(inputs, traced=True)
        return {index: values[index] for op in self._model.main.ops for index in op.outputs if index in values}

    def _values(self, inputs: Sequence[npt.NDArray[Any]], *, traced: bool) -> Arrays:
        """Every tensor that is read later; with `traced` every operator's outputs."""
        values: Arrays = dict(zip(self._model.main.inputs, checked_inputs(self._model, inputs), strict=True))
        for step in self._steps:
            if isinstance(step, _Piece):
                values |= self._run(step, values, traced=traced)
            else:
                values[step.outputs[0]] = self._own(step, values[step.inputs[0]])
        return values

    def _run(self, piece: _Piece, values: Arrays, *, traced: bool) -> Arrays:
        given = [values[index] for index in piece.model.main.inputs]
        if not traced:
            return dict(zip(piece.model.main.outputs, piece.runner.run(given).outputs, strict=True))
        made = [index for op in piece.ops for index in op.outputs]
        whole = parse_model(_part(self._model, piece.ops, piece.model.main.inputs, made), self._model.name)
        with closing(TflmRunner(whole)) as runner:
            return dict(zip(made, runner.run(given).outputs, strict=True))

    def _own(self, op: Op, x: npt.NDArray[Any]) -> npt.NDArray[np.int8]:
        """All samples at a time where each begins with the initial state, else one after the other."""
        graph, first = self._model.main, self._states[op.index]
        sequences = x.reshape(len(x), *graph.tensors[op.inputs[0]].shape[1:])
        if resets_first(self._model):
            return run_sequences(graph, op, sequences, np.repeat(initial_state(graph, op), len(x), axis=0))[0]
        results = []
        for sample in sequences:
            result, first = run_sequences(graph, op, sample[np.newaxis], first)
            results.append(result[0])
        self._states[op.index] = first
        return np.stack(results)

    def _add_piece(self, ops: Sequence[Op]) -> None:
        if not ops:
            return
        graph = self._model.main
        made = {index for op in ops for index in op.outputs}
        read = {index for op in ops for index in op.inputs if index >= 0}
        inside = {op.index for op in ops}
        elsewhere = {index for op in graph.ops if op.index not in inside for index in op.inputs} | set(graph.outputs)
        inputs = [i for i in sorted(read - made) if not graph.tensors[i].is_constant and not graph.tensors[i].is_variable]
        model = parse_model(_part(self._model, ops, inputs, sorted(made & elsewhere)), self._model.name)
        self._steps.append(_Piece(tuple(ops), model, TflmRunner(model)))


def _require_own_operators_are_sound(model: Model) -> None:
    """By the constraints of the compiler, which has the same operators: files of others may hold anything under these names."""
    own = [op for op in model.main.ops if op.custom_name in OWN_OPERATORS]
    findings = [*check_order(model.main, lambda op: op.custom_name in OWN_OPERATORS)]
    findings += filter(None, (check_operator(OpView(model.main, op, model.graphs)) for op in own))
    if findings:
        listed = "; ".join(map(str, findings[:8]))
        raise UnsupportedModelError(f"the reference cannot run this model: {listed}", on=model.name, hint=findings[0].remedy)
    computed = {*model.main.inputs, *(index for op in model.main.ops for index in op.outputs)}
    stored = next((op for op in own if op.inputs[0] not in computed), None)
    if stored is not None:
        what = f"op {stored.index} {stored.custom_name}: its input is a constant or a variable"
        raise UnsupportedModelError(f"the reference cannot run this model: {what}", on=model.name, expected="an input that is computed")


def _part(model: Model, ops: Sequence[Op], inputs: Sequence[int], outputs: Sequence[int]) -> bytes:
    """The file with only `ops`, from and to these tensors."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    part: Any = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model.content, 0))
    part.signatureDefs, part.metadata, part.metadataBuffer = None, None, None
    graph = part.subgraphs[0]
    numbers = {op.index for op in ops}
    graph.operators = [one for number, one in enumerate(graph.operators) if number in numbers]
    graph.inputs, graph.outputs = np.asarray(inputs, np.int32), np.asarray(outputs, np.int32)
    builder = flatbuffers.Builder(1024)
    builder.Finish(part.Pack(builder), b"TFL3")
    content = bytes(builder.Output())
    return resetting(content) if resets_first(model) else content


def golden_interpreter(model: Model) -> TflmRunner | ReferenceRunner:
    """The runner, started; raises what the two classes raise.  Both need the package tflite_micro."""
    return ReferenceRunner(model) if has_own_operators(model) else TflmRunner(model)


def golden_interpreter_name(model: Model) -> str:
    """Its name in results."""
    return roles.REFERENCE if has_own_operators(model) else roles.GOLDEN
