"""The .tflite as a C array: compiled for real and read back."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from mcu_toolkit.artifacts.contract import InputContract, with_contract
from mcu_toolkit.firmware import write_model_array
from mcu_toolkit.model import Model, input_names, output_names, parse_model
from tests.small_models import convolution, fully_connected


def named(name: str, content: bytes | None = None) -> Model:
    return parse_model(content or fully_connected(), name)


def compiled(source: Path, *flags: str) -> Path:
    output = source.with_suffix(".o")
    compiler = ["gcc", "-std=c99"] if source.suffix == ".c" else ["g++", "-std=c++17"]
    subprocess.run([*compiler, "-Wall", "-Wextra", "-Werror", *flags, "-c", source, "-o", output], check=True, cwd=source.parent)
    return output


def read_symbol(elf: Path, name: str) -> tuple[bytes, str, int]:
    """(content, section name, alignment of the section)."""
    with elf.open("rb") as stream:
        image = ELFFile(stream)
        symbol = image.get_section_by_name(".symtab").get_symbol_by_name(name)[0]
        section = image.get_section(symbol["st_shndx"])
        start = symbol["st_value"]
        return section.data()[start : start + symbol["st_size"]], section.name, section["sh_addralign"]


@pytest.mark.parametrize("plain_c", [False, True])
def test_the_compiled_array_is_byte_equal_aligned_and_constant(plain_c: bool, tmp_path: Path) -> None:
    model = named("digits")
    array = write_model_array((model,), tmp_path, plain_c=plain_c)
    content, section, alignment = read_symbol(compiled(array.source), "g_digits_model_data")
    assert content == model.content
    assert section.startswith(".rodata")
    assert alignment >= 16
    size, _, _ = read_symbol(compiled(array.source), "g_digits_model_data_size")
    assert int.from_bytes(size, "little") == len(model.content)


def test_several_models_share_one_pair_of_files(tmp_path: Path) -> None:
    models = (named("a"), named("b", convolution()))
    array = write_model_array(models, tmp_path)
    elf = compiled(array.source)
    assert [read_symbol(elf, symbol)[0] for symbol in array.symbols] == [model.content for model in models]


@pytest.mark.parametrize("name", ["8x8 digits", "int", "naïve-modèle", "a*/b", "ümlaut", "model.v2", "", "x" * 300])
def test_any_file_name_becomes_a_valid_identifier(name: str, tmp_path: Path) -> None:
    array = write_model_array((named(name),), tmp_path)
    compiled(array.source)
    assert array.symbols[0].isidentifier()
    assert array.symbols[0].isascii()


def test_equal_names_are_numbered(tmp_path: Path) -> None:
    array = write_model_array((named("m"), named("m", convolution())), tmp_path)
    assert array.symbols == ("g_m_model_data", "g_m_2_model_data")
    compiled(array.source)


def test_a_section_may_be_chosen(tmp_path: Path) -> None:
    array = write_model_array((named("m"),), tmp_path, section=".rodata.models")
    assert read_symbol(compiled(array.source), "g_m_model_data")[1] == ".rodata.models"


def test_the_header_may_be_included_twice(tmp_path: Path) -> None:
    write_model_array((named("m"),), tmp_path)
    user = tmp_path / "user.cc"
    user.write_text('#include "model_data.h"\n#include "model_data.h"\nunsigned n() { return g_m_model_data_size + g_m_model_data[0]; }\n')
    compiled(user)


def test_inputs_and_outputs_are_told_by_name_and_as_keras_calls_them(tmp_path: Path) -> None:
    contract = InputContract(inputs=("first */ int x;",), outputs=("class scores",))
    model = named("dense", with_contract(fully_connected(), contract))
    array = write_model_array((model,), tmp_path)
    text = array.header.read_text()
    assert f" * Input 0: {input_names(model)[0]} (in Keras first _/ int x;)\n" in text
    assert f" * Output 0: {output_names(model)[0]} (in Keras class scores)\n" in text
    compiled(array.source)
