"""The nouns of the ahead-of-time compiler: a view of one operator, what an operator file offers, and what it lowers to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from mcu_toolkit.model import Graph, Op, Tensor
from mcu_toolkit.model.schema import BUILTIN_OPERATORS
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.windows import Axis


@dataclass(frozen=True)
class OpView:
    """One operator with its graph: short ways to its tensors and options."""

    graph: Graph
    op: Op
    graphs: tuple[Graph, ...] = ()
    """All graphs of the model: what CALL_ONCE refers to."""
    rows: Axis | None = None
    """The window's rows where they do not follow from sizes and padding: of a band of a larger image (see row_groups/)."""

    def input(self, index: int) -> Tensor:
        """Input `index`; only after a constraint made sure that it is there."""
        return self.graph.tensors[self.op.inputs[index]]

    def optional_input(self, index: int) -> Tensor | None:
        """Input `index`, or None where the model leaves it out."""
        if index >= len(self.op.inputs) or self.op.inputs[index] < 0:
            return None
        return self.graph.tensors[self.op.inputs[index]]

    @property
    def output(self) -> Tensor:
        """The first output."""
        return self.graph.tensors[self.op.outputs[0]]

    def option(self, name: str) -> Any:
        """An option of the operator by its name in the schema."""
        return self.op.options[name]

    @property
    def outputs(self) -> tuple[Tensor, ...]:
        """All outputs."""
        return tuple(self.graph.tensors[index] for index in self.op.outputs)

    @property
    def operator(self) -> str:
        """The operator's name; that of a custom one is its own, unless it takes the name of a built-in one."""
        name = self.op.custom_name
        return self.op.name if name is None or name in BUILTIN_OPERATORS else name

    @property
    def label(self) -> str:
        """For messages: `op 3 CONV_2D 'conv1/Conv2D'`; the name is that of the output."""
        name = self.graph.tensors[self.op.outputs[0]].name if self.op.outputs else ""
        return f"op {self.op.index} {self.op.name} '{name}'"


@dataclass(frozen=True)
class Finding:
    """What a constraint found to be wrong; the constraint's docstring says what would be right."""

    found: str
    remedy: str
    tensor: Tensor | None = None


Constraint = Callable[[OpView], "Finding | None"]
"""A named predicate.  Its docstring is a sentence for users: it goes into refusals and into the table of operators."""


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
    """A C function for all layers of one kernel class.  Equal names mean equal texts; `${prefix}` is the model's prefix."""

    name: str
    text: str


@dataclass(frozen=True)
class LayerRecord:
    """A layer's arguments as one `static const` C struct: (field, C expression) in the order of the struct.

    With `is_array` it is an array of structs: (what the element is, its initialiser).
    """

    c_type: str
    fields: tuple[tuple[str, str], ...]
    is_array: bool = False


@dataclass(frozen=True)
class Step:
    """One operator, lowered.

    `call` is a C statement, or several, one a line.  `${prefix}`, `${in0}`, `${out0}`, `${scratch}`, `${state0}`, `${layer}` and
    `${k_<what>}` stand for the model's prefix, typed pointers to tensors, the scratch memory, the slots of `state` and the addresses
    of record and constants.
    """

    op: Op
    inputs: tuple[int, ...]
    """Tensors the kernel reads while it runs (not those whose data went into `constants`); `${in0}` is the first."""
    outputs: tuple[int, ...]
    call: str = ""
    """Empty where nothing has to be done (a RESHAPE in place)."""
    headers: tuple[str, ...] = ()
    """Kernel headers, as paths below `kernels/`."""
    constants: tuple[Constant, ...] = ()
    functions: tuple[SharedFunction, ...] = ()
    layer: LayerRecord | None = None
    records: tuple[tuple[str, LayerRecord], ...] = ()
    """Further records by name: `${layer_<name>}`."""
    scratch_bytes: int = 0
    state: tuple[StateSlot, ...] = ()
    in_place: tuple[int, ...] = ()
    """Positions in `inputs` whose memory the first output may take over, at the same address."""
    may_grow: bool = False
    """It may do so even where it is larger than that input."""
    leads: tuple[tuple[int, int], ...] = ()
    """(position in `inputs`, bytes): the first output may take over this memory where it begins so many bytes before the input."""
    must_take_over: bool = False
    """It has to: the kernel adds to what is there.  Such a step is made only of operators that can do without (see fusing.py)."""
    must_alias: bool = False
    """The output is the first input under another shape: the same memory, and no call unless the planner had to part them."""
    macs: int = 0
    kernel: str = ""
    """The kernel class, for people: `conv_2d 3x3 stride 1`."""
    merged: tuple[Op, ...] = ()
    """Operators that are done within this step before `op`; their outputs are never in memory as a whole."""
    scheme: str = ""
    """Which of the ways of doing this layer it is (see choosing.py); a step of several operators brings its own name."""
    rows: int = 0
    """Of the output, that are made at a time by layers done together row by row; 0 for other steps."""


@dataclass(frozen=True)
class Scheme:
    """One more way of doing a layer: `lower` gives None for a layer that it cannot do.  See choosing.py."""

    name: str
    """A word or two, unique among an operator's schemes for one instruction set: `taps`, `4 pixels`."""
    lower: Callable[[OpView, Target], Step | None]


@dataclass(frozen=True)
class Operator:
    """What a file of `ops/` offers under the name `OPERATOR`.

    `instruction_set` names the variant.  Where one cannot do a layer better, its `lower` gives None and leaves it to the next one;
    the portable one does every layer that its constraints let through.
    """

    name: str
    constraints: tuple[Constraint, ...]
    lower: Callable[[OpView, Target], Step | None]
    instruction_set: str = "portable"
    schemes: tuple[Scheme, ...] = ()
    """Ways beside `lower`, which stays the default: `mcu tune` measures them, layer by layer."""
