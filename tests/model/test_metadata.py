"""Metadata goes into a .tflite file without changing anything that is in it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.model import parse_model, with_metadata
from mcu_toolkit.runners import LiteRtRunner, TflmRunner
from mcu_toolkit.validate import random_vectors
from tests import small_models

MODELS = (small_models.fully_connected, small_models.convolution, small_models.addition, small_models.counter)


@pytest.mark.parametrize("make", MODELS)
def test_the_old_file_is_still_there_byte_for_byte_at_the_same_alignment(make: Callable[[], bytes]) -> None:
    content = make()
    grown = with_metadata(content, "mine", b"some data")
    assert grown.endswith(content)
    assert (len(grown) - len(content)) % 16 == 0
    before, after = parse_model(content, "m"), parse_model(grown, "m")
    assert dict(after.metadata) == {**before.metadata, "mine": b"some data"}
    assert [op.name for op in after.main.ops] == [op.name for op in before.main.ops]
    assert after.description == before.description
    for old, new in zip(before.main.tensors, after.main.tensors, strict=True):
        assert (old.name, old.shape, old.dtype, old.quantization) == (new.name, new.shape, new.dtype, new.quantization)
        assert old.data is None or np.array_equal(old.data, new.data)


@pytest.mark.parametrize("make", MODELS)
def test_interpreters_compute_the_same(make: Callable[[], bytes]) -> None:
    before, after = parse_model(make(), "m"), parse_model(with_metadata(make(), "mine", bytes(1001)), "m")
    inputs = random_vectors(before, 20, 1).inputs
    for kind in (TflmRunner, LiteRtRunner):
        old, new = (kind(model).run(inputs).outputs for model in (before, after))
        assert [array.tobytes() for array in old] == [array.tobytes() for array in new]


def test_an_entry_is_replaced_and_others_are_kept() -> None:
    content = with_metadata(with_metadata(small_models.convolution(), "a", b"1"), "b", b"2")
    assert dict(parse_model(with_metadata(content, "a", b"three"), "m").metadata) == {"a": b"three", "b": b"2"}


def test_the_independent_reader_of_litert_sees_it_too() -> None:
    from ai_edge_litert import schema_py_generated as schema

    content = with_metadata(small_models.convolution(), "mine", b"0123456789")
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
    assert [entry.name for entry in model.metadata] == [b"mine"]
    assert bytes(model.buffers[model.metadata[0].buffer].data) == b"0123456789"
    assert len(model.subgraphs[0].operators) == 1


@pytest.mark.parametrize("content", [b"", b"no model", small_models.convolution()[:100]])
def test_what_is_no_model_is_refused(content: bytes) -> None:
    with pytest.raises(InputError):
        with_metadata(content, "mine", b"")
