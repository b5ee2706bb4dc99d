"""How the size of an arena is found, with a board that is pretended; tests/runtimes/tflm/test_chain.py does it with real ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.errors import DeviceError
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.pipeline.proof import arena
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.protocol.messages import ModelInfoReply
from mcu_toolkit.runtimes.tflm import TflmRuntime
from tests.runtimes.tflm.stub_library import write_library
from tests.small_models import convolution

USED_BYTES, NEEDED_BYTES, GENEROUS_BYTES = 1216, 1216 + 256 + 100, 60_000
"""Used when all is prepared; the least that the models start with, which is more than the first attempt reserves; all there is."""


def info(status: int, arena_bytes: int) -> ModelInfoReply:
    fields: dict[str, object] = dict.fromkeys(ModelInfoReply.__dataclass_fields__, 0)
    return ModelInfoReply(**{**fields, "status": status, "arena_used_bytes": USED_BYTES, "arena_bytes": arena_bytes})  # type: ignore[arg-type]


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Model:
    monkeypatch.setenv("MCU_CACHE_DIR", str(tmp_path / "cache"))
    return parse_model(convolution(), "m")


def pretend(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A board that ends where the arena is too small, as a program with a null pointer does; returns the sizes tried."""
    tried: list[int] = []

    def start(models: list[Model], board: Board, runtime: TflmRuntime, *_: object, **__: object) -> tuple[ModelInfoReply, ...]:
        reserved_bytes = GENEROUS_BYTES if runtime.arena is None else runtime.arena.reserved_bytes
        tried.append(reserved_bytes)
        if reserved_bytes < NEEDED_BYTES:
            raise DeviceError("the port is absent: no such device", on=board.id)
        return (info(0, reserved_bytes),)

    monkeypatch.setattr(arena, "_start", start)
    return tried


def test_a_program_that_ends_with_too_small_an_arena_gets_a_larger_one(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = pretend(monkeypatch)
    runtime = TflmRuntime(str(write_library(tmp_path / "library")))
    found = arena.measured_runtime([model], load_board("host"), runtime, arena.Place(tmp_path / "p"), Silent())
    assert isinstance(found, TflmRuntime)
    assert found.arena is not None
    assert found.arena.used_bytes == USED_BYTES
    assert tried == [GENEROUS_BYTES, USED_BYTES + 256, USED_BYTES + 256 + 256]
    assert found.arena.reserved_bytes == tried[-1] >= NEEDED_BYTES


def test_a_real_board_that_is_gone_is_not_taken_for_one_with_too_small_an_arena(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = pretend(monkeypatch)
    runtime = TflmRuntime(str(write_library(tmp_path / "library")))
    real = replace(load_board("netduinoplus2"), emulator=None)
    with pytest.raises(DeviceError, match="the port is absent"):
        arena.measured_runtime([model], real, runtime, arena.Place(tmp_path / "p"), Silent())
    assert len(tried) == 2
