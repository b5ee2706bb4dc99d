"""The front end's roots and bit counts, with instructions for them and without."""

from __future__ import annotations

import ctypes
import math

import numpy as np
import pytest

from mcu_toolkit.system import process
from mcu_toolkit.system.resources import templates_dir
from tests.frontend.in_c import FLAGS, SANITIZERS

_SOURCE = """
#include "bands.h"
#include "integers.h"

void roots(const uint64_t *values, uint32_t *results, uint32_t count);
void bits(const uint32_t *values, uint8_t *results, uint32_t count);

void roots(const uint64_t *values, uint32_t *results, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
        results[i] = frontend_root(values[i]);
    }
}
void bits(const uint32_t *values, uint8_t *results, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
        results[i] = frontend_bits(values[i]);
    }
}
"""
_LIMIT = 2**58
"""Roots of larger values are not asked for: an energy has 32 bits, a weight 13, and a spectrum 2,049 bins."""


@pytest.fixture(scope="module", params=["instructions", "FRONTEND_PORTABLE"])
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    folder = tmp_path_factory.mktemp("integers")
    (folder / "integers.c").write_text(_SOURCE)
    headers, path = templates_dir() / "common/frontend", folder / "integers.so"
    portable = [] if request.param == "instructions" else [f"-D{request.param}"]
    done = process.run(["gcc", *FLAGS, *SANITIZERS, *portable, f"-I{headers}", "-shared", "-fPIC", "-o", path, folder / "integers.c"])
    assert done.exit_code == 0, done.output
    return ctypes.CDLL(str(path))


def rounded_root(value: int) -> int:
    """To the nearest integer, but of 32 bits at most 65535, as the reference has it."""
    root = math.isqrt(value)
    return root + (value - root * root > root and not (value < 2**32 and root == 65535))


def test_roots_are_the_nearest_integers(library: ctypes.CDLL) -> None:
    random = np.random.default_rng(0)
    roots = [root for bits in range(30) for root in (2**bits - 1, 2**bits, 3 * 2**bits // 2)]
    squares = [root * root + offset for root in roots for offset in (-1, 0, 1, root, root + 1)]
    any_size = random.integers(0, _LIMIT, 20_000, dtype=np.uint64) >> random.integers(0, 58, 20_000).astype(np.uint64)
    beside = random.integers(0, 2**29, 20_000).astype(np.uint64) ** 2 + random.integers(0, 2, 20_000).astype(np.uint64)
    values = np.array([*(value for value in squares if 0 <= value < _LIMIT), *any_size.tolist(), *beside.tolist()], np.uint64)
    results = np.zeros(len(values), np.uint32)
    library.roots(ctypes.c_void_p(values.ctypes.data), ctypes.c_void_p(results.ctypes.data), len(values))
    assert results.tolist() == [rounded_root(value) for value in values.tolist()]


def test_every_root_of_32_bits_is_right_where_it_changes(library: ctypes.CDLL) -> None:
    """The first and last value with each root that is rounded down, as the first step of a root of 64 bits needs it."""
    roots = np.arange(2**15, 2**16, dtype=np.uint64)
    values = np.concatenate([roots**2, roots**2 - 1, roots**2 + roots, roots**2 + roots + 1, roots**2 + 2 * roots])
    values = np.concatenate([values, values << np.uint64(26)])
    results = np.zeros(len(values), np.uint32)
    library.roots(ctypes.c_void_p(values.ctypes.data), ctypes.c_void_p(results.ctypes.data), len(values))
    assert results.tolist() == [rounded_root(value) for value in values.tolist()]


def test_bits_are_counted(library: ctypes.CDLL) -> None:
    values = np.array([0, *(2**bit + offset for bit in range(32) for offset in (-1, 0, 1) if 2**bit + offset < 2**32)], np.uint32)
    results = np.zeros(len(values), np.uint8)
    library.bits(ctypes.c_void_p(values.ctypes.data), ctypes.c_void_p(results.ctypes.data), len(values))
    assert results.tolist() == [value.bit_length() for value in values.tolist()]
