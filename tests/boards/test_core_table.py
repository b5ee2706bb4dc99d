"""The table of cores against what it is about: compilers, images, kernels, drivers, manifests and pages."""

from __future__ import annotations

import json
import re
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.boards.core import Core
from mcu_toolkit.boards.core_table import CORES, FAMILIES, INSTRUCTION_SETS, core_of_manifest, device_cores, emulator_package
from mcu_toolkit.boards.trust import own_programs
from mcu_toolkit.errors import InputError
from mcu_toolkit.runtimes.aot.ops.registry import all_operators
from mcu_toolkit.system.resources import boards_dir, pio_platform_dir, templates_dir
from tests.firmware_c.build import require
from tests.platforms.echo_project import make_echo_project

MACROS = {"dsp": "__ARM_FEATURE_DSP", "mve": "__ARM_FEATURE_MVE"}
"""What GCC defines for a core that has an instruction set (Arm C Language Extensions)."""
COMPILED = [core for core in CORES.values() if core.compiler is not None and not core.is_host]


@pytest.fixture(params=COMPILED, ids=lambda core: core.name)
def core(request: pytest.FixtureRequest) -> Core:
    found: Core = request.param
    return found


def compiler(core: Core) -> list[str]:
    assert core.compiler is not None
    return [require(core.compiler.program), *core.compiler.flags]


def test_the_compiler_has_the_instructions_that_the_table_says(core: Core) -> None:
    command = [*compiler(core), "-dM", "-E", "-x", "c", "/dev/null"]
    defined = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = {name for name, macro in MACROS.items() if f"#define {macro} " in defined}
    assert found == set(core.instruction_set.variants) - {"portable"}


def test_images_are_for_the_machine_that_the_table_says(core: Core, tmp_path: Path) -> None:
    made = tmp_path / "made.o"
    subprocess.run([*compiler(core), "-c", "-x", "c", "/dev/null", "-o", made], check=True)
    (machine,) = struct.unpack_from("<H", made.read_bytes(), 18)
    assert machine == core.family.elf_machine


def test_calls_are_the_instruction_that_the_table_says(core: Core, tmp_path: Path) -> None:
    made = tmp_path / "made.o"
    source = "void f(void); int g(void); int g(void) { f(); return 1; }"
    subprocess.run([*compiler(core), "-O1", "-S", "-x", "c", "-", "-o", made], input=source, text=True, check=True)
    mnemonics = {"call": "jal"}  # GCC's macro instruction on RISC-V, which the linker makes a `jal`
    calls = re.findall(r"^\t(\w+)\tf$", made.read_text(), re.MULTILINE)
    assert [mnemonics.get(call, call) for call in calls] == [core.family.call_instruction]


def test_flags_are_plain_words_because_a_shell_reads_them(core: Core) -> None:
    assert core.compiler is not None
    for flag in (*core.compiler.flags, *core.compiler.link_flags):
        assert re.fullmatch(r"-[A-Za-z0-9=+.,_-]+", flag), flag


def test_compilers_of_the_registry_are_packages_of_our_platform() -> None:
    listed = json.loads((pio_platform_dir() / "mcu_toolkit/platform.json").read_text())["packages"]
    named = {core.compiler.registry_package for core in COMPILED if core.compiler is not None}
    assert named - {""} == set(listed)


def test_the_compiler_reaches_the_project_as_the_table_has_it(core: Core, tmp_path: Path) -> None:
    base = load_board("qemu-riscv32" if core.family.name == "riscv" else "netduinoplus2")
    board = replace(base, core=core.name)
    project = make_echo_project(board, tmp_path / "project")
    facts = json.loads((project.folder / f"boards/{board.id}.json").read_text())["mcu_toolkit"]
    assert core.compiler is not None
    for key in ("tool_prefix", "registry_package"):
        assert facts["compiler"][key] == getattr(core.compiler, key)
    for key in ("flags", "link_flags", "debian_packages"):
        assert tuple(facts["compiler"][key]) == getattr(core.compiler, key)
    assert facts["machine"] == {"number": core.family.elf_machine, "name": core.family.elf_machine_name}
    assert facts["emulator"]["debian_package"] == core.family.emulator_package


def test_an_instruction_set_comes_with_kernels_and_operators() -> None:
    used = {name for variants in all_operators().values() for name in variants}
    assert used == set(INSTRUCTION_SETS)
    kernels = templates_dir() / "runtimes/aot/kernels"
    for name, instructions in INSTRUCTION_SETS.items():
        assert instructions.variants[0] == name
        assert instructions.variants[-1] == "portable"
        assert set(instructions.variants) <= set(INSTRUCTION_SETS)
        assert name == "portable" or (kernels / name / "instructions.h").is_file()


def test_a_wider_instruction_set_is_never_slower() -> None:
    for instructions in INSTRUCTION_SETS.values():
        narrower = [INSTRUCTION_SETS[name] for name in instructions.variants[1:]]
        assert all(instructions.instructions_per_mac < one.instructions_per_mac for one in narrower)
        assert all(instructions.depthwise_instructions_per_mac < one.depthwise_instructions_per_mac for one in narrower)


def test_counters_of_arduino_boards_are_drivers() -> None:
    drivers = {path.stem for path in (templates_dir() / "platforms/arduino/src").glob("ticks_*.cpp")}
    assert {f"ticks_{core.arduino_counter}" for core in CORES.values()} == drivers


def test_a_manifest_means_one_core() -> None:
    names = [name for core in CORES.values() for name in core.manifest_names]
    assert len(set(names)) == len(names)
    assert core_of_manifest("ESP32C3") == "rv32imc"
    assert core_of_manifest("z80") == ""


def test_every_family_is_that_of_a_core_and_only_shipped_emulators_need_no_trust() -> None:
    assert {core.family.name for core in CORES.values()} == set(FAMILIES)
    board = load_board("netduinoplus2")
    assert board.emulator is not None
    for family in FAMILIES.values():
        for target in family.qemu_targets:
            program = f"qemu-system-{target}"
            own = list(own_programs(replace(board, emulator=replace(board.emulator, program=program))))
            assert (own == []) == (program == family.emulator)
    assert emulator_package("qemu-system-xtensa") == "qemu-system-misc"


def test_a_core_that_is_in_no_table_is_refused_with_all_that_are(tmp_path: Path) -> None:
    text = (boards_dir() / "microbit.toml").read_text(encoding="utf-8")
    (tmp_path / "mine.toml").write_text(text.replace('core = "cortex-m0"', 'core = "cortex-m1"'), encoding="utf-8")
    with pytest.raises(InputError, match=r"key 'core' is 'cortex-m1'") as error:
        load_board(str(tmp_path / "mine.toml"))
    assert error.value.expected is not None
    assert set(re.findall(r"[a-z0-9-]+", error.value.expected.partition(":")[2])) == set(CORES)


def test_kernels_that_the_core_has_no_instructions_for_are_refused(tmp_path: Path) -> None:
    text = (boards_dir() / "microbit.toml").read_text(encoding="utf-8")
    (tmp_path / "mine.toml").write_text(text.replace('instruction_set = "portable"', 'instruction_set = "dsp"'), encoding="utf-8")
    with pytest.raises(InputError, match=r"key 'instruction_set' is 'dsp'\n.*the core cortex-m0 has: portable"):
        load_board(str(tmp_path / "mine.toml"))


def test_the_page_about_adding_a_core_names_files_that_are_there() -> None:
    root = Path(__file__).resolve().parents[2]
    page = (root / "docs/how-to/adding-a-core.md").read_text(encoding="utf-8")
    folders = "mcu_toolkit|firmware_templates|pio_platform|tests|boards|build|device|execution_counts|pipeline|runtimes"
    paths = re.findall(rf"`((?:{folders})/[^`<]*)", page)
    assert len(paths) > 20
    assert not [path for path in paths if not (root / path).exists() and not (root / "mcu_toolkit" / path).exists()]


def test_pages_name_every_core_and_every_instruction_set() -> None:
    page = (boards_dir() / "README.md").read_text(encoding="utf-8")
    assert not [name for name in (*CORES, *INSTRUCTION_SETS) if f"`{name}`" not in page]
    assert "host" not in device_cores()
