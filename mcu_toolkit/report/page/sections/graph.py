"""The graph of the model, its operators coloured by what they cost or lose."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from mcu_toolkit.artifacts.compiled_model import LayerInfo
from mcu_toolkit.report.details import ConstantDetail, GraphDetail, NodeDetail, TensorDetail
from mcu_toolkit.report.page.blocks import Block, Chart, Facts, GraphEdge, GraphNode, GraphView, Measure, Section, Series, Table
from mcu_toolkit.report.page.limits import shortened
from mcu_toolkit.report.page.run import LayerError, Run
from mcu_toolkit.report.page.sections.speed import COLUMNS
from mcu_toolkit.report.page.words import number, shape_text

Change = Literal["", "added", "removed", "changed"]
NODE_WIDTH, NODE_HEIGHT, GAP = 190.0, 46.0, 34.0
_NAME = 60


@dataclass(frozen=True)
class RemovedOperator:
    """An operator that the graph had before."""

    node: GraphNode
    behind: str
    """The id of the node that stood before it; empty where it was the first."""


@dataclass(frozen=True)
class Difference:
    """What of a graph is not as it was."""

    changes: Mapping[str, Change] = field(default_factory=dict)
    """By the node's id."""
    removed: tuple[RemovedOperator, ...] = ()
    edges: tuple[GraphEdge, ...] = ()
    """Of the removed ones, to and from what took their place."""


def section(
    run: Run, losses: Sequence[LayerError] = (), difference: Difference | None = None, *, with_weights: bool = True
) -> Section | None:
    """The graph; `losses` are what `mcu explain` measured of the same model, `difference` what changed since another run.

    Histograms of weights are most of a page's size: without `with_weights` there are none.
    """
    graph = run.details.graph
    if graph is None or not graph.nodes:
        return None
    view = _view(run, graph, losses, difference or Difference(), with_weights=with_weights)
    gone = f" {len(difference.removed)} that are gone are dashed." if difference is not None and difference.removed else ""
    lead = (
        f"{len(graph.nodes)} operators.{gone} Choose what colours them; click or press Enter on one to see its shapes, scales and weights."
    )
    return Section("graph", "Graph of the model", lead, (view,))


def node_id(index: int) -> str:
    """The id of an operator's node."""
    return f"op{index}"


def _view(run: Run, graph: GraphDetail, losses: Sequence[LayerError], difference: Difference, *, with_weights: bool) -> GraphView:
    tensors = {tensor.index: tensor for tensor in graph.tensors}
    producers = {index: node_id(node.index) for node in graph.nodes for index in node.outputs}
    ports = [*((f"in{index}", "input", index) for index in graph.inputs), *((f"out{index}", "output", index) for index in graph.outputs)]
    producers |= {index: name for name, role, index in ports if role == "input"}
    edges = [
        GraphEdge(producers[index], node_id(node.index), _tensor_label(tensors[index]))
        for node in graph.nodes
        for index in dict.fromkeys(node.inputs)
        if index in producers
    ]
    edges += [GraphEdge(producers[i], name, _tensor_label(tensors[i])) for name, role, i in ports if role == "output" and i in producers]
    measures = _measures(run, graph, losses)
    steps = {index: step for step in run.details.steps for index in (*step.merged, step.index)}
    nodes = [_port(name, "input", tensors[index]) for name, role, index in ports if role == "input"]
    for node in graph.nodes:
        blocks = _node_blocks(node, tensors, steps.get(node.index), measures, with_weights=with_weights)
        nodes.append(operator_node(node_id(node.index), node, tensors, difference.changes.get(node_id(node.index), ""), blocks))
    nodes += [_port(name, "output", tensors[index]) for name, role, index in ports if role == "output"]
    return _stacked(_with_removed(nodes, difference.removed), (*edges, *difference.edges), measures)


def operator_node(name: str, node: NodeDetail, tensors: Mapping[int, TensorDetail], state: Change, blocks: tuple[Block, ...]) -> GraphNode:
    """The node of an operator, not yet in its place."""
    subtitle = _tensor_label(tensors[node.outputs[0]]) if node.outputs else ""
    return GraphNode(name, f"{node.index} {node.operator}", subtitle, "operator", state, 0.0, 0.0, blocks)


def _with_removed(nodes: list[GraphNode], removed: Sequence[RemovedOperator]) -> list[GraphNode]:
    """Each removed operator behind the node that it stood behind."""
    for one in removed:
        places = {node.id: place for place, node in enumerate(nodes)}
        first = sum(node.role == "input" for node in nodes)
        nodes.insert(places.get(one.behind, first - 1) + 1, one.node)
    return nodes


def _stacked(nodes: Sequence[GraphNode], edges: tuple[GraphEdge, ...], measures: Sequence[Measure]) -> GraphView:
    """The nodes below each other, as they stand without a program that lays graphs out."""
    step = NODE_HEIGHT + GAP
    placed = tuple(replace(node, y=place * step) for place, node in enumerate(nodes))
    return GraphView(placed, edges, tuple(measures), NODE_WIDTH + 160, len(nodes) * step)


def _port(name: str, role: Literal["input", "output"], tensor: TensorDetail) -> GraphNode:
    blocks: tuple[Block, ...] = (Facts(tuple(_tensor_facts(role, tensor))),)
    return GraphNode(name, shortened(tensor.name, _NAME) or role, _tensor_label(tensor), role, "", 0.0, 0.0, blocks)


def _tensor_label(tensor: TensorDetail) -> str:
    return f"{shape_text(tensor.shape)} {tensor.dtype}"


def _tensor_facts(role: str, tensor: TensorDetail) -> list[tuple[str, str]]:
    scale = "" if tensor.scale is None else f", scale {tensor.scale:.6g}, zero point {tensor.zero_point}"
    return [(role, f"{shortened(tensor.name, _NAME)}: {_tensor_label(tensor)}{scale}")]


def _node_blocks(
    node: NodeDetail, tensors: Mapping[int, TensorDetail], step: LayerInfo | None, measures: Sequence[Measure], *, with_weights: bool
) -> tuple[Block, ...]:
    facts = [pair for index in node.inputs for pair in _tensor_facts("input", tensors[index])]
    facts += [pair for index in node.outputs for pair in _tensor_facts("output", tensors[index])]
    if step is not None:
        together = "" if not step.merged else f", together with {', '.join(map(str, step.merged))}"
        facts.append(("kernel", f"{step.kernel} ({step.variant}){together}"))
    facts += [(measure.label, measure.texts[node_id(node.index)]) for measure in measures if node_id(node.index) in measure.texts]
    facts += [(name.replace("_", " "), shortened(value, _NAME)) for name, value in node.options.items()]
    blocks: list[Block] = [Facts(tuple(facts))]
    if node.constants:
        rows = tuple((shortened(one.name, _NAME), _constant_shape(one), _scales(one), f"{one.size_bytes:,}") for one in node.constants)
        blocks.append(Table(("constant", "shape", "scales", "bytes"), rows, "Weights and constants"))
        blocks += [_weights(one) for one in node.constants if with_weights and one.histogram is not None and sum(one.histogram.counts) > 1]
    return tuple(blocks)


def _constant_shape(one: ConstantDetail) -> str:
    return f"{shape_text(one.shape)} {one.dtype}"


def _scales(one: ConstantDetail) -> str:
    if not one.scale_count:
        return "none"
    if one.scale_count == 1:
        return number(one.scale_min, 6)
    return f"{one.scale_count}, {number(one.scale_min)} to {number(one.scale_max)}"


def _weights(one: ConstantDetail) -> Chart:
    assert one.histogram is not None
    low, width = one.histogram.low, (one.histogram.high - one.histogram.low) / len(one.histogram.counts)
    points = tuple((low + (place + 0.5) * width, float(count)) for place, count in enumerate(one.histogram.counts))
    title = f"Values of {shortened(one.name, 40)}"
    return Chart("bars", title, "stored value", "count", (Series("values", points),), small=True)


def _measures(run: Run, graph: GraphDetail, losses: Sequence[LayerError]) -> list[Measure]:
    """What is known of the operators, the costliest thing first."""
    owners = {layer.index: [node_id(index) for index in (*layer.merged, layer.index)] for layer in run.layers}
    found = []
    for key, (title, of) in COLUMNS.items():
        values = {owner: float(value) for layer in run.layers if (value := of(layer)) is not None for owner in owners[layer.index]}
        found.append(_measure(key, title, values, lambda value: f"{value:,.0f}"))
    steps = {node_id(index): step for step in run.details.steps for index in (*step.merged, step.index)}
    found.append(_measure("plan_ram", "RAM while it runs, bytes", {name: float(step.ram_bytes) for name, step in steps.items()}, _whole))
    weights = {node_id(node.index): float(sum(one.size_bytes for one in node.constants)) for node in graph.nodes}
    found.append(_measure("constants", "flash of its constants, bytes", weights, _whole))
    found.append(_measure("node_macs", "MACs of the operator", {node_id(n.index): float(n.macs) for n in graph.nodes if n.macs}, _whole))
    found.append(_measure("loss", "quantization error at the output", _losses(graph, losses), lambda value: f"{value:.4g}"))
    keys = {measure.key for measure in found if measure is not None}
    double = {"plan_ram": "ram_bytes", "node_macs": "macs"}
    return [one for one in found if one is not None and double.get(one.key) not in keys]


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _losses(graph: GraphDetail, losses: Sequence[LayerError]) -> dict[str, float]:
    """By node: `mcu explain` counts the float model's operators, so the first of a kind there is the first of that kind here.

    Kinds of which one has more than the other are left out: it would be a guess.
    """
    found: dict[str, float] = {}
    for kind in {loss.operator for loss in losses}:
        there = sorted((loss for loss in losses if loss.operator == kind and loss.op is not None), key=lambda loss: loss.op or 0)
        here = [node for node in graph.nodes if node.operator == kind]
        if len(there) == len(here):
            found |= {node_id(node.index): loss.output_error for node, loss in zip(here, there, strict=True)}
    return found


def _measure(key: str, label: str, values: Mapping[str, float], text: Callable[[float], str]) -> Measure | None:
    """Shades by the square root: what costs a tenth is still to be seen.  None where every value is zero."""
    most = max(values.values(), default=0.0)
    if most <= 0 or not math.isfinite(most):
        return None
    shades = {name: math.sqrt(max(0.0, value) / most) for name, value in values.items()}
    return Measure(key, label, shades, {name: text(value) for name, value in values.items()})
