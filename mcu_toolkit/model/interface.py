"""What a model's inputs and outputs are called.  Everything that matches them does so by these names, never by position:
converters put inputs and outputs into an order of their own.
"""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from mcu_toolkit.errors import InputError
from mcu_toolkit.model.graph import Model, Signature, Tensor

_MAIN = 0
_PREFERRED = "serving_default"
_INPUT_PREFIX = "serving_default_"
"""What TensorFlow's converter puts in front of the name of an input."""
_POSITION = re.compile(r":(\d+)$")
"""Which result of the operation a tensor is."""


def input_names(model: Model) -> tuple[str, ...]:
    """The names of `model`'s inputs in its order, each an identifier: the signature's keys, else the tensors' names.

    An input without a name is `input_<n>`.  Raises InputError where two inputs would have one name.
    """
    return _names(model, "input")


def output_names(model: Model) -> tuple[str, ...]:
    """The same for the outputs, `output_<n>` where there is no name.

    A tensor that is an output twice has the names that the signature gives it, in their order.
    """
    return _names(model, "output")


def identifier_of(name: str) -> str:
    """`name` as an identifier that begins with a letter, as TensorFlow's signatures need it: other characters become underscores."""
    text = re.sub(r"\W", "_", name, flags=re.ASCII)
    return f"{text}_" if keyword.iskeyword(text) else text if text[:1].isalpha() else f"n{text}"


def refuse_clashes(kind: str, given: Sequence[str], on: object) -> tuple[str, ...]:
    """The identifiers of the names `given` to inputs or outputs (`kind`); raises InputError where two are the same."""
    found = tuple(identifier_of(name) for name in given)
    count = Counter(found)
    clash = next((name for name in found if count[name] > 1), None)
    if clash is not None:
        named = " and ".join(f"'{one}'" for one, name in zip(given, found, strict=True) if name == clash)
        raise InputError(
            f"the {kind}s {named} would both be called '{clash}'",
            on=on,
            expected=f"a name for each {kind}, distinguished by letters, digits and underscores",
            hint=f"give the model's {kind}s other names (name=... of the Keras layer, or the key of the dict)",
        )
    return found


def _names(model: Model, kind: str) -> tuple[str, ...]:
    tensors = model.inputs if kind == "input" else model.outputs
    keys = _signature_keys(_signature(model.signatures), tensors, kind)
    given = keys or _told_apart(tensors)
    return refuse_clashes(kind, [name or f"{kind}_{number}" for number, name in enumerate(given)], model.name)


def _signature(signatures: Iterable[Signature]) -> Signature | None:
    """Of the graph that inference runs: the one that tools write if they write only one, else the first."""
    found = [one for one in signatures if one.graph == _MAIN]
    return next((one for one in found if one.key == _PREFERRED), found[0] if found else None)


def _signature_keys(signature: Signature | None, tensors: Sequence[Tensor], kind: str) -> list[str]:
    """The signature's keys in the order of `tensors`; empty where it does not name all of them."""
    if signature is None:
        return []
    left: dict[int, list[str]] = {}
    for name, index in signature.inputs if kind == "input" else signature.outputs:
        left.setdefault(index, []).append(name)
    found = []
    for tensor in tensors:
        names = left.get(tensor.index, [])
        if not names:
            return []
        found.append(names.pop(0))
    return found


def _told_apart(tensors: Sequence[Tensor]) -> list[str]:
    """The tensors' names without `:<n>`, but for results of one operation, which nothing else distinguishes.

    A tensor that is there a second time has a number behind its name.
    """
    names = [tensor.name.removeprefix(_INPUT_PREFIX) for tensor in tensors]
    stems = [_POSITION.sub("", name) for name in names]
    siblings = {stem: {name for name, other in zip(names, stems, strict=True) if other == stem} for stem in stems}
    seen: Counter[int] = Counter()
    found = []
    for tensor, name, stem in zip(tensors, names, stems, strict=True):
        told = name if len(siblings[stem]) > 1 else stem
        found.append(f"{told}_{seen[tensor.index]}" if told and seen[tensor.index] else told)
        seen[tensor.index] += 1
    return found
