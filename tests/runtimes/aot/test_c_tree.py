"""The tree that C is emitted from: how it is printed, where lines are broken, and what cannot get into it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from mcu_toolkit.runtimes.aot.emit.c_printer import Places, Printer
from mcu_toolkit.runtimes.aot.ir.c_tree import (
    Assign,
    Binary,
    Block,
    Branches,
    Cast,
    Conditional,
    Expression,
    Group,
    Indexed,
    Input,
    InputElement,
    Kernel,
    Labelled,
    Node,
    Output,
    Prefixed,
    Record,
    Return,
    Scratch,
    Struct,
    Table,
    Values,
    atom,
    call,
    cast_pointer,
    chained,
    flags,
    nodes,
    numbers,
    replaced_statement,
)
from mcu_toolkit.system.resources import templates_dir

AOT = Path(__file__).parents[3] / "mcu_toolkit/runtimes/aot"
POINTERS: dict[Node, str] = {Input(): "in", Input(1): "other", Output(): "out", Scratch(): "scratch", Table("weights"): "m_k_weights_3"}
PRINTER = Printer(Places("m_layer_3", "m", POINTERS))


def printed(value: Expression) -> str:
    return " ".join(PRINTER.pieces(value))


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (7, "7"),
        ("-3.4028235e+38f", "-3.4028235e+38f"),
        (call("f", Record(), Input(1), Output(), Kernel("conv")), "f(&m_layer_3, other, out, m_conv)"),
        (call(Kernel("conv"), Labelled("rows", 3), 0), "m_conv(/* rows */ 3, 0)"),
        (Record("7_0"), "&m_layer_3_7_0"),
        (Record(element=2), "&m_layer_3[2]"),
        (Record(member="copy"), "&m_layer_3.copy"),
        (cast_pointer("uint32_t *", Scratch()), "(uint32_t *)(void *)scratch"),
        (cast_pointer("const aot_x *", Table("weights")), "(const aot_x *)(const void *)m_k_weights_3"),
        (Group(Binary(Binary(Output(), "+", Binary("turn", "*", 8)), "-", 4)), "(out + turn * 8 - 4)"),
        (Prefixed("!", call("due", Prefixed("*", Input()))), "!due(*in)"),
        (Values((Table("weights"), numbers(1, -2), 0)), "{m_k_weights_3, {1, -2}, 0}"),
        (Struct((("rows", 1), ("steps", numbers(2, 3)))), "{.rows = 1, .steps = {2, 3}}"),
        (flags(), "0"),
        (flags("A", "B", "C"), "A | B | C"),
        (chained("+", "0.0f", "a", Prefixed("-", "b")), "0.0f + a + -b"),
        (Cast("int8_t", call("g", Binary(Indexed("input0", "i"), "*", "b"))), "(int8_t)g(input0[i] * b)"),
        (Conditional(Binary("a", ">", "b"), "a", Conditional("c", 1, call("f", 2, 3))), "a > b ? a : c ? 1 : f(2, 3)"),
    ],
    ids=str,
)
def test_every_expression_has_one_text(tree: Expression, text: str) -> None:
    assert printed(tree) == text


def test_statements_are_indented_and_conditions_are_a_chain() -> None:
    cases = ((Binary("turn", "==", 0), (call("f", 1),)), (Binary("turn", "<=", 5), (call("f", 2), Return())))
    loop = Block("for (int32_t turn = 0; turn < 6; ++turn)", (Branches(cases), Assign("sum", 1, "+=")))
    assert PRINTER.statements((call("begin"), loop)).splitlines() == [
        "    begin();",
        "    for (int32_t turn = 0; turn < 6; ++turn) {",
        "        if (turn == 0) {",
        "            f(1);",
        "        } else if (turn <= 5) {",
        "            f(2);",
        "            return;",
        "        }",
        "        sum += 1;",
        "    }",
    ]


@pytest.mark.parametrize("count", [1, 12, 13, 40])
def test_lines_are_broken_between_arguments_alone(count: int) -> None:
    text = PRINTER.statements((call("function", *(Labelled("a, b", number) for number in range(count))),))
    lines = text.splitlines()
    assert all(len(line) <= 120 for line in lines)
    assert all(line.endswith(",") for line in lines[:-1])
    assert all(line.startswith(" " * 8) for line in lines[1:])
    assert re.findall(r"/\* a, b \*/ (\d+)", text) == [str(number) for number in range(count)], "no comment is broken"


@pytest.mark.parametrize("text", ["", "a b", "f(x)", "1 + 2", "$in0", "a;", "*/", '"text"', "a,b", "x[y]", "{1}"])
def test_text_that_is_more_than_a_word_cannot_get_into_the_tree(text: str) -> None:
    with pytest.raises(AssertionError):
        atom(text)
    with pytest.raises(AssertionError):
        printed(call("f", text))


def test_operators_are_those_of_c_that_the_tree_knows() -> None:
    with pytest.raises(AssertionError):
        Binary("a", "; b", "c")
    with pytest.raises(AssertionError):
        Prefixed("f(), ", "c")


def test_a_reference_that_the_step_does_not_have_is_no_c() -> None:
    for missing in (Input(2), Table("bias"), InputElement()):
        with pytest.raises(KeyError):
            printed(call("f", missing))


def test_references_are_replaced_wherever_they_are_and_no_further() -> None:
    tree = Branches(((Prefixed("!", call("due", Input())), (call("f", numbers(1), Values((Input(), Table("weights"))), Output()),)),))

    def change(node: Node) -> Expression:
        return Group(Binary(Input(), "+", 8)) if isinstance(node, Input) else node

    found = replaced_statement(tree, change)
    assert PRINTER.statements((found,)).split("\n")[:2] == ["    if (!due((in + 8))) {", "        f({1}, {(in + 8), m_k_weights_3}, out);"]
    assert sum(isinstance(node, Group) for node in nodes(found)) == 2
    assert list(nodes(tree)) != list(nodes(found))
    assert replaced_statement(tree, lambda node: node) == tree


def _sources(*folders: str) -> Sequence[Path]:
    return [path for folder in folders for path in sorted((AOT / folder).rglob("*.py"))]


def test_no_c_is_made_by_filling_in_text() -> None:
    """Operators and cascades hand over trees; only the printer makes text of them."""
    sources = _sources("ops", "cascade", "passes", "ir", "emit")
    assert len(sources) > 80
    for path in sources:
        text = path.read_text()
        assert "from string import Template" not in text, path
        assert "${" not in text, path


def test_memory_is_handed_to_kernels_through_types_that_may_alias() -> None:
    """The same bytes hold elements of other types at other times; bytes may always be read as such."""
    for path in _sources("ops", "cascade"):
        assert not re.search(r'(?:Cast|cast_pointer)\("(?:const )?(?:u?int(?:16|32|64)_t|float) \*', path.read_text()), path
    kernels = templates_dir() / "runtimes/aot/kernels"
    headers = [*kernels.glob("dsp/*.h"), *kernels.glob("mve/*.h")]
    assert len(headers) > 15
    for path in headers:
        assert not re.search(r"\b(?:u?int(?:16|32|64)_t|float) \*(?:scratch|lanes|sums|to|x|pixels|buffer)\b", path.read_text()), path
