"""These tests are about the fast kernels: they get them also in models so small that TFLM's arena leaves no room for scratch memory."""

from __future__ import annotations

import pytest

from mcu_toolkit.runtimes.aot.passes import fit_to_budget


@pytest.fixture(autouse=True)
def as_much_scratch_memory_as_kernels_want(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_to_budget, "tflm_arena_bytes", lambda _graph, _instruction_set="portable": 2**31)
