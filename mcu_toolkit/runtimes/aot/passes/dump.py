"""A program as text, for people who look for the pass that changed a layer: a row for each operator, in the order in which they run."""

from __future__ import annotations

from collections.abc import Sequence

from mcu_toolkit.model import Op
from mcu_toolkit.runtimes.aot.ir.c_text import c_tensor_name
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.passes.program import Program

_NAME_WIDTH = 40
_Row = tuple[str, ...]


def program_text(program: Program, after: str) -> str:
    """What is known of `program` after the pass `after`: operators, and once there are any, kernel variants and arena offsets."""
    found = program.operators or program.lowered
    rows = [_lowered_row(program, number, one) for number, one in enumerate(found)] or [_row(program, op) for op in program.graph.ops]
    heads = (
        ("layer", "operator", "variant", "kernel", "tensors", "scratch", "output") if found else ("layer", "operator", "tensors", "output")
    )
    lines = [f"after {after}: {c_tensor_name(program.model.name)}", "", *_table([heads, *rows]), ""]
    if program.plan is not None:
        bound_bytes, order = program.plan.lower_bound_bytes, program.plan.order
        lines.append(f"arena {program.plan.peak_bytes:,} bytes, at least {bound_bytes:,} are needed at one time; placed {order}")
    if program.state is not None:
        lines.append(f"state {program.state.size_bytes:,} bytes")
    lines += [f"{layer}, for an arena no larger than TFLM's" for layer in program.stepped_down]
    if program.kept_channels:
        tensors = program.model.main.tensors
        kept = ", ".join(
            f"{c_tensor_name(tensors[i].name)} {len(left)} of {tensors[i].shape[-1]}" for i, left in program.kept_channels.items()
        )
        lines.append(f"channels that are left, others do not depend on the input: {kept}")
    if program.dead_channels:
        counts = ", ".join(f"layer {op}: {count}" for op, count in program.dead_channels.items())
        lines.append(f"channels whose output does not depend on the input: {counts}")
    if program.folded_operators:
        lines.append(f"operators that were computed and are gone: {program.folded_operators}")
    return "\n".join(lines).rstrip() + "\n"


def _row(program: Program, op: Op) -> _Row:
    return str(op.index), op.name, _tensors(program, op.inputs, op.outputs), _name(program, op)


def _lowered_row(program: Program, number: int, one: LoweredOperator) -> _Row:
    ops = (*one.merged, one.op)
    scratch = ""
    if one.scratch_bytes:
        at = f" @{program.plan.scratch_offset(number)}" if program.plan is not None and program.operators else ""
        scratch = f"{one.scratch_bytes}{at}"
    return (
        " + ".join(str(op.index) for op in ops),
        " + ".join(op.name for op in ops),
        one.variant,
        one.kernel,
        _tensors(program, one.inputs, one.outputs),
        scratch,
        _name(program, one.op),
    )


def _tensors(program: Program, inputs: Sequence[int], outputs: Sequence[int]) -> str:
    sides = (" + ".join(_tensor(program, index) for index in side if index >= 0) for side in (inputs, outputs))
    return " -> ".join(side or "nothing" for side in sides)


def _tensor(program: Program, index: int) -> str:
    """`int8[1,49,10,1] @512`: element type, shape and, in the arena, the offset in bytes."""
    tensor = program.graph.tensors[index]
    text = f"{tensor.dtype.name.lower()}[{','.join(map(str, tensor.shape))}]"
    if tensor.is_constant:
        return f"{text} constant"
    if program.plan is None:
        return text
    if program.state is not None and index in program.state.tensors:
        return f"{text} state"
    try:
        return f"{text} @{program.plan.tensor_offset(index)}"
    except KeyError:  # state that is not placed yet
        return text


def _name(program: Program, op: Op) -> str:
    return c_tensor_name(program.graph.tensors[op.outputs[0]].name)[:_NAME_WIDTH] if op.outputs else ""


def _table(rows: Sequence[_Row]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
