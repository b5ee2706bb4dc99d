"""Which variants are measured together, and which are chosen, from figures alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mcu_toolkit.artifacts import CompiledModelInfo, ConstantDigests, LayerInfo
from mcu_toolkit.pipeline.profiling.tune_choice import best_variants, rounds
from mcu_toolkit.pipeline.workspace.tune_file import Candidate
from mcu_toolkit.runtimes.base import LayerVariants

OFFERED = {
    0: LayerVariants(("dsp", "dsp taps", "portable")),
    1: LayerVariants(("dsp", "portable")),
    2: LayerVariants(("dsp", "portable"), ("dsp into add",)),
}
"""Layer 2 can take layer 1 in."""
DEFAULT = {0: "dsp", 2: "dsp into add"}
SCRATCH_BYTES = {"dsp": 50, "dsp taps": 60, "portable": 0, "dsp into add": 40}


def ways(**cycles: int) -> dict[str, Candidate]:
    return {name.replace("_", " "): Candidate(name.replace("_", " "), 1, count, 100, 0, 0) for name, count in cycles.items()}


def compiled(variants: Mapping[int, str]) -> CompiledModelInfo:
    """Joined by default; every layer needs its scratch memory on top of 1000 bytes, apart another 200."""
    variants = {**DEFAULT, **variants}
    joined = variants[2] == "dsp into add"
    numbers = (0, 2) if joined else (0, 1, 2)
    layers = tuple(
        LayerInfo(
            index=number,
            operator="CONV_2D",
            merged=(1,) if joined and number == 2 else (),
            rows=0,
            kernel="conv_2d",
            variant=variants.get(number, "dsp"),
            macs=1,
            runs=True,
            weights_bytes=0,
            ram_bytes=1000 + SCRATCH_BYTES[variants.get(number, "dsp")] + (0 if joined else 200),
        )
        for number in numbers
    )
    return compiled_model(max(layer.ram_bytes for layer in layers), layers)


def compiled_model(arena_bytes: int, layers: tuple[LayerInfo, ...]) -> CompiledModelInfo:
    return CompiledModelInfo(
        name="m",
        prefix="m",
        macs=0,
        folded_operators=0,
        weights_bytes=0,
        repacked_weights_bytes=0,
        weights_before_bytes=0,
        arena_bytes=arena_bytes,
        arena_lower_bound_bytes=0,
        arena_order="",
        tuned={},
        state_bytes=0,
        arena=(),
        layers=layers,
        constants=ConstantDigests(),
    )


def test_between_them_the_rounds_have_every_scheme_and_joined_ones_last() -> None:
    assert list(rounds(OFFERED)) == [
        {0: "dsp", 1: "dsp", 2: "dsp"},
        {0: "dsp taps", 1: "portable", 2: "portable"},
        {0: "portable", 1: "dsp", 2: "dsp"},
        {0: "dsp", 1: "dsp", 2: "dsp into add"},
    ]


def test_the_fewest_cycles_are_chosen_then_the_fewest_bytes() -> None:
    found = {0: ways(dsp=10, portable=8), 2: ways(dsp=5, dsp_into_add=9), 1: ways(dsp=6)}
    assert best_variants(found, OFFERED, DEFAULT, compiled) == {0: "portable", 2: "dsp into add"}
    found[0] = {**ways(dsp=8), "portable": Candidate("portable", 1, 8, 99, 0, 0)}
    assert best_variants(found, OFFERED, DEFAULT, compiled)[0] == "portable"
    found[0] = {**ways(dsp=8), "portable": Candidate("portable", 1, 8, 101, 0, 0)}
    assert best_variants(found, OFFERED, DEFAULT, compiled)[0] == "dsp"


def test_a_core_without_cycles_is_judged_by_instructions() -> None:
    found = {0: {"dsp": Candidate("dsp", 9, None, 1, 0, 0), "portable": Candidate("portable", 7, None, 5, 0, 0)}}
    assert best_variants(found, OFFERED, DEFAULT, compiled)[0] == "portable"


def test_a_faster_scheme_that_makes_the_arena_larger_is_left_out_and_others_stay() -> None:
    found = {0: ways(dsp=10, dsp_taps=3), 2: ways(dsp=5, dsp_into_add=9), 1: ways(dsp=6)}
    assert compiled({}).arena_bytes == 1050
    assert compiled({0: "dsp taps"}).arena_bytes == 1060
    assert best_variants(found, OFFERED, DEFAULT, compiled) == DEFAULT


def test_joined_operators_are_compared_with_all_of_them_alone() -> None:
    roomy = {**DEFAULT, 0: "dsp"}

    def flat(variants: Mapping[int, str]) -> CompiledModelInfo:
        return replace(compiled(variants), arena_bytes=1)

    dear = {0: ways(dsp=10), 1: ways(dsp=6, portable=20), 2: ways(dsp=5, dsp_into_add=12)}
    assert best_variants(dear, OFFERED, roomy, flat) == {0: "dsp", 1: "dsp", 2: "dsp"}
    cheap = {**dear, 2: ways(dsp=5, dsp_into_add=11)}  # as much as 5 + 6
    assert best_variants(cheap, OFFERED, roomy, flat) == {0: "dsp", 2: "dsp into add"}
