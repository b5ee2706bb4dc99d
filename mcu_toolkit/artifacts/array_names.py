"""What arrays in data files are called, the same for every command.

A model of one input reads `x`, and one of several `x_<input>`; `x_rep` and `x_rep_<input>` are the representative set,
`x_train` and `x_train_<input>` the training data.  A model of one output reads its labels from `y`, and one of several
from `y_<output>`; golden vectors hold `golden0`, or `golden_<output>`.  Files whose arrays are only numbered, `x0`, `x1`, ...,
are read in the order of the model's inputs, unless inputs (or outputs: `y0`, `y1`) are called so themselves.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

from mcu_toolkit.artifacts.meant_arrays import meant_inputs
from mcu_toolkit.errors import InputError

T = TypeVar("T")

TEST, REPRESENTATIVE, TRAINING = "", "_rep", "_train"
"""Parts of a data file: behind the `x` or `y` of an array's name."""

_SHOWN_NAMES = 10


def array_key(letter: str, names: Sequence[str], number: int, part: str = TEST) -> str:
    """The name of the array of input or output `number`: `x`, `x_rep_left`, `y_score`."""
    return f"{letter}{part}" if len(names) == 1 else f"{letter}{part}_{names[number]}"


def golden_array_key(names: Sequence[str], number: int) -> str:
    """The name of the array of golden outputs."""
    return "golden0" if len(names) == 1 else f"golden_{names[number]}"


def shown_names(names: Sequence[str]) -> str:
    """`names` with commas, the first of many."""
    more = f", ... and {len(names) - _SHOWN_NAMES:,} more" if len(names) > _SHOWN_NAMES else ""
    return ", ".join(names[:_SHOWN_NAMES]) + more


def find_inputs(stored: Collection[str], names: Sequence[str], parts: Sequence[str], on: object) -> tuple[tuple[str, ...], str, bool]:
    """(the key of each input's array, the part they are of, whether they are only numbered): the first of `parts` that is whole.

    Raises InputError naming the first array that is missing, or that two inputs could mean.
    """
    wanted = [array_key("x", names, number, parts[0]) for number in range(len(names))]
    for part in parts:
        keys = [array_key("x", names, number, part) for number in range(len(names))]
        for found in (keys, _named(names, part)):
            if all(key in stored for key in found):
                _refuse_doubles(found, names, on)
                return tuple(found), part, False
    for part in parts:
        if part == TEST and all(name in stored and _is_numbered("x", name) for name in names):
            return tuple(names), part, False
        numbers = [f"x{part}{number}" for number in range(len(names))]
        if all(key in stored for key in numbers):
            _refuse_two_orders(numbers, names, part, on)
            return tuple(numbers), part, len(names) > 1
    missing = next(key for key in wanted if key not in stored)
    others = [" and ".join(f"'{array_key('x', names, number, part)}'" for number in range(len(names))) for part in parts[1:]]
    raise InputError(
        f"key '{missing}' is missing (it has: {shown_names(sorted(stored)) or 'nothing'})",
        on=on,
        expected=", or ".join([f"the model's inputs in {' and '.join(repr(key) for key in wanted)}", *others]),
        hint=(meant_inputs(stored, parts[0]) if len(names) == 1 else None)
        or f"numpy.savez(file, {', '.join(f'{key}=...' for key in wanted)})",
    )


def is_test_array(key: str, inputs: Sequence[str], outputs: Sequence[str]) -> bool:
    """True for inputs and labels of a test, and golden outputs, of a model with inputs and outputs of these names."""
    numbers = (f"x{number}" for number in range(len(inputs)))
    exact = (*(name for name in inputs if _is_numbered("x", name)), *(name for name in outputs if _is_numbered("y", name)))
    labels, golden = (f"y_{name}" for name in outputs), (f"golden_{name}" for name in outputs)
    return key in {"x", "y", "golden0", *_named(inputs, TEST), *labels, *golden, *numbers, *exact}


def find_labels(stored: Mapping[str, T], names: Sequence[str], part: str = TEST) -> dict[str, tuple[str, T]]:
    """(key, labels) by output, of those outputs that have some."""
    found = {}
    for number, name in enumerate(names):
        exact = (name,) if part == TEST and _is_numbered("y", name) else ()
        for key in (array_key("y", names, number, part), f"y{part}_{name}", *exact):
            if key in stored:
                found[name] = key, stored[key]
                break
    return found


def _named(names: Sequence[str], part: str) -> list[str]:
    return [f"x{part}_{name}" for name in names]


def _is_numbered(letter: str, name: str) -> bool:
    """True for `x0`, which is the first input's array and that of an input called so."""
    return re.fullmatch(rf"{letter}\d+", name) is not None


def _refuse_two_orders(keys: Sequence[str], names: Sequence[str], part: str, on: object) -> None:
    """Raise InputError where the numbers in the inputs' own names put the arrays `keys` in another order than the inputs'."""
    ends = [re.search(r"\d+$", name) for name in names]
    numbers = [-1 if end is None else int(end.group()) for end in ends]
    swapped = numbers != sorted(numbers) and sorted(numbers) == list(range(len(names)))
    elsewhere = any(
        _is_numbered("x", name) and 0 <= end < len(names) and end != at for at, (name, end) in enumerate(zip(names, numbers, strict=True))
    )
    if swapped or elsewhere:
        wanted = _named(names, part)
        raise InputError(
            f"{', '.join(keys)} could be the inputs in their order, {', '.join(names)}, or those with these numbers in their names",
            on=on,
            expected=" and ".join(f"'{key}'" for key in wanted),
            hint=f"numpy.savez(file, {', '.join(f'{key}=...' for key in wanted)})",
        )


def _refuse_doubles(keys: Sequence[str], names: Sequence[str], on: object) -> None:
    """Raise InputError for a key that means two arrays: `x_rep_a` is the set of input `a`, and the samples of an input `rep_a`."""
    if len(names) == 1:
        return
    every = [f"x{part}_{name}" for name in names for part in (TEST, REPRESENTATIVE, TRAINING)]
    double = next((key for key in keys if every.count(key) > 1), None)
    if double is not None:
        raise InputError(
            f"'{double}' could be the array of two inputs", on=on, expected="no input called like another with rep_ or train_ in front"
        )
