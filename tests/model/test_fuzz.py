"""Mutated files: only InputErrors may escape, quickly and without large allocations."""

from __future__ import annotations

import json
import os
import random
import resource
import struct
import subprocess
import sys
import time
import tracemalloc
from typing import Any

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import parse_model
from mcu_toolkit.pipeline.inspection.inspect import inspect
from mcu_toolkit.runtimes.aot import Target, compile_model
from mcu_toolkit.runtimes.aot.emit.model_text import Arena
from mcu_toolkit.runtimes.aot.emit.source import model_text
from scripts.probe.table import all_cases
from tests import shared_models, small_models
from tests.fuzzing import Fuzzing

_LIMIT_S = 2.0
_LIMIT_BYTES = 32 * 1024 * 1024
_ADDRESS_SPACE_BYTES = 3 << 30
"""Of a process with numpy and the schema module loaded; a tensor of the largest size that we read would break it."""

_INTERESTING = (0, 1, 2, 3, 4, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFF0)


def _seeds() -> list[bytes]:
    models = [small_models.fully_connected(softmax=True), small_models.convolution(), small_models.addition(), small_models.counter()]
    public = shared_models.FOLDER / "hello_world_int8.tflite"
    return models + ([public.read_bytes()] if public.is_file() else [])


def _mutated(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 4, 16))):
        position = chance.randrange(len(data))
        kind = chance.randrange(6)
        if kind == 0:
            data[position] ^= 1 << chance.randrange(8)
        elif kind == 1:
            data[position] = chance.randrange(256)
        elif kind in (2, 3):  # a whole, aligned word: offsets, counts
            position &= ~3
            data[position : position + 4] = chance.choice(_INTERESTING).to_bytes(4, "little")
        elif kind == 4:
            del data[position : position + chance.randrange(1, 32)]
        else:
            source = chance.randrange(len(data))
            data[position:position] = data[source : source + chance.randrange(1, 32)]
        data = data or bytearray(1)
    return bytes(data)


def _fuzz(count: int, seed: int) -> tuple[int, float]:
    """Parse `count` mutated files; returns how many were refused and the longest time in seconds."""
    chance = random.Random(seed)
    seeds = _seeds()
    refused, longest_s = 0, 0.0
    for number in range(count):
        content = _mutated(chance.choice(seeds), chance)
        start_s = time.process_time()
        try:
            parse_model(content, f"mutation {number}")
        except InputError:
            refused += 1
        longest_s = max(longest_s, time.process_time() - start_s)
    return refused, longest_s


def test_mutated_models_are_read_or_refused() -> None:
    count = 4_000
    tracemalloc.start()
    refused, longest_s = _fuzz(count, seed=1)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count // 4 < refused < count
    assert longest_s < _LIMIT_S
    assert peak_bytes < _LIMIT_BYTES


@pytest.mark.nightly
@pytest.mark.timeout(1800)
def test_100_000_mutated_models_are_read_or_refused() -> None:
    refused, longest_s = _fuzz(100_000, seed=2)
    assert refused > 25_000
    assert longest_s < _LIMIT_S


@pytest.mark.fuzz
def test_any_mutated_model_is_read_or_refused(fuzzing: Fuzzing) -> None:
    count = 2_000
    for seed in fuzzing.seeds():
        _, longest_s = _fuzz(count, seed)
        assert longest_s < _LIMIT_S
        fuzzing.cases += count


def _compile(content: bytes, name: str) -> None:
    """Everything that a user's file goes through before C is written."""
    model = parse_model(content, name)
    inspect(model, load_board("netduinoplus2"))
    for kernels in ("portable", "dsp"):
        compiled = compile_model(model, Target(kernels))
        model_text(compiled, Arena("arena", compiled.plan.peak_bytes, shared=False), compiled.prefix)


def _damage(table: Any, chance: random.Random) -> None:
    """Change one number, enum or list somewhere below `table` (the schema's object API) to something that may make no sense."""
    names = [name for name, value in vars(table).items() if value is not None]
    if not names:
        return
    name = chance.choice(names)
    value = getattr(table, name)
    if isinstance(value, list) and value and hasattr(value[0], "__dict__"):
        _damage(chance.choice(value), chance)
    elif hasattr(value, "__dict__"):
        _damage(value, chance)
    elif isinstance(value, np.ndarray) and value.size and value.dtype.kind in "iuf":
        changed = value.copy()
        changed[chance.randrange(value.size)] = _number(chance, value.dtype)
        setattr(table, name, changed[: chance.choice((value.size, value.size, value.size - 1))])
    elif isinstance(value, bool):
        setattr(table, name, not value)
    elif isinstance(value, (int, float)):
        setattr(table, name, _number(chance, np.dtype(np.int8 if isinstance(value, int) else np.float32)))


def _number(chance: random.Random, dtype: np.dtype[Any]) -> Any:
    if dtype.kind == "f":
        return chance.choice((0.0, -1.0, 1e-38, 1e38, float("nan"), float("inf"), 3.7))
    limits = np.iinfo(dtype)
    return chance.choice((0, 1, 2, 3, 4, 5, 7, 17, limits.max, limits.min if limits.min else 9, max(-1, limits.min)))


def _damaged(content: bytes, chance: random.Random) -> bytes:
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    for _ in range(chance.choice((1, 1, 2, 3))):
        _damage(model, chance)
    packer = flatbuffers.Builder(1024)
    try:
        packer.Finish(model.Pack(packer), file_identifier=b"TFL3")
    except (TypeError, ValueError, OverflowError, AttributeError, struct.error):  # what cannot be written cannot be read
        return content
    return bytes(packer.Output())


def fuzz_the_compiler(count: int, seed: int) -> dict[str, Any]:
    """Models of every operator with damaged contents through inspect and compiler; runs in a process with limited memory."""
    chance = random.Random(seed)
    seeds = [case.build() for case in all_cases()] + _seeds()
    refused, longest_s = 0, 0.0
    for number in range(count):
        content = _damaged(chance.choice(seeds), chance)
        start_s = time.process_time()
        try:
            _compile(content, f"mutation {number}")
        except InputError:
            refused += 1
        longest_s = max(longest_s, time.process_time() - start_s)
    return {"refused": refused, "longest_s": longest_s}


def _in_limited_process(count: int, seed: int) -> dict[str, Any]:
    """A crash, a hang or an allocation beyond the limit ends that process, not this one."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE_BYTES, _ADDRESS_SPACE_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (1800, 1800))

    program = f"import json; from tests.model import test_fuzz; print(json.dumps(test_fuzz.fuzz_the_compiler({count}, {seed})))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, preexec_fn=limit, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("count", [600, pytest.param(100_000, marks=[pytest.mark.nightly, pytest.mark.timeout(7200)])])
def test_damaged_models_of_every_operator_are_compiled_or_refused(count: int) -> None:
    found = _in_limited_process(count, seed=3)
    assert count // 10 < found["refused"] < count
    assert found["longest_s"] < _LIMIT_S


@pytest.mark.fuzz
def test_any_damaged_model_is_compiled_or_refused(fuzzing: Fuzzing) -> None:
    count = 500
    for seed in fuzzing.seeds():
        assert _in_limited_process(count, seed)["longest_s"] < _LIMIT_S
        fuzzing.cases += count
