"""Which kernel variants to measure together, which to choose from the figures, and the table of both: pure, nothing is built here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from mcu_toolkit.artifacts import CompiledModelInfo
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.workspace.tune_file import Candidate, TuneFile
from mcu_toolkit.report.table import table
from mcu_toolkit.runtimes.base import LayerVariants

Variants = dict[int, str]
Compile = Callable[[Mapping[int, str]], CompiledModelInfo]
"""The model with these variants."""


def rounds(offered: Mapping[int, LayerVariants]) -> Iterator[Variants]:
    """Choices for all layers that between them have every variant once: every operator alone first, then joined ones.

    A layer with fewer variants than others has its default in the rounds that are left.
    """
    for number in range(max(len(one.alone) for one in offered.values())):
        yield {layer: one.alone[number] if number < len(one.alone) else one.alone[0] for layer, one in offered.items()}
    for number in range(max(len(one.joined) for one in offered.values())):
        yield {layer: one.joined[number] if number < len(one.joined) else one.alone[0] for layer, one in offered.items()}


def best_variants(
    found: Mapping[int, Mapping[str, Candidate]], offered: Mapping[int, LayerVariants], default: Mapping[int, str], compiled: Compile
) -> Variants:
    """The cheapest variant of every layer, as far as the arena stays as small as with the default ones.

    `default`: the variants of the layers as they are without a choice; layers that are joined to another one are not in it.
    """
    best = {layer: min(ways.values(), key=lambda one: one.cost).variant for layer, ways in found.items() if ways}
    best = {**dict(default), **_alone_where_dearer(best, found, offered, compiled)}
    limit_bytes = compiled({}).arena_bytes
    while True:
        info = compiled(best)
        if info.arena_bytes <= limit_bytes:
            return {layer.index: layer.variant for layer in info.layers}
        changed = [layer for layer in best if best[layer] != default.get(layer, offered[layer].alone[0])]
        if not changed:
            return dict(default)
        crowded = {layer.index for layer in info.layers if layer.ram_bytes > limit_bytes}
        candidates = [layer for layer in changed if layer in crowded] or changed
        least = min(candidates, key=lambda layer: (_gain(found[layer], best[layer], default.get(layer)), layer))
        best[least] = default.get(least, offered[least].alone[0])


def _gain(ways: Mapping[str, Candidate], variant: str, usual: str | None) -> int:
    """What a layer saves with `variant`; 0 where the usual one was never measured."""
    if usual is None or usual not in ways or variant not in ways:
        return 0
    return ways[usual].cost[0] - ways[variant].cost[0]


def _alone_where_dearer(
    best: Mapping[int, str], found: Mapping[int, Mapping[str, Candidate]], offered: Mapping[int, LayerVariants], compiled: Compile
) -> Variants:
    """`best` with every joined variant compared with all of its operators alone, not only with the last one."""
    result = dict(best)
    for layer, one in offered.items():
        ways = found.get(layer, {})
        alone = min((ways[name] for name in one.alone if name in ways), key=lambda way: way.cost, default=None)
        joined = min((ways[name] for name in one.joined if name in ways), key=lambda way: way.cost, default=None)
        if alone is None or joined is None:
            continue
        group = compiled({**_all_alone(offered), layer: joined.variant}).layer(layer)
        members = () if group is None else group.merged
        apart = alone.cost[0] + sum(min(way.cost[0] for way in found[member].values()) for member in members if found.get(member))
        # Equal work: joined, which leaves an image out of the arena.
        result[layer] = joined.variant if joined.cost[0] <= apart else alone.variant
    return result


def _all_alone(offered: Mapping[int, LayerVariants]) -> Variants:
    return {layer: one.alone[0] for layer, one in offered.items()}


def tune_table(file: TuneFile, found: Mapping[int, Mapping[str, Candidate]], model: Model) -> list[str]:
    """What `mcu tune` prints: one line for each candidate of `found` (by layer, then by its name), layers in the order of execution."""
    chosen = {layer.index: layer.variant for layer in file.layers}
    inside = {number: layer.index for layer in file.layers for number in layer.merged}
    operators = {op.index: op.name for op in model.main.ops}
    rows = []
    for index in sorted(found):
        for candidate in sorted(found[index].values(), key=lambda one: one.cost):
            mark = "chosen" if chosen.get(index) == candidate.variant else f"(with {inside[index]})" if index in inside else ""
            cycles = "-" if candidate.estimated_cycles is None else f"{candidate.estimated_cycles:,}"
            sizes = (candidate.code_bytes, candidate.weights_bytes, candidate.ram_bytes)
            numbers = (f"{candidate.instructions:,}", cycles, *(f"{size:,}" for size in sizes))
            rows.append((str(index), operators[index], candidate.variant, *numbers, mark))
    return table(("layer", "operator", "variant", "instructions", "cycles", "code", "weights", "RAM", ""), rows)
