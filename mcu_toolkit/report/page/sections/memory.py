"""Where the bytes are: the arena over time, and what the image is made of."""

from __future__ import annotations

from collections.abc import Sequence

from mcu_toolkit.artifacts.firmware import ImagePart
from mcu_toolkit.report.details import Details
from mcu_toolkit.report.page.blocks import ArenaMap, Block, Box, Note, Section, Table, Tree, TreePart
from mcu_toolkit.report.page.run import Run
from mcu_toolkit.report.page.words import FIGURES, figures_of, short_name, written
from mcu_toolkit.units import format_bytes, format_percent

_MOST_PARTS = 24
"""Of a group, that are shown one by one."""
_GROUPS = ("weights", "kernels", "model code", "runtime", "libc", "arena", "stack", "other")


def arena(run: Run) -> Section | None:
    """Buffers and lifetimes; None for runtimes whose plan is not known before they run."""
    plan = run.details.arena
    if plan is None:
        return None
    steps = _step_names(run.details)
    last = max((min(block.last_step, len(steps) - 1) for block in plan.blocks), default=0)
    boxes = tuple(
        Box(
            first_step=max(0, block.first_step),
            last_step=max(0, min(block.last_step, len(steps) - 1 if steps else last)),
            offset_bytes=block.offset_bytes,
            size_bytes=block.size_bytes,
            name=_names(block.tensors) or f"scratch memory of step {block.scratch_of}",
            scratch=block.scratch_of is not None,
        )
        for block in plan.blocks
    )
    count = max(len(steps), *(box.last_step + 1 for box in boxes)) if boxes else len(steps)
    names = tuple(steps[place] if place < len(steps) else str(place) for place in range(count))
    used = tuple(sum(box.size_bytes for box in boxes if box.first_step <= place <= box.last_step) for place in range(count))
    view = ArenaMap(boxes, names, used, plan.arena_bytes, plan.lower_bound_bytes)
    peak = max(used, default=0)
    where = "" if not used else f"; most is needed in step {used.index(peak)} ({names[used.index(peak)]})"
    text = f"Arena {format_bytes(plan.arena_bytes)}, lower bound {format_bytes(plan.lower_bound_bytes)}{where}."
    rows = tuple(
        (box.name, f"{box.first_step}", f"{box.last_step}", f"{box.offset_bytes:,}", f"{box.size_bytes:,}")
        for box in sorted(boxes, key=lambda box: (box.first_step, box.offset_bytes))
    )
    blocks: tuple[Block, ...] = (view, Table(("buffer", "first step", "last step", "offset", "bytes"), rows, "Buffers of the arena"))
    return Section("arena", "Arena over time", text, blocks)


def _names(tensors: Sequence[str]) -> str:
    """The first tensor of a buffer, and how many follow it there."""
    more = f" and {len(tensors) - 1} more in its place" if len(tensors) > 1 else ""
    return f"{short_name(tensors[0])}{more}" if tensors else ""


def _step_names(details: Details) -> list[str]:
    return [f"{step.index} {step.operator}" for step in details.steps if step.runs]


def sizes(run: Run) -> Section | None:
    """Bytes of flash and RAM, and of which parts they are."""
    figures = figures_of(run)
    rows = tuple((FIGURES[name].label, written(value, "bytes")) for name, value in figures.items() if FIGURES[name].kind == "bytes")
    if not rows:
        return None
    trees: list[Block] = []
    tables: list[Block] = [Table(("memory", "size"), rows, "In all")]
    for memory, title in (("flash", "Flash"), ("ram", "RAM, stack included")):
        parts = [part for part in run.details.image if part.memory == memory]
        if parts:
            total = sum(part.size_bytes for part in parts)
            trees.append(Tree(title, format_bytes(total), _tree(parts)))
            tables.append(Table(("part", "bytes", "share"), _part_rows(parts, total), f"{title}, by part"))
    blocks = [*tables, *trees]
    if not run.details.image:
        blocks.append(Note("What the image is made of is not known: the result holds no list of its parts."))
    return Section("sizes", "Size of the image", "", tuple(blocks))


def _grouped(parts: Sequence[ImagePart]) -> dict[str, list[ImagePart]]:
    names = sorted({part.group for part in parts}, key=lambda name: (_GROUPS.index(name) if name in _GROUPS else len(_GROUPS), name))
    return {name: sorted((part for part in parts if part.group == name), key=lambda part: -part.size_bytes) for name in names}


def _tree(parts: Sequence[ImagePart]) -> tuple[TreePart, ...]:
    found = []
    for name, members in _grouped(parts).items():
        shown = [TreePart(one.name, one.size_bytes, format_bytes(one.size_bytes)) for one in members[:_MOST_PARTS]]
        rest = sum(one.size_bytes for one in members[_MOST_PARTS:])
        if rest:
            shown.append(TreePart(f"{len(members) - _MOST_PARTS} more", rest, format_bytes(rest)))
        total = sum(one.size_bytes for one in members)
        found.append(TreePart(name, total, format_bytes(total), tuple(shown)))
    return tuple(found)


def _part_rows(parts: Sequence[ImagePart], total: int) -> tuple[tuple[str, ...], ...]:
    rows = []
    for name, members in _grouped(parts).items():
        bytes_ = sum(one.size_bytes for one in members)
        rows.append((name, f"{bytes_:,}", format_percent(bytes_ / max(1, total))))
    return tuple(rows)
