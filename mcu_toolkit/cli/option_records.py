"""Options that belong together, as one frozen record: a command takes the record, and Typer sees its fields.

@dataclass(frozen=True)
class Inputs:
    data: DataFile = None
    seed: Seed = 0

def bench(model: Model, inputs: Inputs) -> None: ...

app.command()(with_records(bench))      # mcu bench MODEL --data FILE --seed N
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import typing
from collections.abc import Callable, Iterator
from inspect import Parameter, Signature
from typing import Any


def with_records(command: Callable[..., None]) -> Callable[..., None]:
    """`command` as Typer takes it: each parameter that is a record of options gives way to the record's fields, in their order.

    Raises TypeError where two parameters have one name.
    """
    hints = _hints(command)
    records = [(name, kind) for name, kind in hints.items() if isinstance(kind, type) and dataclasses.is_dataclass(kind)]

    @functools.wraps(command)
    def run(**values: Any) -> None:
        made = {name: kind(**{one.name: values.pop(one.name) for one in dataclasses.fields(kind)}) for name, kind in records}
        command(**values, **made)

    parameters = list(_parameters(command))
    if len({one.name for one in parameters}) < len(parameters):
        raise TypeError(f"{command.__name__} takes an option twice")
    vars(run)["__signature__"] = Signature(parameters)
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run


@functools.cache
def _hints(of: Callable[..., None]) -> dict[str, Any]:
    """Types of a command's parameters, or of a record's fields; reading them takes a start noticeable time, so it is done once."""
    return typing.get_type_hints(of, include_extras=True)


def _parameters(command: Callable[..., None]) -> Iterator[Parameter]:
    """By name only: then those without a default may stand behind those with one."""
    hints = _hints(command)
    for parameter in inspect.signature(command).parameters.values():
        kind = hints[parameter.name]
        if isinstance(kind, type) and dataclasses.is_dataclass(kind):
            inner = _hints(kind)
            for one in dataclasses.fields(kind):
                default = Parameter.empty if one.default is dataclasses.MISSING else one.default
                yield Parameter(one.name, Parameter.KEYWORD_ONLY, default=default, annotation=inner[one.name])
        else:
            yield parameter.replace(kind=Parameter.KEYWORD_ONLY, annotation=kind)
