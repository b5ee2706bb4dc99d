"""What is summed up of a cascade as it grows is what its schedule says, and the bounds of the search lose nothing."""

from __future__ import annotations

import pytest

from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runtimes.aot.cascade import extents, search
from mcu_toolkit.runtimes.aot.cascade.bands import Bands
from mcu_toolkit.runtimes.aot.cascade.cascade import Outline, plan_outline, row_bytes
from mcu_toolkit.runtimes.aot.cascade.extents import Extents, Layers, closed_beginnings
from mcu_toolkit.runtimes.aot.cascade.search import CascadeSearch
from mcu_toolkit.runtimes.aot.compiler import compile_model
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.passes.kernel_choice import DEFAULT
from tests.ops.cascade_networks import network

TARGET = Target("dsp")


def layers_of(model: Model) -> tuple[Bands, Layers]:
    views = tuple(OpView(model.main, op, model.graphs) for op in model.main.ops)
    bands = Bands(views, TARGET, DEFAULT)
    steps = [DEFAULT.lower(view, TARGET) for view in views]
    return bands, Layers.of(model.main, views, bands.windows, steps, TARGET)


def overhead(layers: Layers, outline: Outline) -> float:
    """Instructions more than layer by layer: rows that stay from one turn to the next, copies, calls, and results that nobody needs."""
    flows, graph, members = outline.schedule.flows, layers.graph, range(outline.first, outline.last + 1)
    kept = sum((flow.capacity - flow.step) * row_bytes(graph, tensor) for tensor, flow in flows.items() if flow.capacity)
    moved = outline.schedule.turns * kept + sum(graph.tensors[tensor].size_bytes for tensor in outline.inputs if tensor in flows)
    steps = (flows[layers.views[n].op.outputs[0]].step for n in members)
    vain = sum(extents._in_vain(layers.views[n], layers.steps[n].macs, step, TARGET) for n, step in zip(members, steps, strict=True))
    return vain + 0.3 * moved + 150 * outline.schedule.turns * len(members)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("copied", [False, True])
def test_a_growing_cascade_has_the_memory_and_the_inputs_of_its_schedule(seed: int, copied: bool) -> None:
    model = parse_model(network(seed).content, "net")
    bands, layers = layers_of(model)
    graph, compared = model.main, 0
    for last in range(len(graph.ops)):
        for rows in (1, 2, 3):
            growing, alive = Extents(layers, last, rows, copied=copied), True
            closed = set(closed_beginnings(layers, last))
            for first in range(last, -1, -1):
                outline = plan_outline(graph, bands, first, last, rows, copied=copied)
                alive = alive and first in closed and growing.grow()
                assert alive == (outline is not None), (first, last, rows)
                if outline is None:
                    continue
                found = growing.candidate()
                assert (found.first, found.last, found.inputs) == (first, last, outline.inputs)
                assert found.least_bytes == outline.least_bytes
                assert found.overhead == pytest.approx(overhead(layers, outline))
                compared += 1
    assert compared


@pytest.mark.parametrize("seed", range(30, 42))
def test_the_bound_on_the_smallest_arena_loses_nothing(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    model = parse_model(network(seed).content, "net")
    plain = compile_model(model, TARGET)
    views = [OpView(model.main, op, model.graphs) for op in model.main.ops]

    def smallest() -> object:
        found = CascadeSearch(model.main, views, TARGET, DEFAULT, plain.plan.peak_bytes).smallest()
        return None if found is None else (found[1].peak_bytes, [(step.op.index, len(step.merged), step.rows) for step in found[0]])

    bounded = smallest()
    monkeypatch.setattr(search, "_SHORT", 0)  # the bound is then what whole layers need
    assert smallest() == bounded
