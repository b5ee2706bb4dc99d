"""A GRU or SimpleRNN as a custom operator of this toolkit; operands as docs/reference/recurrent-operators.md has them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model.own_operators import GRU, SIMPLE_RNN, RecurrentOptions
from mcu_toolkit.quantize.recurrent.lstm import add_bias, int8_weights
from mcu_toolkit.quantize.recurrent.observe import Observed
from mcu_toolkit.quantize.recurrent.tflite_graph import Scale, TfliteGraph

_STATE = Scale(2.0**-15)
_GRU_GATES = ("update", "reset", "candidate")


def add_gru(graph: TfliteGraph, seen: Observed, source: int, result: int) -> None:
    """MCU_GRU from the int8 tensor `source` to `result`."""
    layer = seen.layer
    operands = _operands(graph, seen, source, result, _GRU_GATES)
    state = graph.tensor(f"{layer.name}/state", [1, layer.units], "int16", _STATE, is_variable=True)
    options = RecurrentOptions(layer.go_backwards, layer.reset_after).encoded()
    graph.operator(GRU, [source, *operands, state], [result], custom_options=options)


def add_simple_rnn(graph: TfliteGraph, seen: Observed, source: int, result: int) -> None:
    """MCU_SIMPLE_RNN from the int8 tensor `source` to `result`."""
    layer = seen.layer
    kernel, recurrent, bias, _ = _operands(graph, seen, source, result, ("only",))
    state = graph.tensor(f"{layer.name}/state", [1, layer.units], "int8", graph.scale(result), is_variable=True)
    options = RecurrentOptions(layer.go_backwards).encoded()
    graph.operator(SIMPLE_RNN, [source, kernel, recurrent, bias, state], [result], custom_options=options)


def _operands(graph: TfliteGraph, seen: Observed, source: int, result: int, gates: tuple[str, ...]) -> list[int]:
    """Kernels, recurrent weights, biases, recurrent biases: of each one a gate."""
    taken, given = graph.scale(source), graph.scale(result)
    assert taken is not None
    assert given is not None
    weights = seen.weights

    def matrices(what: str, values: npt.NDArray[np.float32]) -> list[tuple[int, float]]:
        found = []
        for name, gate in zip(gates, np.split(values, len(gates), axis=1), strict=True):
            stored, scale = int8_weights(gate.T)
            found.append((graph.tensor(f"{seen.layer.name}/{name}/{what}", stored.shape, "int8", Scale(scale), stored), scale))
        return found

    def biases(what: str, values: npt.NDArray[np.float32], scales: list[float]) -> list[int]:
        parts = zip(gates, np.split(values, len(gates)), scales, strict=True)
        return [add_bias(graph, f"{seen.layer.name}/{name}/{what}", part, scale) for name, part, scale in parts]

    kernels, recurrent = matrices("kernel", weights.kernel), matrices("recurrent", weights.recurrent)
    from_input = biases("bias", weights.bias, [taken.scale * scale for _, scale in kernels])
    from_hidden = biases("recurrent_bias", weights.recurrent_bias, [given.scale * scale for _, scale in recurrent])
    return [*(tensor for tensor, _ in (*kernels, *recurrent)), *from_input, *from_hidden]
