"""Which schemes to measure together, and which to choose from the figures: pure, nothing is built here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mcu_toolkit.pipeline.workspace.tune_file import Candidate
from mcu_toolkit.runtimes.base import LayerSchemes

Schemes = dict[int, str]
Memory = Callable[[Mapping[int, str]], Mapping[str, Any]]
"""What the runtime says of a model with these schemes: `arena_bytes` and, by layer, `ram_bytes`."""


def rounds(offered: Mapping[int, LayerSchemes]) -> Iterator[Schemes]:
    """Choices for all layers that between them have every scheme once: every operator alone first, then joined ones.

    A layer with fewer schemes than others has its default in the rounds that are left.
    """
    for number in range(max(len(one.alone) for one in offered.values())):
        yield {layer: one.alone[number] if number < len(one.alone) else one.alone[0] for layer, one in offered.items()}
    for number in range(max(len(one.joined) for one in offered.values())):
        yield {layer: one.joined[number] if number < len(one.joined) else one.alone[0] for layer, one in offered.items()}


def best_schemes(
    found: Mapping[int, Mapping[str, Candidate]], offered: Mapping[int, LayerSchemes], default: Mapping[int, str], memory: Memory
) -> Schemes:
    """The cheapest scheme of every layer, as far as the arena stays as small as with the default ones.

    `default`: the schemes of the layers as they are without a choice; layers that are joined to another one are not in it.
    """
    best = {layer: min(ways.values(), key=lambda one: one.cost).scheme for layer, ways in found.items() if ways}
    best = {**dict(default), **_alone_where_dearer(best, found, offered, memory)}
    limit_bytes = memory({})["arena_bytes"]
    while True:
        facts = memory(best)
        if facts["arena_bytes"] <= limit_bytes:
            return {int(one["index"]): str(one["scheme"]) for one in facts["layers"]}
        changed = [layer for layer in best if best[layer] != default.get(layer, offered[layer].alone[0])]
        if not changed:
            return dict(default)
        crowded = {int(one["index"]) for one in facts["layers"] if one["ram_bytes"] > limit_bytes}
        candidates = [layer for layer in changed if layer in crowded] or changed
        least = min(candidates, key=lambda layer: (_gain(found[layer], best[layer], default.get(layer)), layer))
        best[least] = default.get(least, offered[least].alone[0])


def _gain(ways: Mapping[str, Candidate], scheme: str, usual: str | None) -> int:
    """What a layer saves with `scheme`; 0 where the usual one was never measured."""
    if usual is None or usual not in ways or scheme not in ways:
        return 0
    return ways[usual].cost[0] - ways[scheme].cost[0]


def _alone_where_dearer(
    best: Mapping[int, str], found: Mapping[int, Mapping[str, Candidate]], offered: Mapping[int, LayerSchemes], memory: Memory
) -> Schemes:
    """`best` with every joined scheme compared with all of its operators alone, not only with the last one."""
    result = dict(best)
    for layer, one in offered.items():
        ways = found.get(layer, {})
        alone = min((ways[name] for name in one.alone if name in ways), key=lambda way: way.cost, default=None)
        joined = min((ways[name] for name in one.joined if name in ways), key=lambda way: way.cost, default=None)
        if alone is None or joined is None:
            continue
        members = _members(memory({**_all_alone(offered), layer: joined.scheme}), layer)
        apart = alone.cost[0] + sum(min(way.cost[0] for way in found[member].values()) for member in members if found.get(member))
        # Equal work: joined, which leaves an image out of the arena.
        result[layer] = joined.scheme if joined.cost[0] <= apart else alone.scheme
    return result


def _all_alone(offered: Mapping[int, LayerSchemes]) -> Schemes:
    return {layer: one.alone[0] for layer, one in offered.items()}


def _members(facts: Mapping[str, Any], layer: int) -> tuple[int, ...]:
    return next((tuple(one["merged"]) for one in facts["layers"] if one["index"] == layer), ())
