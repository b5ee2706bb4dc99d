"""What arrays in data files are called, the same for every command.

A model of one input reads `x`, and one of several `x_<input>`; `x_rep` and `x_rep_<input>` are the representative set,
`x_train` and `x_train_<input>` the training data.  A model of one output reads its labels from `y`, and one of several
from `y_<output>`; golden vectors hold `golden0`, or `golden_<output>`.  Files whose arrays are only numbered, `x0`, `x1`, ...,
are read in the order of the model's inputs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

from mcu_toolkit.errors import InputError

T = TypeVar("T")

TEST, REPRESENTATIVE, TRAINING = "", "_rep", "_train"
"""Parts of a data file: behind the `x` or `y` of an array's name."""


def array_key(letter: str, names: Sequence[str], number: int, part: str = TEST) -> str:
    """The name of the array of input or output `number`: `x`, `x_rep_left`, `y_score`."""
    return f"{letter}{part}" if len(names) == 1 else f"{letter}{part}_{names[number]}"


def golden_array_key(names: Sequence[str], number: int) -> str:
    """The name of the array of golden outputs."""
    return "golden0" if len(names) == 1 else f"golden_{names[number]}"


def find_inputs(stored: Collection[str], names: Sequence[str], parts: Sequence[str], on: object) -> tuple[tuple[str, ...], bool]:
    """(the key of each input's array, whether they are only numbered), from the first of `parts` that has them all.

    Raises InputError where an array of the names that a part should have is missing.
    """
    for part in parts:
        keys = [array_key("x", names, number, part) for number in range(len(names))]
        if all(key in stored for key in keys):
            return tuple(_without_doubles(keys, names, on)), False
    for part in parts:
        for keys, numbered in ((_named(names, part), False), ([f"x{part}{number}" for number in range(len(names))], len(names) > 1)):
            if all(key in stored for key in keys):
                return tuple(keys), numbered
    wanted = [array_key("x", names, number, parts[0]) for number in range(len(names))]
    missing = next(key for key in wanted if key not in stored)
    found = ", ".join(sorted(stored)) or "no array that could be one"
    raise InputError(
        f"key '{missing}' is missing",
        on=on,
        expected=f"{_listed(wanted)} with inputs, found {found}",
        hint=f"numpy.savez(file, {', '.join(f'{key}=...' for key in wanted)})",
    )


def find_labels(stored: Mapping[str, T], names: Sequence[str], part: str = TEST) -> dict[str, T]:
    """The labels by output, of those outputs that have some."""
    found = {}
    for number, name in enumerate(names):
        for key in (array_key("y", names, number, part), f"y{part}_{name}"):
            if key in stored:
                found[name] = stored[key]
                break
    return found


def _named(names: Sequence[str], part: str) -> list[str]:
    return [f"x{part}_{name}" for name in names]


def _without_doubles(keys: Sequence[str], names: Sequence[str], on: object) -> Sequence[str]:
    """Raise InputError where a key could mean two arrays: `x_rep_a` the set of input `a`, or the samples of an input `rep_a`."""
    every = [array_key("x", names, number, part) for number in range(len(names)) for part in (TEST, REPRESENTATIVE, TRAINING)]
    double = next((key for key in keys if len(names) > 1 and every.count(key) > 1), None)
    if double is not None:
        raise InputError(
            f"'{double}' could be the array of two inputs",
            on=on,
            expected="inputs whose names do not begin with rep_ or train_ of another's",
        )
    return keys


def _listed(keys: Sequence[str]) -> str:
    return f"array '{keys[0]}'" if len(keys) == 1 else f"arrays {', '.join(repr(key) for key in keys)}"
