"""Operators that move elements and do not look at them, as copies in nested loops that kernels/copy.h carries out."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Binary, Call, Expression, Fields, Input, Labelled, Output, Record, Struct, call
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LayerRecord, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.reshape import lower_view

LOOPS = 5
"""Loops of the C record `aot_copy`."""
_WORDS_BYTES = (8, 4, 2, 1)


@dataclass(frozen=True)
class Loop:
    """One loop: its turns, and the elements from one turn to the next on both sides."""

    size: int
    input_step: int
    output_step: int


@dataclass(frozen=True)
class Copy:
    """Elements that go from input `source` to output `target` of a step; loops outermost first, offsets in elements."""

    loops: tuple[Loop, ...]
    input_offset: int = 0
    output_offset: int = 0
    source: int = 0
    target: int = 0
    run: int = 1
    """Elements that lie side by side in both tensors, copied in one go in the innermost loop."""

    def simplified(self) -> Copy:
        """The same copy with as few loops as possible."""
        merged: list[Loop] = []
        for loop in self.loops:
            outer = merged[-1] if merged else None
            if loop.size == 1:
                continue
            if outer is not None and (outer.input_step, outer.output_step) == (loop.size * loop.input_step, loop.size * loop.output_step):
                merged[-1] = Loop(outer.size * loop.size, loop.input_step, loop.output_step)
            else:
                merged.append(loop)
        run = self.run
        if merged and (merged[-1].input_step, merged[-1].output_step) == (run, run):
            run *= merged.pop().size
        return replace(self, loops=tuple(merged), run=run)

    @property
    def elements(self) -> int:
        """Elements that are written."""
        return math.prod(loop.size for loop in self.loops) * self.run


def strides(shape: Sequence[int]) -> tuple[int, ...]:
    """Elements from one index to the next along each dimension, C order."""
    return tuple(math.prod(shape[i + 1 :]) for i in range(len(shape)))


def region(shape: Iterable[int], input_steps: Iterable[int], output_steps: Iterable[int], **offsets: int) -> Copy:
    """A copy of a region of `shape` between two layouts."""
    return Copy(tuple(itertools.starmap(Loop, zip(shape, input_steps, output_steps, strict=True))), **offsets)


@dataclass(frozen=True)
class Movement:
    """What copies become: calls, the records they need (none or an array) and a name for people."""

    calls: tuple[Call, ...]
    records: Fields = ()
    kernels: tuple[str, ...] = ()


def movement(copies: Sequence[Copy], element_bytes: int, from_constants: frozenset[int] = frozenset()) -> Movement:
    """Statements and records for `copies`.  `from_constants`: sources whose C arrays are aligned to their elements only."""
    calls: list[Call] = []
    records: list[tuple[str, Expression]] = []
    kernels: list[str] = []
    for copy in (copy.simplified() for copy in copies):
        limit = element_bytes if copy.source in from_constants else max(_WORDS_BYTES)
        one, kernel = _call(copy, element_bytes, word_bytes(copy, element_bytes, limit), len(records))
        if any(isinstance(argument, Record) for argument in one.arguments):
            records.append((f"copy {len(records)}", copy_record(copy, element_bytes)))
        calls.append(one)
        kernels.append(kernel)
    return Movement(tuple(calls), tuple(records), tuple(dict.fromkeys(kernels)))


def word_bytes(copy: Copy, element_bytes: int, limit_bytes: int = 8) -> int:
    """The word that a run is, if it is one that stays aligned on both sides; 0 for longer or crooked runs."""
    steps = [step for loop in copy.loops for step in (loop.input_step, loop.output_step)]
    common = math.gcd(copy.run, copy.input_offset, copy.output_offset, *steps) * element_bytes
    word = next(word for word in _WORDS_BYTES if word <= limit_bytes and common % word == 0)
    return word if word == copy.run * element_bytes else 0


def _call(copy: Copy, element_bytes: int, word: int, record: int) -> tuple[Call, str]:
    source, target = Input(copy.source), Output(copy.target)
    start = Binary(source, "+", copy.input_offset) if copy.input_offset else source
    end = Binary(target, "+", copy.output_offset) if copy.output_offset else target
    run_bytes = copy.run * element_bytes
    if not copy.loops:
        return call("memcpy", end, start, run_bytes), "copy"
    if len(copy.loops) == 1 and not word:
        loop = copy.loops[0]
        sizes = (Labelled("rows", loop.size), Labelled("bytes", run_bytes))
        steps = (Labelled("steps", loop.input_step * element_bytes), loop.output_step * element_bytes)
        return call("aot_copy_rows", start, end, *sizes, *steps), "copy rows"
    return call(_kernel(word), Record(element=record), source, target), f"copy in {len(copy.loops)} loops"


def copy_kernel(copy: Copy, element_bytes: int, limit_bytes: int) -> str:
    """The C function for a record of `copy`, which is simplified; `limit_bytes`: the largest word that may be used."""
    return _kernel(word_bytes(copy, element_bytes, limit_bytes))


def _kernel(word: int) -> str:
    return f"aot_copy_words_{word}" if word else "aot_copy_runs"


def copy_record(copy: Copy, element_bytes: int) -> Struct:
    """An `aot_copy`."""
    assert len(copy.loops) <= LOOPS, f"{copy} has more than {LOOPS} loops"
    loops = (Loop(1, 0, 0),) * (LOOPS - len(copy.loops)) + copy.loops
    return records.initialiser(
        size=records.array(loop.size for loop in loops),
        input_step=records.array(loop.input_step * element_bytes for loop in loops),
        output_step=records.array(loop.output_step * element_bytes for loop in loops),
        input_offset=copy.input_offset * element_bytes,
        output_offset=copy.output_offset * element_bytes,
        run_bytes=copy.run * element_bytes,
    )


def lower_copies(
    view: OpView, copies: Sequence[Copy], *, inputs: Sequence[int] = (0,), before: Sequence[Call] = (), headers: Sequence[str] = ()
) -> LoweredOperator:
    """A step of copies.  `inputs`: positions of the operator's inputs that it reads; `before`: calls that come first.

    Where the output is the whole input in the same order it becomes another name of the same memory.
    """
    sources = tuple(view.op.inputs[position] for position in inputs)
    if not before and _is_view(view, copies, sources):
        return replace(lower_view(view, Target()), inputs=sources)
    constants = frozenset(position for position, tensor in enumerate(sources) if view.graph.tensors[tensor].is_constant)
    moved = movement(copies, view.output.dtype.itemsize_bytes, constants)
    return LoweredOperator(
        op=view.op,
        inputs=sources,
        outputs=view.op.outputs,
        call=(*before, *moved.calls),
        headers=("copy.h", *headers),
        layer=LayerRecord("aot_copy", moved.records, is_array=True) if moved.records else None,
        kernel=", ".join(moved.kernels),
    )


def _is_view(view: OpView, copies: Sequence[Copy], sources: tuple[int, ...]) -> bool:
    if len(copies) != 1 or len(sources) != 1 or len(view.op.outputs) != 1:
        return False
    copy = copies[0].simplified()
    whole = view.graph.tensors[sources[0]].elements == view.output.elements == copy.elements
    return whole and not copy.loops and not copy.input_offset and not copy.output_offset
