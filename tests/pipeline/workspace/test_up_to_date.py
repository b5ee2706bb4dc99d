"""A step is done again exactly where something that it depends on, or that it left behind, is not as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from mcu_toolkit.pipeline.workspace.up_to_date import CACHE_FOLDER, CachedStep, perform


@dataclass(frozen=True)
class Made:
    count: int
    path: Path
    shares: tuple[float, ...] = ()


@dataclass(frozen=True)
class MadeToday:
    """The same in another version of the toolkit."""

    number: int


def step_in(folder: Path) -> CachedStep:
    return CachedStep("make", {"model": "ab"}, {"seed": "1"}, (folder / "out.txt",), folder / CACHE_FOLDER / "make.json")


class Work:
    def __init__(self, folder: Path) -> None:
        self.done = 0
        self.folder = folder

    def __call__(self) -> Made:
        self.done += 1
        (self.folder / "out.txt").write_text("made")
        return Made(self.done, self.folder / "out.txt", (0.5, 1.0))


def test_facts_are_the_same_when_they_are_read_again(tmp_path: Path) -> None:
    work = Work(tmp_path)
    first, skipped = perform(step_in(tmp_path), work, Made, force=False)
    assert not skipped
    assert perform(step_in(tmp_path), work, Made, force=False) == (first, True)
    assert work.done == 1
    again, skipped = perform(step_in(tmp_path), work, Made, force=True)
    assert (again.count, skipped) == (2, False)


def other_input(step: CachedStep) -> CachedStep:
    return replace(step, inputs={"model": "cd"})


def other_option(step: CachedStep) -> CachedStep:
    return replace(step, options={"seed": "2"})


def changed_output(step: CachedStep) -> CachedStep:
    step.outputs[0].write_text("changed")
    return step


def broken_record(step: CachedStep) -> CachedStep:
    step.record.write_text("{")
    return step


def record_with_other_facts(step: CachedStep) -> CachedStep:
    record = json.loads(step.record.read_text())
    step.record.write_text(json.dumps({**record, "facts": {"count": "many"}}))
    return step


def record_with_more(step: CachedStep) -> CachedStep:
    record = json.loads(step.record.read_text())
    step.record.write_text(json.dumps({**record, "more": 1}))
    return step


@pytest.mark.parametrize("change", [other_input, other_option, changed_output, broken_record, record_with_other_facts, record_with_more])
def test_a_step_is_done_again_after(change: Callable[[CachedStep], CachedStep], tmp_path: Path) -> None:
    work = Work(tmp_path)
    perform(step_in(tmp_path), work, Made, force=False)
    _, skipped = perform(change(step_in(tmp_path)), work, Made, force=False)
    assert (work.done, skipped) == (2, False)


def test_facts_of_another_kind_are_not_taken_for_those_of_today(tmp_path: Path) -> None:
    step = step_in(tmp_path)
    perform(step, Work(tmp_path), Made, force=False)
    assert perform(step, lambda: MadeToday(7), MadeToday, force=False) == (MadeToday(7), False)
