"""Options of signal operators are a stranger's bytes: read as they were written, refused by name, never a crash."""

from __future__ import annotations

import numpy as np
import pytest
from flatbuffers import flexbuffers

from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes.aot.ir.flexbuffer import BOOL, INT, FlexVector, read_vector
from mcu_toolkit.runtimes.aot.passes.check import check_model
from tests.fuzzing import Fuzzing
from tests.ops.signal.models import one_operator, packed

_FRAMER = {"frame_size": 400, "frame_step": 160, "prefill": True}
_SHARES = ("alternate_one_minus_smoothing", "alternate_smoothing", "clamping", "min_signal_remaining", "num_channels")
_SHARES += ("one_minus_smoothing", "smoothing", "smoothing_bits", "spectral_subtraction_bits")


def findings(options: bytes) -> tuple[str, ...]:
    content = one_operator("SignalFramer", [([320], "int16")], [([2, 400], "int16"), ([], "bool")], options)
    return tuple(map(str, check_model(parse_model(content, "framer"))))


def test_a_map_is_read_as_it_was_written() -> None:
    assert read_vector(packed(**_FRAMER)) == FlexVector((400, 160, 1), (INT, INT, BOOL), ("frame_size", "frame_step", "prefill"))
    many = {name: (-1) ** number * 3**number for number, name in enumerate(_SHARES)}
    found = read_vector(packed(**many))
    assert found is not None
    assert dict(zip(found.keys, found.values, strict=True)) == many
    assert findings(packed(**_FRAMER)) == ()


@pytest.mark.parametrize("value", [0, -1, 127, 128, -129, 2**15, -(2**31), 2**31 - 1])
def test_numbers_of_any_width_are_read(value: int) -> None:
    found = read_vector(packed(x=value))
    assert found is not None
    assert found.values == (value,)


def test_vectors_are_read_without_names() -> None:
    packer = flexbuffers.Builder()
    packer.VectorFromElements([3, 4, 5])
    found = read_vector(bytes(packer.Finish()))
    assert found is not None
    assert (found.values, found.keys) == ((3, 4, 5), ())


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (b"", "0 bytes of options"),
        (b"\x00\x01\x02", "3 bytes of options"),
        (packed(frame_size=400, frame_step=160), "with frame_size, frame_step"),
        (packed(**_FRAMER, zeros=1), "zeros"),
        (packed(frame_size=400, frame_steps=160, prefill=1), "frame_steps"),
        (packed(frame_size=0, frame_step=160, prefill=1), "frame_size 0"),
        (packed(frame_size=400, frame_step=-160, prefill=1), "frame_step -160"),
        (packed(frame_size=2**30, frame_step=160, prefill=1), "frame_size 1073741824"),
        (packed(frame_size=100, frame_step=160, prefill=1), "frames of 100 every 160"),
        (packed(frame_size=400, frame_step=150, prefill=1), "frames of 400 every 150"),
        (packed(frame_size=401, frame_step=160, prefill=1), "shape"),
    ],
)
def test_other_options_are_refused_by_name(options: bytes, found: str) -> None:
    (finding,) = findings(options)
    assert found in finding


def test_text_is_no_number() -> None:
    packer = flexbuffers.Builder()
    with packer.Map():
        packer.Key("frame_size")
        packer.String("four hundred")
        packer.Key("frame_step")
        packer.Int(160)
        packer.Key("prefill")
        packer.Bool(True)
    (finding,) = findings(bytes(packer.Finish()))
    assert "bytes of options" in finding


def damaged(random: np.random.Generator) -> bytes:
    """Options with a few bytes changed, cut off or put in."""
    content = bytearray(packed(**(_FRAMER if random.random() < 0.5 else dict.fromkeys(_SHARES, int(random.integers(-(2**31), 2**31))))))
    for _ in range(random.integers(1, 4)):
        place = int(random.integers(len(content)))
        change = int(random.integers(3))
        if change == 0:
            content[place] = int(random.integers(256))
        elif change == 1:
            del content[place]
        else:
            content.insert(place, int(random.integers(256)))
    return bytes(content)


def check_damaged(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    for _ in range(count):
        found = read_vector(damaged(random))
        if found is not None:
            assert all(-(2**31) <= value < 2**31 for value in found.values)
            assert len(found.types) in (0, len(found.values))
            assert len(found.keys) in (0, len(found.values))


def test_damaged_options_are_numbers_or_nothing() -> None:
    check_damaged(0, 3000)
    content = packed(**_FRAMER)
    for cut in range(len(content)):
        read_vector(content[:cut])
        read_vector(content[cut:])


@pytest.mark.fuzz
def test_any_damaged_options_are_numbers_or_nothing(fuzzing: Fuzzing) -> None:
    for seed in fuzzing.seeds():
        check_damaged(seed, 2000)
        fuzzing.cases += 2000
