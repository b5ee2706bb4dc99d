from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcu_toolkit.model import c_identifier


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("kws_ref_model", "kws_ref_model"),
        ("my-model v2.1", "my_model_v2_1"),
        ("1d_cnn", "m_1d_cnn"),
        ("__init__", "init"),
        ("", "model"),
        ("模型", "model"),
        ("größe", "gr_e"),
        ("int", "m_int"),
        ("class", "m_class"),
        ("NULL", "m_NULL"),
        ('a*/ system("rm"); /*', "a_system_rm"),
        ("../../etc/passwd", "etc_passwd"),
        ("x" * 200, "x" * 48),
    ],
)
def test_names_become_identifiers(text: str, identifier: str) -> None:
    assert c_identifier(text) == identifier


@given(st.text(max_size=300))
def test_any_text_becomes_a_plain_identifier(text: str) -> None:
    identifier = c_identifier(text)
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*", identifier)
    assert len(identifier) <= 50
    assert c_identifier(identifier) == identifier


def test_keywords_are_not_keywords_for_a_compiler() -> None:
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("gcc is not installed")
    words = ["int", "while", "restrict", "inline", "auto", "typeof", "asm", "register", "bool", "true"]
    source = "".join(f"static int {c_identifier(word)};\n" for word in words) + f"int last = sizeof({c_identifier('int')});\n"
    for language in ("c", "c++"):
        if language == "c++" and shutil.which("g++") is None:
            continue
        subprocess.run([compiler, "-x", language, "-fsyntax-only", "-"], input=source, text=True, check=True, capture_output=True)
