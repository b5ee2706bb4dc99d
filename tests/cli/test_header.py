"""`mcu header`: arrays that read back byte-equal, whatever the file is called."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from mcu_toolkit.system.process import find_tool
from tests import small_models
from tests.cli.running import succeed

CONTENT = small_models.fully_connected()


def array_in(source: Path, symbol: str) -> bytes:
    """The bytes of the array `symbol` in C source."""
    found = re.search(rf"{symbol}\[[^\]]*\][^=]*=\s*\{{(.*?)\}};", source.read_text(), re.DOTALL)
    assert found is not None
    return bytes(int(word, 16) for word in re.findall(r"0x[0-9a-f]{2}", found[1]))


@pytest.mark.parametrize(
    ("name", "identifier"), [("tiny", "tiny"), ("3 ünï-code (v2)", "m_3_n_code_v2"), ("class", "m_class"), ("--help", "help")]
)
def test_any_file_name_becomes_a_valid_identifier(name: str, identifier: str, here: Path) -> None:
    (here / f"{name}.tflite").write_bytes(CONTENT)
    succeed("header", "-o", "out", "--json", "r.json", "--", f"{name}.tflite")
    symbol = f"g_{identifier}_model_data"
    assert json.loads((here / "r.json").read_text())["arrays"][0]["symbol"] == symbol
    assert array_in(here / "out/model_data.cc", symbol) == CONTENT
    header = (here / "out/model_data.h").read_text()
    assert f"extern const unsigned char {symbol}[];" in header
    assert f"{symbol}_size" in header
    assert "#ifndef MODEL_DATA_H_" in header
    assert "alignas(16) const unsigned char" in (here / "out/model_data.cc").read_text()


def test_several_models_in_one_go_with_equal_names_kept_apart(here: Path) -> None:
    (here / "a").mkdir()
    other = small_models.fully_connected(seed=8)
    (here / "m.tflite").write_bytes(CONTENT)
    (here / "a/m.tflite").write_bytes(other)
    succeed("header", "m.tflite", "a/m.tflite", "-o", "out")
    assert array_in(here / "out/model_data.cc", "g_m_model_data") == CONTENT
    assert array_in(here / "out/model_data.cc", "g_m_2_model_data") == other


def test_plain_c_compiles_and_holds_the_bytes(here: Path) -> None:
    gcc = find_tool("gcc")
    if gcc is None:
        pytest.skip("no gcc")
    (here / "m.tflite").write_bytes(CONTENT)
    succeed("header", "m.tflite", "--c", "--name", "my model", "-o", "out")
    (here / "print.c").write_text(
        '#include <stdio.h>\n#include "model_data.h"\n'
        "int main(void) { return fwrite(g_my_model_model_data, 1, g_my_model_model_data_size, stdout) == 0; }\n"
    )
    subprocess.run([gcc, "-std=c11", "-Wall", "-Wextra", "-Werror", "-Iout", "print.c", "out/model_data.c", "-o", "print"], check=True)
    assert subprocess.run(["./print"], capture_output=True, check=True).stdout == CONTENT


def test_a_section_is_written_into_the_array(here: Path) -> None:
    (here / "m.tflite").write_bytes(CONTENT)
    succeed("header", "m.tflite", "--section", ".rodata.models", "-o", "out")
    assert '".rodata.models"' in (here / "out/model_data.cc").read_text()
