"""Counting lines of code: what people read and machines do not is left out."""

from __future__ import annotations

import re

from scripts.code_lines import c_lines, count, files_now, python_lines

PYTHON = '''"""About it."""

import os  # why


X = """text
that counts"""
"""About X."""


def f() -> None:
    """About f.

    More.
    """
    # a reason
    return os.path.join(
        "a",
    )
'''
C = """/* SPDX
 * more */
#ifndef A /* once */
#define A

// nothing
int f(void) {
    return 1; /* one */
}
#endif
"""


def test_comments_docstrings_and_blank_lines_are_no_code() -> None:
    assert python_lines(PYTHON) == 7
    assert c_lines(C) == 6


def test_features_stand_apart_and_other_files_do_not_count() -> None:
    files = [("mcu_toolkit/a.py", "a = 1\n"), ("mcu_toolkit/new/b.py", "b = 1\nc = 2\n"), ("tests/test_a.py", "a = 1\n")]
    files += [("firmware_templates/runtimes/aot/kernels/add.h", C), ("firmware_templates/common/main.c", C), ("notes.txt", "text\n")]
    assert count(files, re.compile("/new/")) == {
        ("product, Python", False): 1,
        ("product, Python", True): 2,
        ("tests, Python", False): 1,
        ("kernels, C", False): 6,
        ("firmware, C", False): 6,
    }


def test_every_source_of_this_tree_is_counted() -> None:
    lines = count(files_now())
    assert lines["product, Python", False] > 10_000
    assert lines["kernels, C", False] > 1_000
