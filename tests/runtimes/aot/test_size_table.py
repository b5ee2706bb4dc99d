"""The measured tables of code sizes: what is counted once, what stands in for what was not measured, and how they are kept up to date."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.code_sizes import REPRESENTATIVE
from benchmarks.sizes.corpus import Sample
from benchmarks.sizes.link import Keys, Linked, Linker
from benchmarks.sizes.measure import Measured, measured, parts_of
from benchmarks.sizes.stack import Frame
from benchmarks.sizes.table import routines_of
from benchmarks.sizes.unit_stacks import UnitStack, caller_bytes, unit_stacks
from mcu_toolkit.artifacts.code_parts import CodeParts, together
from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import McuError
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes.aot.runtime import AotRuntime
from mcu_toolkit.runtimes.aot.size_table import Routine, SizeTable, UnitSize, code_size, size_table
from scripts.probe import forms_signal, forms_state
from scripts.probe.case import cases_of
from tests import small_models

ADD, MULTIPLY = "function add_float32", "function mul_float32"
PARTS = CodeParts((ADD,), (((ADD,),),), 1, 0, 0, 0, {}, 2, 8, 64, 8)
TABLE = SizeTable(
    core="cortex-m0", measured="2026-01-01", compiler="gcc", images=2, caller_bytes=50, flash_base_bytes=5000, model_bytes=400,
    statement_bytes=10, argument_bytes=0, array_bytes=0, port_bytes=0, dim_bytes=0,
    units={ADD: UnitSize(100, 24), MULTIPLY: UnitSize(60, 40)}, layers={}, records={"none": 0},
    routines={"addsf3.o": Routine(700, (ADD,)), "compare.o": Routine(90, (ADD, MULTIPLY))}, largest_error_bytes=0,
)  # fmt: skip


def with_units(*units: str) -> CodeParts:
    return replace(PARTS, units=units, by_model=((units,),))


def test_a_routine_of_the_c_library_is_counted_once_and_for_those_that_need_it() -> None:
    sizes = {units: code_size(with_units(*units), TABLE).flash_bytes for units in ((ADD,), (MULTIPLY,), (ADD, MULTIPLY))}
    assert sizes == {(ADD,): 10 + 100 + 790, (MULTIPLY,): 10 + 60 + 90, (ADD, MULTIPLY): 10 + 160 + 790}


def test_what_was_not_measured_counts_as_the_largest_of_its_kind_with_its_routines() -> None:
    found = code_size(with_units("function add_float64"), TABLE)
    assert found.unknown == ("function add_float64",)
    assert found.flash_bytes == 10 + 100 + 790


def test_models_of_one_firmware_have_their_units_once_and_an_entry_more() -> None:
    both = together([with_units(ADD), replace(with_units(ADD, MULTIPLY), arena_bytes=80)])
    assert (both.units, both.arena_bytes, both.state_bytes, both.statements) == ((ADD, MULTIPLY), 80, 16, 2)
    found = code_size(both, TABLE)
    assert found.flash_bytes == 400 + 2 * 10 + 160 + 790
    assert found.stack_bytes == max(code_size(one, TABLE).stack_bytes for one in (with_units(ADD), with_units(ADD, MULTIPLY)))


def image(name: str, units: tuple[str, ...], routines: dict[str, int]) -> Measured:
    return Measured(name, Keys(name, "common"), with_units(*units), Linked(6000, 0, 64, 0, 0, 40, {}, routines))


def deep(stack_bytes: int, *layers: tuple[str, ...], **functions: int) -> Measured:
    """An image with `layers`; `functions`: depths of those that are no part of their caller, whose own frame has 30 bytes."""
    units = tuple(sorted({unit for layer in layers for unit in layer}))
    frames = {"m_model_layers": Frame(30, stack_bytes), **{name.replace("__", "."): Frame(0, depth) for name, depth in functions.items()}}
    linked = Linked(6000, 0, 64, 0, 0, stack_bytes, frames, {})
    return Measured(str(stack_bytes), Keys(str(stack_bytes), "common"), replace(PARTS, units=units, by_model=(layers,)), linked)


def test_a_part_that_no_image_shows_alone_takes_the_stack_of_its_kind_not_that_of_the_network_around_it() -> None:
    dense, other, depthwise = ("function bytes_rest_2",), ("function bytes_rest_1",), ("kernel aot_depthwise",)
    found = unit_stacks([deep(48, other), deep(400, depthwise), deep(412, dense, depthwise)])
    assert {unit: one.alone_bytes for unit, one in found.items()} == {dense[0]: 48, other[0]: 48, depthwise[0]: 400}
    assert unit_stacks([deep(412, dense, depthwise)])[dense[0]].alone_bytes == 412, "nothing is known of its kind: the bound"


def test_a_kernel_that_several_layers_call_has_a_frame_on_top_of_its_callers() -> None:
    rows, columns = ("kernel aot_rows",), ("function columns",)
    images = [deep(100, rows), deep(20, columns), deep(230, rows, columns, aot_rows__constprop__0=200), deep(250, rows, rows, aot_rows=210)]
    images.append(deep(70, columns, columns, m_model_columns=40))
    found = unit_stacks(images)
    assert found[rows[0]] == UnitStack(alone_bytes=100, called_bytes=205)
    assert found[columns[0]] == UnitStack(alone_bytes=20, called_bytes=40), "a model's own function, without the model's prefix"
    assert caller_bytes(images) == 30
    table = replace(TABLE, units={rows[0]: UnitSize(0, 100, 205)})
    once, twice = (replace(PARTS, units=rows, by_model=((rows,) * count,)) for count in (1, 2))
    assert code_size(once, table).stack_bytes == 100
    assert code_size(twice, table).stack_bytes == 50 + 205
    apart = replace(PARTS, units=rows, by_model=((rows,), (rows,)))
    assert code_size(apart, table).stack_bytes == 50 + 205, "two models of one file call it"


def test_a_part_needs_the_routines_that_all_images_with_it_have() -> None:
    always = {"memset.o": 168}
    images = [
        image("a", (ADD,), {**always, "add.o": 700, "compare.o": 90}),
        image("b", (ADD, MULTIPLY), {**always, "add.o": 700, "mul.o": 400}),
        image("c", (MULTIPLY,), {**always, "mul.o": 400}),
    ]
    assert routines_of(images) == {"add.o": Routine(700, (ADD,)), "mul.o": Routine(400, (MULTIPLY,))}, "nothing of what every image has"


@pytest.mark.parametrize("core", REPRESENTATIVE)
def test_floating_point_has_a_part_of_its_own_where_no_instruction_does_it(core: str) -> None:
    soft = {name for name in size_table(core).routines if name.rstrip(".o)").endswith("sf3") or "addsubsf3" in name}
    assert bool(soft) == (core in ("cortex-m0", "cortex-m3", "rv32imac")), soft
    for name in soft:
        assert all("int8" not in unit.split("_")[-1] for unit in size_table(core).routines[name].units if unit.startswith("function add"))


def needs_arm_compiler() -> None:
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("arm-none-eabi-gcc is not installed")


def test_what_an_image_depends_on_is_in_its_key(tmp_path: Path) -> None:
    needs_arm_compiler()
    linker = Linker(load_board("microbit"), tmp_path / "p")
    first, second = (parse_model(content, "model") for content in (small_models.network(), small_models.addition()))
    keys = linker.generate([first], AotRuntime())
    for models in ([second], [first, second]):
        assert linker.generate(models, AotRuntime()).own != keys.own
        assert linker.generate(models, AotRuntime()).common == keys.common, "the firmware around them is the same"
    assert linker.generate([first], AotRuntime()) == keys


@pytest.mark.slow
def test_only_what_changed_is_linked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs_arm_compiler()
    one, two = Sample("one", (small_models.fully_connected(),)), Sample("two", (small_models.network(),))
    linked: list[str] = []
    link = Linker.link_generated
    monkeypatch.setattr(Linker, "link_generated", lambda self: (linked.append("image"), link(self))[1])

    def run(*samples: Sample, only_new: bool = False) -> tuple[list[str], int]:
        monkeypatch.setattr("benchmarks.sizes.measure.samples", lambda: iter(samples))
        linked.clear()
        return [found.name for found in measured(load_board("microbit"), tmp_path, only_new=only_new)], len(linked)

    assert run(one) == (["one"], 1)
    assert run(one, two) == (["one", "two"], 1)
    changed = replace(one, contents=(small_models.fully_connected(inputs=9),))
    assert run(changed, two) == (["one", "two"], 1), "by its content, not by its name"
    assert run(replace(one, contents=(small_models.fully_connected(inputs=11),)), only_new=True) == (["one"], 0), "names are believed"


@pytest.mark.slow
def test_where_the_firmware_around_the_models_grew_one_image_says_by_how_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs_arm_compiler()
    two = (Sample("one", (small_models.fully_connected(),)), Sample("two", (small_models.network(),)))
    monkeypatch.setattr("benchmarks.sizes.measure.samples", lambda: iter(two))
    before = [found.linked.flash_bytes for found in measured(load_board("microbit"), tmp_path)]
    linked: list[int] = []
    link, generate = Linker.link_generated, Linker.generate

    def larger(self: Linker) -> Linked:
        linked.append(1)
        found = link(self)
        return replace(found, flash_bytes=found.flash_bytes + 40)

    monkeypatch.setattr(Linker, "link_generated", larger)
    monkeypatch.setattr(Linker, "generate", lambda *words: replace(generate(*words), common="another firmware"))
    assert [found.linked.flash_bytes for found in measured(load_board("microbit"), tmp_path)] == [size + 40 for size in before]
    assert len(linked) == 1
    assert [found.linked.flash_bytes for found in measured(load_board("microbit"), tmp_path)] == [size + 40 for size in before]
    assert len(linked) == 1, "kept as it is now"


@pytest.mark.nightly
@pytest.mark.parametrize("core", REPRESENTATIVE)
def test_kernels_of_recurrent_and_signal_operators_were_measured(core: str) -> None:
    """`python -m benchmarks.code_sizes` where this fails: until then `mcu fit` takes the largest kernel of the same kind."""
    known, board = set(size_table(core).units), load_board(REPRESENTATIVE[core])
    missing: dict[str, set[str]] = {}
    for case in cases_of((*forms_state.FORMS, *forms_signal.FORMS)):
        try:
            units = parts_of([parse_model(case.build(), "model")], board).units
        except McuError:
            continue
        missing[case.key] = {unit for unit in units if unit.startswith(("kernel ", "function "))} - known
    assert not {key: units for key, units in missing.items() if units}
