"""The stack of each part of generated code, alone in an image and as a function that several layers call.

A kernel that one layer calls becomes part of its caller; called from two places it stays a function, whose frame comes on top of the
caller's: up to 150 bytes more, so both are measured.  And an image tells the depth of its deepest layer only.  A part that was never alone
in an image, nor a function of its own in one, has no more than a bound from that, the network around it: parts of its kind that were seen
then say what it takes.
"""

from __future__ import annotations

import re
import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.sizes.link import Linked
from benchmarks.sizes.measure import Measured
from mcu_toolkit.runtimes.aot.size_table import alike

_OF_THE_MODEL = re.compile(r"m_model\d*_(?P<name>\w+)")
"""A model's own function in C; what its layers call is named as in the part."""
_CALLERS = ("_layers", "_invoke")
"""Ends of the names of functions that a layer is called from, or becomes part of."""


@dataclass(frozen=True)
class UnitStack:
    """Bytes of stack."""

    alone_bytes: int
    """Below a model's `invoke`, where one layer calls it."""
    called_bytes: int | None
    """Of the function and all that it calls, where it was one; the middle of what images with several layers show."""


def unit_stacks(images: Sequence[Measured]) -> dict[str, UnitStack]:
    """Of each part of `images`."""
    bounds: dict[str, int] = {}
    called: dict[str, list[int]] = defaultdict(list)
    alone = set[str]()
    for image in images:
        depths = _depths(image.linked)
        is_single = _layer_count(image) == 1
        alone |= set(image.parts.by_model[0][0]) if is_single else set()
        for unit in image.parts.units:
            bounds[unit] = min(bounds.get(unit, image.linked.stack_bytes), image.linked.stack_bytes)
            if not is_single and (depth_bytes := depths.get(unit.partition(" ")[2])) is not None:
                called[unit].append(depth_bytes)
    seen = {unit: bound for unit, bound in bounds.items() if unit in alone or unit in called}
    return {
        unit: UnitStack(
            seen[unit] if unit in seen else min(bound, _of_its_kind(unit, seen, bound)),
            round(statistics.median(called[unit])) if unit in called else None,
        )
        for unit, bound in sorted(bounds.items())
    }


def caller_bytes(images: Iterable[Measured]) -> int:
    """The frame of the function that calls the layers: the middle of all images with several."""
    return round(statistics.median([_caller_bytes(image.linked) for image in images if _layer_count(image) > 1] or [0]))


def _caller_bytes(linked: Linked) -> int:
    return max((frame.own_bytes for name, frame in linked.frames.items() if name.endswith(_CALLERS)), default=0)


def _layer_count(image: Measured) -> int:
    return sum(len(layers) for layers in image.parts.by_model)


def _depths(linked: Linked) -> Mapping[str, int]:
    """By a function's name without the prefix of its model and the endings of the compiler's clones."""
    found: dict[str, int] = {}
    for name, frame in linked.frames.items():
        for plain in _plain_names(name.partition(".")[0]):
            found[plain] = max(found.get(plain, 0), frame.depth_bytes)
    return found


def _plain_names(name: str) -> Iterator[str]:
    yield name
    if (own := _OF_THE_MODEL.fullmatch(name)) is not None:
        yield own["name"]


def _of_its_kind(unit: str, seen: Mapping[str, int], bound: int) -> int:
    """The deepest of the parts that are most like it; the bound where there is none."""
    kind = unit.partition(" ")[0]
    return max((seen[known] for known in alike(unit, [one for one in seen if one.partition(" ")[0] == kind])), default=bound)
