"""Layers of these tests get im2col and channel-major kernels though a single one has a larger arena with them than with TFLM."""

from __future__ import annotations

import pytest

from mcu_toolkit.runtimes.aot.passes import fit_to_budget


@pytest.fixture(autouse=True)
def as_much_scratch_memory_as_kernels_want(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_to_budget, "tflm_arena_bytes", lambda _graph, _instruction_set="portable": 2**31)
