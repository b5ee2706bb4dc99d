"""The Keras model without its recurrent layers.

While the model is traced, each recurrent layer notes what it is called with and gives back an input of the traced function in
place of what it computes.  TensorFlow's converter so sees a model without loops, with an input more for each layer, and an
output more.  Whatever surrounds the layers, functional models, nested ones, wrappers such as Bidirectional, is Keras' own code.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcu_toolkit.quantize.recurrent.layer import RecurrentParts, described, recurrent_layers, why_not_fused, write_weights
from mcu_toolkit.quantize.signatures import SIGNATURE
from mcu_toolkit.system.files import make_folder
from mcu_toolkit.tensorflow_loader import load_tensorflow, quiet

Call = Callable[..., dict[str, Any]]
"""The model as a function of its inputs; the outputs by their names."""
_TAKEN, _GIVEN = "recurrent_{}_takes", "recurrent_{}_gives"


class _Calls:
    """The calls of recurrent layers while one function is traced."""

    def __init__(self) -> None:
        self.layers: list[Any] = []
        self.taken: list[Any] = []
        self.refusals: list[str] = []

    def note(self, layer: Any, sequences: Any, state: Any, mask: Any) -> int:
        """Returns the number of the call."""
        reason = why_not_fused(layer, tuple(sequences.shape), state, mask)
        if reason:
            self.refusals.append(reason)
        self.layers.append(layer)
        self.taken.append(sequences)
        return len(self.layers) - 1


def cut_at_recurrent_layers(model: Any, call: Call, specs: Sequence[Any], work: Path) -> RecurrentParts | None:
    """`model` in parts, written below `work`; None where it has no layers that would become loops.

    `call` is the model, `specs` its inputs with a batch of 1 (TensorSpecs).  Raises whatever a layer raises while it is traced.
    """
    layers = recurrent_layers(model)
    if not layers:
        return None
    tensorflow, folder = load_tensorflow(), make_folder(work / "recurrent")
    calls = _Calls()

    def traced(*arguments: Any) -> Any:
        with _hooked(layers, lambda original, number, arguments: original(*arguments[0], **arguments[1]), calls):
            return call(*arguments)

    with quiet():
        tensorflow.function(traced, autograph=False).get_concrete_function(*specs)
    refusals = [*calls.refusals, *_together(calls.layers)]
    if refusals:
        return RecurrentParts(refusal="; ".join(dict.fromkeys(refusals)))
    found = tuple(described(layer, tuple(taken.shape)) for layer, taken in zip(calls.layers, calls.taken, strict=True))
    names = {spec.name for spec in specs}
    mark = "" if not any("recurrent_" in name for name in names) else "_".join(["own", *names, ""])  # no input is called so
    taken = tuple(mark + _TAKEN.format(number) for number in range(len(found)))
    given = tuple(mark + _GIVEN.format(number) for number in range(len(found)))
    write_weights(folder / "weights.npz", calls.layers)
    sequences = [tensorflow.TensorSpec((1, one.steps, one.units), "float32", name=name) for one, name in zip(found, given, strict=True)]
    traced_model = _Traced(model, call, tuple(layers), taken)
    _write(traced_model, _rest(traced_model, len(specs)), [*specs, *sequences], folder / "rest")
    batch = 1 if any(one.stateful for one in found) or model.inputs[0].shape[0] is not None else None
    open_specs = [tensorflow.TensorSpec((batch, *spec.shape[1:]), spec.dtype, name=spec.name) for spec in specs]
    _write(traced_model, _observed(traced_model), open_specs, folder / "observed")
    return RecurrentParts(found, taken, given, folder / "rest", folder / "observed", folder / "weights.npz")


def _together(layers: Sequence[Any]) -> Iterator[str]:
    """What is wrong with the layers of one model together."""
    keeping = [layer.stateful for layer in layers]
    if any(keeping) and not all(keeping):
        yield f"stateful=True in some recurrent layers and not in others ('{layers[keeping.index(False)].name}')"
    for layer in layers:
        if layer.stateful and layers.count(layer) > 1:
            yield f"layer '{layer.name}' keeps its state and is called more than once"


@dataclass(frozen=True)
class _Traced:
    """A Keras model, as a function too, its recurrent layers and the names of what they take."""

    model: Any
    call: Call
    layers: tuple[Any, ...]
    taken: tuple[str, ...]


def _rest(traced: _Traced, count: int) -> Callable[..., Any]:
    """The model without the layers: `count` inputs, and behind them what each layer gives."""

    def rest(*arguments: Any) -> Any:
        calls, given = _Calls(), arguments[count:]
        with _hooked(traced.layers, lambda original, number, _: _result(calls.layers[number], given[number]), calls):
            return traced.call(*arguments[:count]) | dict(zip(traced.taken, calls.taken, strict=True))

    return rest


def _result(layer: Any, sequence: Any) -> Any:
    """What `layer` gives of what it computed, step by step."""
    return sequence if layer.return_sequences else sequence[:, -1, :]


def _observed(traced: _Traced) -> Callable[..., Any]:
    """The whole model, giving what the layers take and what they make of it."""

    def observed(*arguments: Any) -> Any:
        calls, results = _Calls(), []

        def compute(original: Any, number: int, arguments: Any) -> Any:
            results.append(original(*arguments[0], **arguments[1]))
            return results[-1]

        with _hooked(traced.layers, compute, calls):
            traced.call(*arguments)
        made = {f"{name}_result": one for name, one in zip(traced.taken, results, strict=True)}
        return made | dict(zip(traced.taken, calls.taken, strict=True))

    return observed


def _write(traced: _Traced, function: Any, specs: Sequence[Any], folder: Path) -> None:
    with quiet():
        archive = load_tensorflow().keras.export.ExportArchive()
        archive.track(traced.model)
        archive.add_endpoint(SIGNATURE, function, input_signature=list(specs))
        archive.write_out(str(folder), verbose=False)


@contextlib.contextmanager
def _hooked(layers: Sequence[Any], give: Callable[[Any, int, Any], Any], calls: _Calls) -> Iterator[None]:
    """`give(original, number of the call, (args, kwargs))` in place of the layers' own computation."""

    def hook(layer: Any) -> Callable[..., Any]:
        original = layer.call

        def call(sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False) -> Any:
            number = calls.note(layer, sequences, initial_state, mask)
            return give(original, number, ((sequences,), {"initial_state": initial_state, "mask": mask, "training": training}))

        return call

    for layer in layers:
        object.__setattr__(layer, "call", hook(layer))
    try:
        yield
    finally:
        for layer in layers:
            object.__delattr__(layer, "call")
