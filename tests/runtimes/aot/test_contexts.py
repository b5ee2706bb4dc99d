"""The context form and separate exports: instances that do not disturb each other, arenas that cannot be too small, programs that link."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware import export_folder
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.pipeline.export import with_prefix
from mcu_toolkit.runners import TflmRunner
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.base import PLAIN_EXPORT, ExportForm
from mcu_toolkit.system import process
from tests import small_models
from tests.model_builder import ModelBuilder
from tests.ops.avr import FLAGS, WARNINGS, require_avr, run_on_avr
from tests.ops.harness import STRICT_FLAGS

AOT = get_runtime("aot")
SVDF = parse_model(small_models.svdf(), "svdf")
CONVOLUTION = parse_model(small_models.convolution(), "convolution")
STEPS = 6
PEDANTIC = (*STRICT_FLAGS, "-Wpedantic", "-Wshadow", "-Wstrict-prototypes", "-Wcast-qual")
HOST = ("gcc", *PEDANTIC, "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
M4 = ("arm-none-eabi-gcc", *PEDANTIC, "-O2", "-mcpu=cortex-m4", "-mthumb", "-nostartfiles")
PLACES = ("-Wl,--section-start=.vectors=0", "-Wl,-Ttext=0x400", "-Wl,-Tdata=0x20000000", "-Wl,-e,start")
EMULATOR = ("qemu-system-arm", "-M", "mps2-an386", "-display", "none", "-monitor", "none", "-serial", "null")
HOST_MAIN = "\nint main(void) {\n    return check();\n}\n"
M4_MAIN = """
static void start(void) {
    const uint32_t ended[2] = {0x20026, (uint32_t)check()}; /* the application ends itself, exit code */
    __asm__ volatile("mov r0, #0x20\\n\\tmov r1, %0\\n\\tbkpt 0xAB" : : "r"(ended) : "r0", "r1", "memory");
    for (;;) {
    }
}

__attribute__((used, section(".vectors"))) static const uintptr_t vectors[2] = {0x20010000u, (uintptr_t)start};
"""
AVR_MAIN = """
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>

static void put(char letter) {
    while (!(UCSR0A & _BV(UDRE0))) {
    }
    UDR0 = letter;
}

int main(void) {
    UCSR0B = _BV(TXEN0);
    const int found = check();
    put("0123456789abcdef"[found >> 4 & 15]);
    put("0123456789abcdef"[found & 15]);
    put('\\n');
    put('.');
    put('\\n');
    cli();
    sleep_enable();
    sleep_cpu();
    return 0;
}
"""


def export(models: Sequence[Model], folder: Path, board: str = "host", form: ExportForm = PLAIN_EXPORT) -> Path:
    return export_folder(models, load_board(board), AOT, folder, form).folder


def golden(model: Model, samples: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    """The first output of each sample of a sequence, after a reset."""
    runner = TflmRunner(model)
    try:
        return np.asarray(runner.run([samples]).outputs[0], np.int8).reshape(len(samples), -1)
    finally:
        runner.close()


def array_text(name: str, values: npt.NDArray[np.int8]) -> str:
    dims = "".join(f"[{size}]" for size in values.shape)
    rows = re.sub(r"[\[\]]", lambda found: "{" if found[0] == "[" else "}", str(values.tolist()))
    return f"static const int8_t {name}{dims} = {rows};\n"


@pytest.fixture(scope="module")
def samples_text() -> str:
    random = np.random.default_rng(4)
    sequences = random.integers(-128, 128, (3, STEPS, *SVDF.inputs[0].shape[1:])).astype(np.int8)
    outputs = np.stack([golden(SVDF, sequence) for sequence in sequences])
    assert len({row.tobytes() for row in outputs.reshape(-1, outputs.shape[-1])}) > 3 * STEPS // 2, (
        "outputs that differ tell contexts apart"
    )
    images = random.integers(-128, 128, (STEPS, *CONVOLUTION.inputs[0].shape[1:])).astype(np.int8)
    return f"#include <stdint.h>\n#define STEPS {STEPS}\n" + "".join(
        array_text(name, values)
        for name, values in {
            "svdf_inputs": sequences.reshape(3, STEPS, -1),
            "svdf_outputs": outputs,
            "convolution_inputs": images.reshape(STEPS, -1),
            "convolution_outputs": golden(CONVOLUTION, images),
        }.items()
    )


def program_of(folders: Sequence[Path], samples: str, main: str, command: Sequence[str], work: Path) -> Path:
    """contexts_main.c with `main`, compiled and linked with everything in `folders`."""
    (work / "samples.h").write_text(samples)
    (work / "main.c").write_text(Path(__file__).with_name("contexts_main.c").read_text() + main)
    includes = [f"-I{folder}" for folder in (*folders, work)]
    sources = [path for folder in folders for path in sorted(folder.glob("*.c"))]
    built = process.run([*command, *includes, "-o", work / "program", work / "main.c", *sources, "-lc", "-lgcc"])
    assert built.exit_code == 0, built.output
    return work / "program"


def exports(apart: bool, work: Path, board: str) -> list[Path]:
    if apart:
        return [export([model], work / model.name, board) for model in (SVDF, CONVOLUTION)]
    return [export([SVDF, CONVOLUTION], work / "both", board)]


@pytest.mark.parametrize("apart", [False, True], ids=["one export", "two exports"])
def test_contexts_and_static_forms_run_in_turn_under_sanitizers(apart: bool, samples_text: str, tmp_path: Path) -> None:
    program = program_of(exports(apart, tmp_path, "host"), samples_text, HOST_MAIN, HOST, tmp_path)
    ran = process.run([program])
    assert ran.exit_code == 0, f"check {ran.exit_code} failed\n{ran.output}"


@pytest.mark.parametrize("apart", [False, True], ids=["one export", "two exports"])
def test_contexts_and_static_forms_run_in_turn_on_an_emulated_board(apart: bool, samples_text: str, tmp_path: Path) -> None:
    for program in (M4[0], EMULATOR[0]):
        if shutil.which(program) is None:
            pytest.skip(f"no {program}")
    image = program_of(exports(apart, tmp_path, "mps2-an386"), samples_text, M4_MAIN, (*M4, *PLACES), tmp_path)
    ran = process.run([*EMULATOR, "-semihosting-config", "enable=on,target=native", "-kernel", image], timeout_s=60)
    assert ran.exit_code == 0, f"check {ran.exit_code} failed"


def test_contexts_and_static_forms_run_in_turn_where_int_has_16_bits(samples_text: str, tmp_path: Path) -> None:
    require_avr()
    command = ("avr-gcc", *FLAGS, *WARNINGS, "-Wl,--gc-sections")
    assert run_on_avr(program_of(exports(False, tmp_path, "host"), samples_text, AVR_MAIN, command, tmp_path)) == b"\0"


@pytest.mark.parametrize("depthwise", [False, True], ids=["conv_2d", "depthwise_conv_2d"])
def test_weights_that_are_computed_are_those_of_the_context(depthwise: bool, tmp_path: Path) -> None:
    """A layer's constant record cannot point to them: every context has an arena of its own."""
    builder = ModelBuilder()
    x = builder.tensor([1, 4, 4, 3], "int8", 0.1, 3, name="x")
    weights = builder.tensor([1, 2, 2, 3] if depthwise else [3, 2, 2, 3], "int8", 0.02, 0, name="weights")
    y = builder.tensor([1, 3, 3, 3], "int8", 0.2, -4, name="y")
    options = {"padding": "VALID", "stride_h": 1, "stride_w": 1}
    if depthwise:
        builder.op("DEPTHWISE_CONV_2D", [x, weights], [y], depth_multiplier=1, **options)
    else:
        builder.op("CONV_2D", [x, weights], [y], **options)
    folder = export([parse_model(builder.build([x, weights], [y]), "mixer")], tmp_path / "out")
    shutil.copy(Path(__file__).with_name("computed_weights_main.c"), folder / "main.c")
    built = process.run([*HOST, "-o", "program", *sorted(path.name for path in folder.glob("*.c"))], cwd=folder)
    assert built.exit_code == 0, built.output
    ran = process.run([folder / "program"])
    assert ran.exit_code == 0, f"check {ran.exit_code} failed\n{ran.output}"


def test_the_check_of_contexts_notices_a_state_that_is_shared(samples_text: str, tmp_path: Path) -> None:
    folder = export([SVDF, CONVOLUTION], tmp_path / "both")
    source = folder / "svdf_models.c"
    own = "svdf_layers(context->arena, (uint8_t *)context->state);"
    assert source.read_text().count(own) == 1
    source.write_text(source.read_text().replace(own, "svdf_layers(context->arena, (uint8_t *)svdf_state);"))
    ran = process.run([program_of([folder], samples_text, HOST_MAIN, HOST, tmp_path)])
    assert ran.exit_code >= 10, ran.output


def compiles(text: str, *folders: Path) -> str:
    """The compiler's complaint about a C file that uses exports; "" if it has none."""
    unit = folders[0] / "unit.c"
    unit.write_text(text)
    done = process.run(["gcc", *PEDANTIC, *(f"-I{folder}" for folder in folders), "-c", unit, "-o", "/dev/null"])
    unit.unlink()
    assert (done.exit_code == 0) == (done.output == "")
    return done.output


def test_an_arena_of_another_size_does_not_compile(tmp_path: Path) -> None:
    folder = export([SVDF], tmp_path / "out")
    assert compiles('#include "svdf.h"\nuint8_t svdf_arena[SVDF_ARENA_BYTES];\n', folder) == ""
    assert "conflicting types" in compiles('#include "svdf.h"\nuint8_t svdf_arena[SVDF_ARENA_BYTES - 1];\n', folder)
    shared = export([SVDF, CONVOLUTION], tmp_path / "shared", form=ExportForm(shared_arena=True))
    header = shared / "svdf_models_arena.h"
    header.write_text(re.sub(r"(ARENA_BYTES) \d+", r"\1 16", header.read_text()))
    done = process.run(["gcc", "-std=c99", "-fsyntax-only", shared / "svdf_models.c"])
    assert "svdf_models_arena is too small for this model" in done.output


def test_an_arena_that_its_user_defines_is_aligned_without_a_word(tmp_path: Path) -> None:
    folder = export([SVDF], tmp_path / "out")
    (folder / "svdf_arena.c").write_text('#include "svdf.h"\nchar before = 1;\nuint8_t svdf_arena[SVDF_ARENA_BYTES];\n')
    (folder / "main.c").write_text('#include "svdf.h"\nint main(void) { return (int)((uintptr_t)svdf_arena % AOT_ARENA_ALIGNMENT); }\n')
    for compiler in ("gcc", "clang"):
        if shutil.which(compiler) is not None:
            built = process.run([compiler, *PEDANTIC, "-o", folder / "program", *sorted(folder.glob("*.c"))])
            assert built.exit_code == 0, built.output
            assert process.run([folder / "program"]).exit_code == 0


def test_a_refused_arena_cannot_go_unnoticed(tmp_path: Path) -> None:
    folder = export([SVDF], tmp_path / "out")
    for call in ("svdf_context_init(context, 0, 0)", "svdf_context_set_arena(context, 0, 0)", "svdf_context_invoke(context)"):
        use = '#include "svdf.h"\n{result} use(svdf_context *context);\n{result} use(svdf_context *context) {{ {body}; }}\n'
        assert compiles(use.format(result="int", body=f"return {call}"), folder) == ""
        assert "warn_unused_result" in compiles(use.format(result="void", body=call), folder)


def symbols_for_others(folder: Path) -> set[str]:
    built = process.run(["gcc", "-r", "-nostdlib", "-o", folder / "all.o", *sorted(folder.glob("*.c"))])
    assert built.exit_code == 0, built.output
    return set(re.findall(r" [A-TV-Z] (\w+)", process.run(["nm", folder / "all.o"]).output))


def test_every_symbol_that_others_see_begins_with_the_models_name(tmp_path: Path) -> None:
    assert {name.split("_")[0] for name in symbols_for_others(export([SVDF], tmp_path / "one"))} == {"svdf"}
    both = symbols_for_others(export([SVDF, CONVOLUTION], tmp_path / "both", form=ExportForm(shared_arena=True)))
    assert {name.split("_")[0] for name in both} == {"svdf", "convolution"}


def test_two_versions_of_a_model_are_refused_or_have_prefixes(tmp_path: Path) -> None:
    other = parse_model(small_models.svdf(seed=12), "svdf")
    one, two = export([SVDF], tmp_path / "one"), export([other], tmp_path / "two")
    both = f'#include "{one}/svdf.h"\n#include "{two}/svdf.h"\n'
    assert "two models are called svdf: generate one of them with --prefix" in compiles(both, one)
    assert compiles(both.replace(str(two), str(one)), one) == ""
    linked = process.run(["gcc", "-r", "-nostdlib", "-o", tmp_path / "all.o", *one.glob("*.c"), *two.glob("*.c")])
    assert linked.exit_code == 0 or "multiple definition of `svdf_invoke'" in linked.output
    program = ["gcc", "-nostartfiles", "-o", tmp_path / "program", *one.glob("*.c"), *two.glob("*.c")]
    assert "multiple definition of `svdf_invoke'" in process.run(program).output
    named = export(with_prefix([other], "v2"), tmp_path / "named")
    main = tmp_path / "main.c"
    main.write_text('#include "svdf.h"\n#include "v2_svdf.h"\nint main(void) { svdf_invoke(); v2_svdf_invoke(); return 0; }\n')
    sources = [*one.glob("*.c"), *named.glob("*.c"), main]
    done = process.run(["gcc", *PEDANTIC, f"-I{one}", f"-I{named}", "-o", tmp_path / "program", *sources])
    assert done.exit_code == 0, done.output
    assert process.run([tmp_path / "program"]).exit_code == 0


@pytest.mark.parametrize("prefix", ["2", "a-b", "", "_a", "a b", "a" * 33, "é", "a;"])
def test_a_prefix_that_cannot_begin_a_name_is_refused(prefix: str) -> None:
    if prefix:
        with pytest.raises(InputError, match="cannot begin a name in C"):
            with_prefix([SVDF], prefix)
    else:
        assert with_prefix([SVDF], prefix) == (SVDF,)


def test_a_kernel_class_of_several_models_is_in_their_file_once(tmp_path: Path) -> None:
    models = [replace(CONVOLUTION, name=name) for name in ("one", "two", "three")]
    text = (export(models, tmp_path / "out") / "one_models.c").read_text()
    alone = (export([CONVOLUTION], tmp_path / "alone") / "convolution.c").read_text()
    names = set(re.findall(r"^static void convolution_(\w+)\(", alone, re.MULTILINE)) - {"layers", "reset"}
    assert names
    for name in names:
        used = len(re.findall(rf"\bconvolution_{name}\b", alone)) - 1
        assert len(re.findall(rf"^static void aot_shared_{name}\(", text, re.MULTILINE)) == 1
        assert len(re.findall(rf"\baot_shared_{name}\b", text)) == 1 + len(models) * used
