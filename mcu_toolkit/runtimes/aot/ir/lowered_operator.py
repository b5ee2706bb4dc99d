"""What an operator is lowered to: a call of a kernel, and the constants, records and memory that it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from mcu_toolkit.model import Op
from mcu_toolkit.runtimes.aot.ir.c_tree import Expression, Fields, Node


@dataclass(frozen=True)
class Constant:
    """An array of the model's own data; it becomes `static const <type> <model>_k_<what>_<op index>[]`.

    `array` is int8, uint8, int16, int32, int64 or float32 of any shape; C sees it flat, in C order.
    """

    what: str
    array: npt.NDArray[Any]
    comment: str
    weights_bytes: int | None = None
    """How many of its bytes are weights, padding included; None: all of an array that is called so, none of another."""

    @property
    def stored_weights_bytes(self) -> int:
        """`weights_bytes`, known."""
        if self.weights_bytes is not None:
            return self.weights_bytes
        return int(self.array.nbytes) if self.what == "weights" else 0


@dataclass(frozen=True, eq=False)
class StateSlot:
    """Memory of a step that keeps its content from one inference to the next; slots with equal keys are the same memory.

    After a reset it holds `values` (whose bytes are `size_bytes`), or zeros.
    """

    key: str
    size_bytes: int
    values: npt.NDArray[Any] | None = None


@dataclass(frozen=True)
class SharedFunction:
    """A C function for all layers of one kernel class, without a result.  Equal names mean equal functions."""

    name: str
    parameters: tuple[str, ...]
    """Declarations in C."""
    body: tuple[Node, ...]
    """Statements over the parameters."""


@dataclass(frozen=True)
class MacroFunction:
    """The same where a macro of the kernel's header defines it; its name is the macro's first argument."""

    name: str
    macro: str
    arguments: tuple[Expression, ...] = ()


@dataclass(frozen=True)
class LayerRecord:
    """A layer's arguments as one `static const` C struct: its fields in their order.

    With `is_array` it is an array of structs: (what the element is, its initialiser).
    """

    c_type: str
    fields: Fields
    is_array: bool = False


@dataclass(frozen=True)
class LoweredOperator:
    """One operator, lowered."""

    op: Op
    inputs: tuple[int, ...]
    """Tensors the kernel reads while it runs (not those whose data went into `constants`); `Input(0)` is the first."""
    outputs: tuple[int, ...]
    call: tuple[Node, ...] = ()
    """Statements; none where nothing has to be done (a RESHAPE in place)."""
    headers: tuple[str, ...] = ()
    """Kernel headers, as paths below `kernels/`."""
    constants: tuple[Constant, ...] = ()
    functions: tuple[SharedFunction | MacroFunction, ...] = ()
    layer: LayerRecord | None = None
    records: tuple[tuple[str, LayerRecord], ...] = ()
    """Further records by name."""
    scratch_bytes: int = 0
    state: tuple[StateSlot, ...] = ()
    in_place: tuple[int, ...] = ()
    """Positions in `inputs` whose memory the first output may take over, at the same address."""
    may_grow: bool = False
    """It may do so even where it is larger than that input."""
    leads: tuple[tuple[int, int], ...] = ()
    """(position in `inputs`, bytes): the first output may take over this memory where it begins so many bytes before the input."""
    must_take_over: bool = False
    """It has to: the kernel adds to what is there.  Such a step is made only of operators that can do without (see fuse.py)."""
    must_alias: bool = False
    """The output is the first input under another shape: the same memory, and no call unless the planner had to part them."""
    macs: int = 0
    kernel: str = ""
    """The kernel class, for people: `conv_2d 3x3 stride 1`."""
    merged: tuple[Op, ...] = ()
    """Operators that are done within this step before `op`; their outputs are never in memory as a whole."""
    variant: str = ""
    """Which of the ways of doing this layer it is (see kernel_choice.py); a step of several operators brings its own name."""
    rows: int = 0
    """Of the output, that are made at a time by layers done together row by row; 0 for other steps."""
