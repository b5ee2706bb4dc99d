"""Finding the operators: every module in `ops/` that has an `OPERATOR`.  Adding a file adds an operator or a variant of one."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from mcu_toolkit.runtimes.aot import ops
from mcu_toolkit.runtimes.aot.ir.operator import Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target


@functools.lru_cache(maxsize=1)
def all_operators() -> Mapping[str, Mapping[str, Operator]]:
    """Operators by name and instruction set; each has a `portable` one, whose constraints decide what is supported."""
    found: dict[str, dict[str, Operator]] = {}
    for module in sorted(pkgutil.walk_packages(ops.__path__, f"{ops.__name__}."), key=lambda info: info.name):
        operator = getattr(importlib.import_module(module.name), "OPERATOR", None)
        if operator is None:
            continue
        assert isinstance(operator, Operator), f"{module.name}.OPERATOR is not an Operator"
        variants = found.setdefault(operator.name, {})
        assert operator.instruction_set not in variants, f"{module.name}: a second {operator.instruction_set} {operator.name}"
        variants[operator.instruction_set] = operator
    for name, variants in found.items():
        assert "portable" in variants, f"{name} has no portable variant"
    return MappingProxyType({name: MappingProxyType(variants) for name, variants in sorted(found.items())})


def ways_of_layer(view: OpView, target: Target) -> Iterator[tuple[str, Step]]:
    """Every way of doing the layer on `target`, the default one first, each with its name as the step's `scheme`.

    Names: the instruction set, and behind it the scheme's own name where it is not the default of that instruction set.
    """
    variants = all_operators()[view.operator]
    for instruction_set in target.variants:
        operator = variants.get(instruction_set)
        if operator is None:
            continue
        ways: list[tuple[str, Callable[[OpView, Target], Step | None]]] = [(instruction_set, operator.lower)]
        ways += ((f"{instruction_set} {one.name}", one.lower) for one in operator.schemes)
        for name, lower in ways:
            step = lower(view, target)
            if step is not None:
                yield instruction_set, dataclasses.replace(step, scheme=name)


def lower_layer(view: OpView, target: Target) -> tuple[str, Step]:
    """The layer as the first variant for `target` does it that can, and which one that is."""
    return next(ways_of_layer(view, target))
