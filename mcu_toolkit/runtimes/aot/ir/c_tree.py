"""C as a small tree: what operators are lowered to.  emit/c_printer.py turns it into text, once, when all names and addresses are known.

Whatever lies in memory is referred to by what it is, never by a name: the input of a step, its scratch memory, one of its constants.
So a step can be moved into another one (cascade/c_code.py replaces nodes), and nothing is looked for in text.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_ATOM = re.compile(r"-?[A-Za-z0-9_.]+(?:e[+-]\d+f?)?|INT(?:32|64)_C\(-?\d+\)|(?:layer->)?[a-z]\w*(?:\.\w+)?(?:\[\d+\])?")
_OPERATORS = frozenset("+ - * / | == != < <= > >= && ||".split())  # noqa: SIM905
_PREFIXES = frozenset("-!&*")


@dataclass(frozen=True)
class Node:
    """A part of the tree."""


@dataclass(frozen=True)
class Input(Node):
    """The typed pointer to an input of the step."""

    position: int = 0


@dataclass(frozen=True)
class Output(Node):
    """The typed pointer to an output of the step."""

    position: int = 0


@dataclass(frozen=True)
class Scratch(Node):
    """The `uint8_t *` to the step's scratch memory."""


@dataclass(frozen=True)
class State(Node):
    """The `uint8_t *` to a slot of the step's state."""

    slot: int = 0


@dataclass(frozen=True)
class Table(Node):
    """An array among the step's constants, by `Constant.what`."""

    what: str


@dataclass(frozen=True)
class Record(Node):
    """The address of a layer record: of the step's own one, or of one with a name; of an element of it, or of a member."""

    name: str = ""
    element: int | None = None
    member: str = ""


@dataclass(frozen=True)
class RecordValue(Node):
    """A layer record itself, as `Record` names it: for a copy that also points into memory, which a constant cannot."""

    name: str = ""


@dataclass(frozen=True)
class Kernel(Node):
    """The function of a kernel class of the step, by the name of its `SharedFunction`."""

    name: str


@dataclass(frozen=True)
class InputElement(Node):
    """The element of an input that an elementwise operator is at; its loop says how that is read."""

    position: int = 0


@dataclass(frozen=True)
class Labelled(Node):
    """A value with a comment that says what it is."""

    label: str
    value: Expression


@dataclass(frozen=True)
class Cast(Node):
    """The value as another type."""

    c_type: str
    value: Expression


@dataclass(frozen=True)
class Binary(Node):
    """Two values and an operator; the tree has no precedence: what needs parentheses is a `Group`."""

    left: Expression
    operator: str
    right: Expression

    def __post_init__(self) -> None:
        assert self.operator in _OPERATORS, self.operator


@dataclass(frozen=True)
class Group(Node):
    """The value in parentheses."""

    value: Expression


@dataclass(frozen=True)
class Prefixed(Node):
    """The value behind an operator of one operand: `-`, `!`, `&`, or `*` for what a pointer points to."""

    operator: str
    value: Expression

    def __post_init__(self) -> None:
        assert self.operator in _PREFIXES, self.operator


@dataclass(frozen=True)
class Conditional(Node):
    """`condition ? value : otherwise`."""

    condition: Expression
    value: Expression
    otherwise: Expression


@dataclass(frozen=True)
class Indexed(Node):
    """An element of an array, by its name."""

    array: str
    index: Expression


@dataclass(frozen=True)
class Call(Node):
    """A call: an expression, and in a list of statements a statement."""

    function: str | Kernel
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Values(Node):
    """An initialiser: values in the order of an array or a struct."""

    values: tuple[Expression, ...]


@dataclass(frozen=True)
class Struct(Node):
    """An initialiser whose fields are named."""

    fields: tuple[tuple[str, Expression], ...]


Expression = int | str | Node
"""An int is that number; a str is one word of C (`atom`): an identifier, or a constant that is a number."""
Fields = tuple[tuple[str, Expression], ...]
"""Of a struct, by name."""


@dataclass(frozen=True)
class Assign(Node):
    """`target` is a place in C, or a declaration; `operator` is `=` or `+=`."""

    target: str
    value: Expression
    operator: str = "="


@dataclass(frozen=True)
class Return(Node):
    """Leaves the function."""


@dataclass(frozen=True)
class Block(Node):
    """`head` {, statements, `tail`: a loop."""

    head: str
    body: tuple[Node, ...]
    tail: str = "}"


@dataclass(frozen=True)
class Scope(Node):
    """Statements with variables of their own."""

    body: tuple[Node, ...]


@dataclass(frozen=True)
class Branches(Node):
    """The statements behind the first condition that holds."""

    cases: tuple[tuple[Expression, tuple[Node, ...]], ...]


def atom(text: str) -> str:
    """`text`, if it is a single word of C; nothing else gets into the tree as text."""
    assert _ATOM.fullmatch(text), f"{text!r} is not one word of C"
    return text


def call(function: str | Kernel, *arguments: Expression) -> Call:
    """`Call`, for reading."""
    return Call(function, arguments)


def flags(*names: str) -> Expression:
    """A set of flags; 0 where there is none."""
    if not names:
        return 0
    return chained("|", *names)


def chained(operator: str, *values: Expression) -> Expression:
    """The values with one operator between them, from left to right."""
    return functools.reduce(lambda left, right: Binary(left, operator, right), values)


def numbers(*values: int) -> Values:
    """An initialiser of integers."""
    return Values(tuple(values))


def cast_pointer(c_type: str, value: Expression) -> Cast:
    """A pointer to elements of another size, by way of void: the memory is aligned, which -Wcast-align cannot know."""
    const = "const " if c_type.startswith("const ") else ""
    return Cast(c_type, Cast(f"{const}void *", value))


def replaced(node: Node, change: Callable[[Node], Expression]) -> Expression:
    """The tree with every node replaced by what `change` returns for it; what it returns is not looked at again."""
    found = change(node)
    if found is not node:
        return found
    fields = {field.name: getattr(node, field.name) for field in dataclasses.fields(node)}
    return dataclasses.replace(node, **{name: _replaced_part(value, change) for name, value in fields.items()})


def replaced_statement(node: Node, change: Callable[[Node], Expression]) -> Node:
    """The same for a statement, which stays one."""
    found = replaced(node, change)
    assert isinstance(found, Node)
    return found


def _replaced_part(value: object, change: Callable[[Node], Expression]) -> object:
    if isinstance(value, tuple):
        return tuple(_replaced_part(one, change) for one in value)
    return replaced(value, change) if isinstance(value, Node) else value


def nodes(*roots: Expression) -> Iterator[Node]:
    """Every node of the trees."""
    for root in roots:
        if isinstance(root, Node):
            yield root
            for field in dataclasses.fields(root):
                yield from nodes(*_parts(getattr(root, field.name)))


def _parts(value: object) -> Iterator[Expression]:
    if isinstance(value, tuple):
        for one in value:
            yield from _parts(one)
    elif isinstance(value, Node):
        yield value
