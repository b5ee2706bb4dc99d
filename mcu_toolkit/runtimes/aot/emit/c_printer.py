"""The tree of c_tree.py as lines of C.

Text comes in pieces: behind each a line may be broken.  So lines are filled by what the tree says, and nothing is looked for in text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mcu_toolkit.runtimes.aot.ir.c_text import c_filled
from mcu_toolkit.runtimes.aot.ir.c_tree import (
    Assign,
    Binary,
    Block,
    Branches,
    Call,
    Cast,
    Conditional,
    Expression,
    Group,
    Indexed,
    Kernel,
    Labelled,
    Node,
    Prefixed,
    Record,
    RecordValue,
    Return,
    Scope,
    Struct,
    Values,
    atom,
)

_INDENT = "    "


@dataclass(frozen=True)
class Places:
    """What the nodes that refer to something are called in C."""

    layer: str
    """The name of the step's own record; others begin with it."""
    kernels_prefix: str
    """What names of functions of kernel classes begin with."""
    pointers: Mapping[Node, str]
    """Tensors, memory and tables of the step."""

    def text(self, node: Node) -> str:
        """The node as C; KeyError for one that the step does not have."""
        match node:
            case Kernel():
                return f"{self.kernels_prefix}_{node.name}"
            case Record():
                element = "" if node.element is None else f"[{node.element}]"
                return f"&{self._record(node.name)}{element}" + (f".{node.member}" if node.member else "")
            case RecordValue():
                return self._record(node.name)
        return self.pointers[node]

    def _record(self, name: str) -> str:
        return f"{self.layer}_{name}" if name else self.layer


class Printer:
    """Prints trees whose references `places` knows."""

    def __init__(self, places: Places) -> None:
        self._place = places.text

    def statements(self, statements: Sequence[Node], indent: str = _INDENT) -> str:
        """The lines of `statements`."""
        return "\n".join(line for statement in statements for line in self._statement(statement, indent))

    def field(self, before: str, value: Expression) -> str:
        """A line, or several, of an initialiser: `before` names the value."""
        return _line(_around(f"{before} ", self.pieces(value)), _INDENT)

    def pieces(self, value: Expression) -> list[str]:
        """An expression in pieces."""
        if isinstance(value, int):
            return [str(value)]
        if isinstance(value, str):
            return [atom(value)]
        return self._around_one(value) or self._operators(value) or self._list(value) or [self._place(value)]

    def _around_one(self, node: Node) -> list[str]:
        """A node with text before or behind another one; empty for others."""
        match node:
            case Labelled():
                return _around(f"/* {node.label} */ ", self.pieces(node.value))
            case Cast():
                return _around(f"({node.c_type})", self.pieces(node.value))
            case Prefixed():
                return _around(node.operator, self.pieces(node.value))
            case Group():
                return _around("(", self.pieces(node.value), ")")
            case Indexed():
                return _around(f"{atom(node.array)}[", self.pieces(node.index), "]")
        return []

    def _operators(self, node: Node) -> list[str]:
        """A node with operators between others; empty for others."""
        match node:
            case Binary():
                return _between(self.pieces(node.left), node.operator, self.pieces(node.right))
            case Conditional():
                values = _between(self.pieces(node.value), ":", self.pieces(node.otherwise))
                return _between(self.pieces(node.condition), "?", values)
        return []

    def _list(self, node: Node) -> list[str]:
        """A node with others between commas; empty for others."""
        match node:
            case Call():
                function = self._place(node.function) if isinstance(node.function, Kernel) else atom(node.function)
                return self._listed(f"{function}(", node.arguments, ")")
            case Values():
                return self._listed("{", node.values, "}")
            case Struct():
                return _joined("{", [_around(f".{name} = ", self.pieces(field)) for name, field in node.fields], "}")
        return []

    def _listed(self, before: str, values: Sequence[Expression], after: str) -> list[str]:
        return _joined(before, [self.pieces(value) for value in values], after)

    def _statement(self, statement: Node, indent: str) -> Iterator[str]:
        inner = indent + _INDENT
        match statement:
            case Return():
                yield f"{indent}return;"
            case Assign():
                yield _line(_around(f"{statement.target} {statement.operator} ", self.pieces(statement.value), ";"), indent)
            case Block():
                yield f"{indent}{statement.head} {{"
                yield self.statements(statement.body, inner)
                yield indent + statement.tail
            case Scope():
                yield f"{indent}{{"
                yield self.statements(statement.body, inner)
                yield f"{indent}}}"
            case Branches():
                word = "if"
                for condition, body in statement.cases:
                    yield _line(_around(f"{word} (", self.pieces(condition), ") {"), indent)
                    yield self.statements(body, inner)
                    word = "} else if"
                yield f"{indent}}}"
            case _:
                yield _line(_around("", self.pieces(statement), ";"), indent)


def _around(before: str, pieces: list[str], after: str = "") -> list[str]:
    pieces = [before + pieces[0], *pieces[1:]]
    return [*pieces[:-1], pieces[-1] + after]


def _between(left: list[str], operator: str, right: list[str]) -> list[str]:
    """Two values with `operator` between them, where no line is broken."""
    return [*left[:-1], f"{left[-1]} {operator} {right[0]}", *right[1:]]


def _joined(before: str, parts: list[list[str]], after: str) -> list[str]:
    """Parts with commas between them, behind which a line may be broken."""
    pieces = [piece for part in parts[:-1] for piece in _around("", part, ",")] + (parts[-1] if parts else [""])
    return _around(before, pieces, after)


def _line(pieces: Sequence[str], indent: str) -> str:
    return indent + c_filled(pieces, indent)


def parameter_list(before: str, parameters: Sequence[str], after: str) -> list[str]:
    """The parameters of a function in pieces, in parentheses, between `before` and `after`."""
    return _joined(f"{before}(", [[parameter] for parameter in parameters], f"){after}")
