"""What changed between the graphs of two runs: operators are paired in their order, as lines of a text would be."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mcu_toolkit.report.details import GraphDetail, NodeDetail, TensorDetail
from mcu_toolkit.report.page.blocks import Block, Facts, GraphEdge, Table
from mcu_toolkit.report.page.run import Run
from mcu_toolkit.report.page.sections.graph import Change, Difference, RemovedOperator, node_id, operator_node
from mcu_toolkit.report.page.words import shape_text


@dataclass(frozen=True)
class Pairing:
    """An operator before and after; one of both is None where it was added or removed."""

    before: NodeDetail | None
    after: NodeDetail | None
    aspects: tuple[str, ...]
    """In which it changed."""


def pairings(base: Run, new: Run) -> tuple[Pairing, ...]:
    """Every operator of either graph, in order; empty where a graph is not known."""
    if base.details.graph is None or new.details.graph is None:
        return ()
    return tuple(_paired(base, new))


def difference(base: Run, new: Run) -> Difference:
    """What the graph of `new` shows of the change: nodes that were added or changed, and those that are gone."""
    pairs = pairings(base, new)
    found: dict[str, Change] = {}
    for pair in pairs:
        if pair.after is not None and (pair.before is None or pair.aspects):
            found[node_id(pair.after.index)] = "added" if pair.before is None else "changed"
    gone = [pair.before for pair in pairs if pair.before is not None and pair.after is None]
    if base.details.graph is None or not gone:
        return Difference(found)
    tensors = {tensor.index: tensor for tensor in base.details.graph.tensors}
    names = {one.before.index: node_id(one.after.index) for one in pairs if one.before is not None and one.after is not None}
    names |= {one.index: f"gone{one.index}" for one in gone}
    removed, behind = [], ""
    for pair in pairs:
        name = "" if pair.before is None else names[pair.before.index]
        if pair.before is not None and pair.after is None:
            facts: tuple[Block, ...] = (Facts((("operator", f"{pair.before.index} in {base.label}, which is not in {new.label}"),)),)
            removed.append(RemovedOperator(operator_node(name, pair.before, tensors, "removed", facts), behind))
        behind = name or behind
    return Difference(found, tuple(removed), tuple(_edges_of(base.details.graph, {one.index for one in gone}, names)))


def _edges_of(graph: GraphDetail, gone: set[int], names: Mapping[int, str]) -> Iterator[GraphEdge]:
    """What went into the operators `gone` and what came out of them, between the nodes that are drawn."""
    producers = {index: node.index for node in graph.nodes for index in node.outputs}
    for node in graph.nodes:
        for source in dict.fromkeys(producers[index] for index in node.inputs if index in producers):
            if node.index in gone or source in gone:
                yield GraphEdge(names[source], names[node.index], "before")


def table(base: Run, new: Run) -> Table | None:
    """Operators that were added, removed or changed; None where there are none."""
    rows = []
    for pair in pairings(base, new):
        if pair.before is None and pair.after is not None:
            rows.append(("", str(pair.after.index), pair.after.operator, "added"))
        elif pair.after is None and pair.before is not None:
            rows.append((str(pair.before.index), "", pair.before.operator, "removed"))
        elif pair.aspects and pair.before is not None and pair.after is not None:
            rows.append((str(pair.before.index), str(pair.after.index), pair.after.operator, ", ".join(pair.aspects)))
    columns = ("before", "after", "operator", "what changed")
    return Table(columns, tuple(rows), "Operators of the graph that changed") if rows else None


def _paired(base: Run, new: Run) -> Iterator[Pairing]:
    graphs = [run.details.graph for run in (base, new)]
    (old_tensors, old), (new_tensors, now) = (({t.index: t for t in g.tensors}, g.nodes) for g in graphs if g is not None)
    kernels = [{i: (step.kernel, step.variant) for step in run.details.steps for i in (*step.merged, step.index)} for run in (base, new)]
    matcher = difflib.SequenceMatcher(
        None, [_kind(one, old_tensors) for one in old], [_kind(one, new_tensors) for one in now], autojunk=False
    )
    for _, first, last, start, end in matcher.get_opcodes():
        common = min(last - first, end - start)
        for before, after in zip(old[first : first + common], now[start : start + common], strict=True):
            aspects = _aspects(before, after, old_tensors, new_tensors)
            if kernels[0] and kernels[1] and kernels[0].get(before.index) != kernels[1].get(after.index):
                aspects = (*aspects, "kernel")
            yield Pairing(before, after, aspects)
        yield from (Pairing(one, None, ()) for one in old[first + common : last])
        yield from (Pairing(None, one, ()) for one in now[start + common : end])


def _kind(node: NodeDetail, tensors: dict[int, TensorDetail]) -> str:
    return f"{node.operator} {[shape_text(tensors[index].shape) for index in node.outputs]}"


def _aspects(before: NodeDetail, after: NodeDetail, old: dict[int, TensorDetail], now: dict[int, TensorDetail]) -> tuple[str, ...]:
    found = []
    if before.operator != after.operator:
        found.append(f"was {before.operator}")
    pairs = (([old[i] for i in (*before.inputs, *before.outputs)]), ([now[i] for i in (*after.inputs, *after.outputs)]))
    for name, of in (
        ("shapes", lambda tensor: tensor.shape),
        ("types", lambda tensor: tensor.dtype),
        ("scales", lambda tensor: (tensor.scale, tensor.zero_point)),
    ):
        if [of(tensor) for tensor in pairs[0]] != [of(tensor) for tensor in pairs[1]]:
            found.append(name)
    if dict(before.options) != dict(after.options):
        found.append("options")
    values = [[(one.shape, one.dtype, one.scale_min, one.scale_max, one.histogram) for one in node.constants] for node in (before, after)]
    if values[0] != values[1]:
        found.append("weights")
    return tuple(found)
