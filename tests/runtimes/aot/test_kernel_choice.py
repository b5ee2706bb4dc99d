"""Which kernel variant a layer uses: the default, a choice, and a choice that this version cannot do."""

from __future__ import annotations

import numpy as np
import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runtimes.aot.compiler import compile_model
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.registry import all_operators, lower_layer, ways_of_layer
from mcu_toolkit.runtimes.aot.passes.kernel_choice import Choice
from tests.ops.dsp.drawn import case
from tests.runtimes.aot.test_fusing import Block, merged, residual

DSP = Target("dsp")


def block() -> Model:
    made = Block()
    outputs = residual(made)
    return parse_model(made.builder.build([made.x], outputs), "block")


def variants(model: Model, choice: dict[int, str], target: Target = DSP) -> dict[int, str]:
    return {step.op.index: step.variant for step in compile_model(model, target, choice=Choice(choice)).steps}


def test_without_a_choice_every_layer_is_done_by_its_first_kernel_variant() -> None:
    model = block()
    views = [OpView(model.main, op, model.graphs) for op in model.main.ops]
    for view in views:
        ways = [step.variant for _, step in ways_of_layer(view, DSP)]
        assert lower_layer(view, DSP)[1].variant == ways[0]
        assert len(set(ways)) == len(ways)
        assert ways[-1] == "portable"
    assert variants(model, {}) == {0: "dsp", 1: "dsp", 3: "dsp into add", 4: "dsp"}


def test_a_layer_gets_the_kernel_variant_that_is_chosen_and_the_others_keep_theirs() -> None:
    assert variants(block(), {1: "portable"}) == {0: "dsp", 1: "portable", 3: "dsp into add", 4: "dsp"}


def test_a_sum_may_be_kept_apart_from_its_convolution() -> None:
    assert variants(block(), {3: "dsp"}) == {0: "dsp", 1: "dsp", 2: "dsp", 3: "dsp", 4: "dsp"}
    assert variants(block(), {3: "portable"})[3] == "portable"


def roomy() -> Model:
    """A residual block behind a tensor of four images, at whose time the arena is largest."""
    made = Block()
    wide = made.builder.tensor([1, 8, 8, 16], "int8", 0.05, 0)
    made.builder.op("CONCATENATION", [made.x] * 4, [wide], axis=3, fused_activation_function="NONE", version=2)
    narrow = made.image()
    made.builder.op(
        "STRIDED_SLICE",
        [wide, *(made.builder.tensor([4], "int32", data=np.array(ends, np.int32)) for ends in ([0] * 4, [1, 8, 8, 4], [1] * 4))],
        [narrow],
        **dict.fromkeys(("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"), 0),
    )
    made.x, first = narrow, made.x
    outputs = residual(made)
    return parse_model(made.builder.build([first], outputs), "roomy")


def test_a_group_that_saves_no_memory_is_made_where_it_is_chosen() -> None:
    assert "dsp into add" not in variants(roomy(), {}).values()
    sum_layer = next(op.index for op in roomy().main.ops if op.name == "ADD")
    chosen = compile_model(roomy(), DSP, choice=Choice({sum_layer: "dsp into add"}))
    assert merged(chosen) == [(sum_layer - 1, sum_layer)]


def test_without_merging_a_chosen_group_is_done_one_by_one() -> None:
    assert variants(block(), {3: "dsp into add"}, Target("dsp", merge=False))[3] == "dsp"


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({1: "dsp winograd"}, "layer 1 has no kernel variant 'dsp winograd'"),
        ({1: "mve"}, "layer 1 has no kernel variant 'mve'"),
        ({9: "dsp"}, "layer 9 has no kernel variant 'dsp'"),
        ({4: "dsp into add"}, "layer 4 has no kernel variant 'dsp into add'"),
    ],
)
def test_a_choice_that_cannot_be_done_is_refused(choice: dict[int, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        variants(block(), choice)


def test_the_names_of_an_operators_kernel_variants_differ() -> None:
    for variants in all_operators().values():
        for operator in variants.values():
            names = [one.name for one in operator.variants]
            assert len(set(names)) == len(names)
            assert all(names)


def test_depthwise_layers_offer_other_bands_and_taps() -> None:
    for seed in range(8):
        model = parse_model(case(seed, "DEPTHWISE_CONV_2D large").content, "drawn")
        ways = {step.variant: step.scratch_bytes for _, step in ways_of_layer(OpView(model.main, model.main.ops[0], model.graphs), DSP)}
        assert ways["dsp taps"] < ways["dsp channel-major 4 KB"] < ways["dsp"]
        assert ways.get("dsp channel-major 32 KB", 32768) > ways["dsp"]
