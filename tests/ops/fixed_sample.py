"""A fixed sample of single-operator models over all operators and element types, for runs that are too slow for draws."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.model.own_operators import OWN_OPERATORS
from mcu_toolkit.runners.reference.runner import golden_interpreter
from scripts.probe.case import Case
from scripts.probe.caveats import is_undefined
from scripts.probe.table import all_cases, judge_with_aot, known_table
from tests.ops.harness import golden_outputs, litert_outputs


@dataclass(frozen=True, eq=False)
class Sample:
    """A model, what to feed it, and what the golden interpreter makes of that."""

    key: str
    model: Model
    inputs: list[npt.NDArray[Any]]
    golden: list[npt.NDArray[Any]]

    @property
    def operator(self) -> str:
        return self.key.split(" | ", maxsplit=1)[0]


def fixed_sample(forms: int) -> list[Sample]:
    """The first `forms` forms that we take of each operator and element type, out of those that were probed."""
    table, ours = known_table(), judge_with_aot(all_cases())
    chosen: dict[tuple[str, str], list[Case]] = {}
    for case in all_cases():
        known = "ok" in (table.tflm[case.key].stage, table.litert[case.key].stage) or case.form.operator in OWN_OPERATORS
        if ours[case.key].stage == "ok" and known and not is_undefined(case):
            chosen.setdefault((case.form.operator, case.dtype), []).append(case)
    cases = [case for found in chosen.values() for case in found[:forms]]
    return [_sample(case, by_tflm=table.tflm[case.key].stage == "ok") for case in cases]


def _sample(case: Case, *, by_tflm: bool) -> Sample:
    model, inputs = parse_model(case.build(), case.key), case.samples()
    if case.form.operator in OWN_OPERATORS:
        with closing(golden_interpreter(model)) as reference:
            return Sample(case.key, model, inputs, list(reference.run(with_batch(inputs)).outputs))
    golden = (golden_outputs if by_tflm else litert_outputs)(model.content, [inputs], len(model.outputs))
    return Sample(case.key, model, inputs, golden[0])


def with_batch(arrays: list[npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
    """The inputs as a runner takes them: with a dimension for samples in front, unless there is a 1 already."""
    return [array if array.shape[:1] == (1,) else array[None] for array in arrays]
