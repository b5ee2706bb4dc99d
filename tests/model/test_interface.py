"""What inputs and outputs are called: the signature's keys, else the tensors' names, as identifiers; clashes are errors."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from ai_edge_litert import schema_py_generated as schema

from mcu_toolkit.errors import InputError
from mcu_toolkit.model import Model, identifier_of, in_order, input_names, output_names, parse_model
from mcu_toolkit.quantize.probes import _pack
from tests.model_builder import ModelBuilder

Names = dict[str, int]
"""Of a signature: the number of the input or output by its key."""


def content(inputs: Sequence[str], outputs: Sequence[str], *, signatures: Sequence[tuple[str, Names, Names]] = ()) -> bytes:
    """Inputs of these names, added to the first one; the sums are the outputs."""
    builder = ModelBuilder()
    into = [builder.tensor([1, 2], "float32", name=name) for name in inputs]
    out_of = [builder.tensor([1, 2], "float32", name=name) for name in outputs]
    for tensor in out_of:
        builder.op("ADD", [into[0], into[-1]], [tensor], fused_activation_function="NONE")
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(builder.build(into, out_of), 0))
    model.signatureDefs = [_signature(key, [into, out_of], [named_in, named_out]) for key, named_in, named_out in signatures]
    return _pack(model)


def _signature(key: str, tensors: Sequence[Sequence[int]], names: Sequence[Names]) -> schema.SignatureDefT:
    made = schema.SignatureDefT()
    made.signatureKey, made.subgraphIndex = key.encode(), 0
    made.inputs, made.outputs = ([_entry(name, numbers[n]) for name, n in by.items()] for numbers, by in zip(tensors, names, strict=True))
    return made


def _entry(name: str, tensor: int) -> schema.TensorMapT:
    entry = schema.TensorMapT()
    entry.name, entry.tensorIndex = name.encode(), tensor
    return entry


def named(inputs: Sequence[str], outputs: Sequence[str] = ("y",), **options: Sequence[tuple[str, Names, Names]]) -> Model:
    return parse_model(content(inputs, outputs, **options), "m")


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["serving_default_left:0", "right:0"], ("left", "right")),
        (["a/b", "c-d"], ("a_b", "c_d")),
        (["class", "0in", "_y"], ("class_", "n0in", "n_y")),
        (["", "x"], ("input_0", "x")),
        (["op:0", "op:1", "other:1"], ("op_0", "op_1", "other")),
        (["größe"], ("gr__e",)),
    ],
)
def test_tensors_names_are_made_identifiers(given: list[str], names: tuple[str, ...]) -> None:
    assert input_names(named(given)) == names


def test_results_of_one_operation_are_told_apart_by_their_numbers() -> None:
    model = named(["x"], ["StatefulPartitionedCall:1", "StatefulPartitionedCall:0"])
    assert output_names(model) == ("StatefulPartitionedCall_1", "StatefulPartitionedCall_0")


@pytest.mark.parametrize("given", [["a-b", "a_b"], ["serving_default_a:0", "a:0"], ["a", "a"], ["class", "class_"]])
def test_names_that_clash_as_identifiers_are_errors_that_name_both(given: list[str]) -> None:
    with pytest.raises(InputError, match="would both be called") as caught:
        input_names(named(given))
    assert caught.value.hint


def test_the_signatures_keys_come_first_whatever_their_order() -> None:
    signature = ("serving_default", {"right": 1, "left": 0}, {"sum": 1, "twice": 0})
    model = named(["t0", "t1"], ["t2", "t3"], signatures=[signature])
    assert (input_names(model), output_names(model)) == (("left", "right"), ("twice", "sum"))


def test_the_signature_for_serving_is_taken_of_several() -> None:
    signatures = [("train", {"p": 0}, {"q": 0}), ("serving_default", {"a": 0}, {"b": 0})]
    model = named(["t0"], signatures=signatures)
    assert (input_names(model), output_names(model)) == (("a",), ("b",))


def test_a_signature_that_leaves_tensors_out_names_none() -> None:
    model = named(["t0", "t1"], signatures=[("serving_default", {"a": 0}, {"b": 0})])
    assert (input_names(model), output_names(model)) == (("t0", "t1"), ("b",))


def test_a_tensor_that_is_an_output_twice_has_two_names() -> None:
    builder = ModelBuilder()
    x, y = builder.tensor([1, 2], "float32", name="x"), builder.tensor([1, 2], "float32", name="y")
    builder.op("ADD", [x, x], [y], fused_activation_function="NONE")
    assert output_names(parse_model(builder.build([x], [y, y]), "m")) == ("y", "y_1")


def test_a_signature_of_tensors_that_do_not_exist_is_refused() -> None:
    damaged = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content(["x"], ["y"], signatures=[("s", {"a": 0}, {"b": 0})]), 0))
    damaged.signatureDefs[0].inputs[0].tensorIndex = 99
    with pytest.raises(InputError, match="'a' of a signature is tensor 99"):
        parse_model(_pack(damaged), "m")


def test_inputs_and_outputs_are_put_in_order_and_nothing_else_changes() -> None:
    signature = ("serving_default", {"c": 0, "a": 1, "b": 2}, {"y": 0, "z": 1})
    before = content(["t0", "t1", "t2"], ["t3", "t4"], signatures=[signature])
    after = parse_model(in_order(before, ["a", "b", "c"], ["z", "y"], "m"), "m")
    assert (input_names(after), output_names(after)) == (("a", "b", "c"), ("z", "y"))
    assert [tensor.name for tensor in after.inputs] == ["t1", "t2", "t0"]
    old = parse_model(before, "m")
    assert [(op.inputs, op.outputs) for op in after.main.ops] == [(op.inputs, op.outputs) for op in old.main.ops]
    assert sum(a != b for a, b in zip(before, after.content, strict=True)) <= 4 * 5  # the two vectors of tensor numbers


def test_a_name_that_the_order_does_not_know_is_an_error() -> None:
    with pytest.raises(InputError, match="the converter calls them x"):
        in_order(content(["x"], ["y"]), ["other"], ["y"], "m")


@pytest.mark.parametrize("name", ["x", "a b", "9", "", "lambda", "ü"])
def test_identifiers_are_identifiers(name: str) -> None:
    assert identifier_of(name).isidentifier()
    assert identifier_of(name)[0].isalpha()
