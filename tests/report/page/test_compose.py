"""What a page says, and in which order: the verdict first, accuracy before parity, differences of several runs."""

from __future__ import annotations

from dataclasses import replace

from mcu_toolkit.artifacts.scores import ClassificationScore, RegressionScore, Roc, Scores, ValueScore
from mcu_toolkit.report.details import Details, Predictions
from mcu_toolkit.report.page.blocks import ArenaMap, Chart, Gallery, GraphView, Section, Table, Tree
from mcu_toolkit.report.page.compose import MAX_VIEWS, compose
from mcu_toolkit.report.page.results import labelled
from mcu_toolkit.report.page.run import LayerError, Run, SchemeRow
from tests.report.page.results import details, failing, report, run


def section(sections: tuple[Section, ...], name: str) -> Section:
    return next(one for one in sections if one.id.endswith(name))


def table(found: Section, caption: str) -> Table:
    return next(block for block in found.blocks if isinstance(block, Table) and caption in block.caption)


def test_the_verdict_comes_first_and_accuracy_before_parity() -> None:
    (view,) = compose(labelled([run()])).runs
    assert view.verdict == "pass"
    assert view.headline == "pets: netduinoplus2 computes exactly what tflm does"
    assert [tile.label for tile in view.tiles] == ["Accuracy", "Parity", "Flash", "RAM", "Stack", "Cycles"]
    assert [one.id.removeprefix("run1-") for one in view.sections] == [
        "deployed", "accuracy", "samples", "parity", "sizes", "graph", "arena", "speed", "remarks",
    ]  # fmt: skip


def test_what_was_deployed_has_its_hashes() -> None:
    (view,) = compose(labelled([run()])).runs
    facts = dict(section(view.sections, "deployed").blocks[0].pairs)  # type: ignore[union-attr]
    assert (facts["model SHA-256"], facts["image SHA-256"], facts["firmware build"]) == ("a" * 64, "c" * 64, "0123456789abcdef")


def test_a_failure_gives_its_reasons_in_the_verdict() -> None:
    (view,) = compose(labelled([run(failing())])).runs
    assert view.verdict == "fail"
    assert view.reasons == ("device differs from tflm in 3 of 4 samples (17 bytes, by up to 9 LSB)",)


def test_classes_are_counted_where_the_result_has_no_scores() -> None:
    (view,) = compose(labelled([run()])).runs
    matrix = table(section(view.sections, "accuracy"), "Confusion matrix of device")
    assert matrix.columns == ("true \\ predicted", "cat", "dog")
    assert matrix.rows == (("cat", "2", "0"), ("dog", "1", "1"))
    classes = table(section(view.sections, "accuracy"), "Each class").rows
    assert classes[1] == ("dog", "100.00 %", "50.00 %", "66.67 %", "2")


def test_a_regression_has_its_errors_and_residuals() -> None:
    value = ValueScore("y", 0.25, 0.5, 0.9, (1.0, 2.0), (1.5, 2.0))
    regression = RegressionScore(0.25, 0.5, 0.9, (value,), 2)
    made = replace(report(), accuracy={}, scores=Scores({"device": regression}), details=None)
    (view,) = compose(labelled([run(made)])).runs
    assert view.tiles[0].label == "Mean absolute error"
    found = section(view.sections, "accuracy")
    assert table(found, "targets").rows == (("device", "0.25", "0.5", "0.9"),)
    clouds = [block for block in found.blocks if isinstance(block, Chart)]
    assert [chart.series[0].points for chart in clouds] == [((1.0, 1.5), (2.0, 2.0)), ((1.0, 0.5), (2.0, 0.0))]


def test_two_classes_have_a_roc_curve_and_each_output_its_scores() -> None:
    score = ClassificationScore(("cat", "dog"), ((1, 1), (0, 2)), 0.75, (), Roc((0.0, 0.5, 1.0), (0.0, 1.0, 1.0), 0.875))
    made = replace(report(), scores=Scores(by_output={"pet": {"device": score}, "age": {"device": RegressionScore(1, 2, None, (), 4)}}))
    found = section(compose(labelled([run(made)])).runs[0].sections, "accuracy")
    curve = next(block for block in found.blocks if isinstance(block, Chart))
    assert curve.title == "ROC curve of device, output pet, area 0.8750"
    assert curve.series[0].points == ((0.0, 0.0), (0.5, 1.0), (1.0, 1.0))
    assert table(found, "Against the targets").rows == (("device", "1", "2", "-"),)


def test_samples_are_marked_right_and_wrong() -> None:
    (view,) = compose(labelled([run()])).runs
    gallery = section(view.sections, "samples").blocks[0]
    assert isinstance(gallery, Gallery)
    assert [(one.caption, one.tone) for one in gallery.pictures] == [("cat instead of dog", "bad"), ("cat", "good")]


def test_the_graph_has_a_node_an_operator_and_colours_for_what_is_known() -> None:
    losses = Run(
        "e.json",
        "explain",
        losses=(
            LayerError("b", "CONV_2D", 30.0, 0.25, 4),
            LayerError("a", "CONV_2D", 40.0, 1.0, 2),
            LayerError("x", "ADD", None, 0.5, 0),
            LayerError("y", "ADD", None, 0.5, 5),
        ),
    )
    page = compose(labelled([run(), losses]))
    view = section(page.runs[0].sections, "graph").blocks[0]
    assert isinstance(view, GraphView)
    assert [node.title for node in view.nodes] == ["net/t0", "0 CONV_2D", "1 CONV_2D", "2 ADD", "net/t3"]
    assert {(edge.source, edge.target) for edge in view.edges} == {
        ("in0", "op0"), ("op0", "op1"), ("op1", "op2"), ("in0", "op2"), ("op2", "out3"),
    }  # fmt: skip
    measures = {measure.key: measure for measure in view.measures}
    assert {"cycles", "instructions", "weights_bytes", "ram_bytes", "constants", "loss"} <= set(measures)
    assert measures["loss"].shades == {"op0": 1.0, "op1": 0.5}, "in the order of the float model; which ADD it is, is not known"
    assert measures["cycles"].texts["op2"] == "45,002"


def test_layers_that_differ_can_be_seen_in_the_graph() -> None:
    view = section(compose(labelled([run(failing())])).runs[0].sections, "graph").blocks[0]
    assert isinstance(view, GraphView)
    differing = next(measure for measure in view.measures if measure.key == "differing_bytes")
    assert differing.shades == {"op0": 1.0, "op1": 0.0, "op2": 0.0}


def test_the_arena_shows_buffers_peak_and_lower_bound() -> None:
    found = section(compose(labelled([run()])).runs[0].sections, "arena")
    view = found.blocks[0]
    assert isinstance(view, ArenaMap)
    assert view.in_use_bytes == (256, 768, 512)
    assert [(box.first_step, box.last_step, box.scratch) for box in view.boxes] == [(0, 1, False), (1, 2, True)]
    assert "1,024 B, lower bound 900 B; most is needed in step 1" in found.lead


def test_the_size_tree_adds_up_to_what_the_map_says() -> None:
    found = section(compose(labelled([run()])).runs[0].sections, "sizes")
    flash = next(block for block in found.blocks if isinstance(block, Tree))
    assert [(part.name, part.value) for part in flash.parts] == [("weights", 432), ("kernels", 900), ("libc", 68)]
    assert sum(part.value for part in flash.parts) == 1400


def test_two_runs_show_what_changed() -> None:
    page = compose(labelled([run(source="base.json"), run(failing(), "new.json")]))
    changed = section(page.shared, "differences")
    figures = {row[0]: row[1:] for row in table(changed, "Figures").rows}
    assert figures["flash"] == ("1,400 B", "1,500 B", "+7.14 %")
    assert figures["cycles"] == ("140,000", "150,000", "+7.14 %")
    assert figures["verdict"] == ("pass", "fail", "changed")
    (layer,) = table(changed, "Layers that changed").rows
    assert layer[:2] == ("0", "CONV_2D")
    assert "cycles 45,000 → 60,000 (+33.33 %)" in layer[-1]
    moved = table(changed, "changed class")
    assert moved.caption == "2 samples changed class"
    assert moved.rows == (("0", "cat", "cat", "dog"), ("1", "dog", "cat", "dog"))
    assert moved.tones == ("bad", "good")
    pictures = next(block for block in changed.blocks if isinstance(block, Gallery)).pictures
    assert {(one.caption, one.tone) for one in pictures} == {("cat became dog", "good"), ("cat became dog", "bad")}


def test_an_operator_that_was_put_in_between_changes_no_other_one() -> None:
    base, made = report(2), report(2)
    graph = details(2).graph
    assert graph is not None
    first, add = graph.nodes
    pool = replace(first, index=1, operator="MAX_POOL_2D", constants=(), inputs=(1,), outputs=(3,))
    tensors = (*graph.tensors, replace(graph.tensors[1], index=3))
    longer = replace(graph, nodes=(first, pool, replace(add, index=2, inputs=(3, 0))), tensors=tensors)
    new = replace(made, details=replace(details(2), graph=longer, steps=()))
    page = compose(labelled([run(base, "a.json"), run(new, "b.json")]))
    rows = table(section(page.shared, "differences"), "Operators of the graph").rows
    assert rows == (("", "1", "MAX_POOL_2D", "added"),)
    view = section(page.runs[0].sections, "graph").blocks[0]
    assert isinstance(view, GraphView)
    assert {node.id: node.change for node in view.nodes if node.change} == {"op1": "added"}


def test_an_operator_that_is_gone_is_drawn_where_it_stood() -> None:
    graph = details(3).graph
    assert graph is not None
    first, second, add = graph.nodes
    longer = replace(graph, nodes=(first, replace(second, operator="MAX_POOL_2D"), add))
    shorter = replace(graph, nodes=(first, replace(add, index=1, inputs=(1, 0))))
    base, new = (replace(report(3), details=replace(details(3), graph=one, steps=())) for one in (longer, shorter))
    page = compose(labelled([run(base, "a.json"), run(new, "b.json")]))
    assert table(section(page.shared, "differences"), "Operators of the graph").rows[0] == ("1", "", "MAX_POOL_2D", "removed")
    view = section(page.runs[0].sections, "graph").blocks[0]
    assert isinstance(view, GraphView)
    assert [(node.id, node.change) for node in view.nodes][1:4] == [("op0", ""), ("gone1", "removed"), ("op1", "changed")]
    assert [node.y for node in view.nodes] == sorted(node.y for node in view.nodes)
    assert {(edge.source, edge.target) for edge in view.edges if edge.label == "before"} == {("op0", "gone1"), ("gone1", "op1")}
    assert {edge.source for edge in view.edges} | {edge.target for edge in view.edges} <= {node.id for node in view.nodes}


def test_of_many_stored_samples_a_few_are_shown_wrong_ones_first() -> None:
    picture = details().samples[0]
    count = 40
    labels = tuple(int(place < 20) for place in range(count))
    predictions = Predictions("f" * 64, count, labels, {"device": (0,) * count})
    many = replace(details(), samples=tuple(replace(picture, index=place) for place in range(count)), predictions=predictions)
    gallery = section(compose(labelled([run(replace(report(), details=many))])).runs[0].sections, "samples").blocks[0]
    assert isinstance(gallery, Gallery)
    assert [one.tone for one in gallery.pictures] == ["bad"] * 8 + ["good"] * 4


def test_other_samples_are_not_compared_one_by_one() -> None:
    predictions = details().predictions
    assert predictions is not None
    other = replace(report(), details=replace(details(), predictions=replace(predictions, inputs_sha256="e" * 64)))
    page = compose(labelled([run(source="a.json"), run(other, "b.json")]))
    said = " ".join(str(block) for block in section(page.shared, "differences").blocks)
    assert "different samples" in said


def test_boards_stand_side_by_side_and_three_runs_make_a_history() -> None:
    boards = [run(replace(report(), board=board), f"{board}.json") for board in ("netduinoplus2", "mps2_an500")]
    side = section(compose(labelled(boards)).shared, "side").blocks[0]
    assert isinstance(side, Table)
    assert [row[1] for row in side.rows] == ["netduinoplus2", "mps2_an500"]
    page = compose(labelled([run(source=f"{n}.json") for n in range(3)]))
    titles = [block.title for block in section(page.shared, "history").blocks if isinstance(block, Chart)]
    assert titles[:2] == ["flash of pets on netduinoplus2", "RAM without stack of pets on netduinoplus2"]


def test_of_many_runs_only_some_are_shown_in_full() -> None:
    page = compose(labelled([run(source=f"{n}.json") for n in range(10)]))
    assert len(page.runs) == MAX_VIEWS
    assert page.runs[0].label == "9"
    assert {"0", "9"} <= {view.label for view in page.runs}
    assert len(section(page.shared, "side").blocks[0].rows) == 10  # type: ignore[union-attr]


def test_schemes_stand_against_float() -> None:
    rows = (
        SchemeRow("float32", "float", 4000, 1.0, 0.9, None, (), (), None),
        SchemeRow("int8", "int8", 1000, 0.25, 0.89, None, ("aot",), ("uno",), None),
    )
    (found,) = compose(labelled([Run("s.json", "schemes", model_name="pets", schemes=rows)])).shared
    listed = found.blocks[0]
    assert isinstance(listed, Table)
    assert listed.rows[1][:4] == ("int8", "1,000 B", "25.00 %", "89.00 %")


def test_a_result_without_details_has_a_page_too() -> None:
    (view,) = compose(labelled([run(replace(report(), details=None))])).runs
    assert "graph" not in {one.id.removeprefix("run1-") for one in view.sections}
    assert run(replace(report(), details=None)).details == Details()
