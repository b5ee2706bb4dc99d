"""The properties that hypothesis tries with the same few examples in every run, with others for as long as the time lasts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis
import pytest

from tests import test_terminal_text
from tests.artifacts import test_code_names
from tests.fuzzing import Fuzzing
from tests.model import test_names
from tests.protocol import test_framing
from tests.runtimes.aot import test_arduino_library, test_numerics, test_planner
from tests.system import test_sinks
from tests.validate import test_quantization

MODULES = (test_sinks, test_terminal_text, test_code_names, test_names, test_framing, test_arduino_library, test_numerics, test_planner)


def properties() -> list[Callable[[], None]]:
    """Every test of these modules that takes nothing but what hypothesis draws."""
    tests = [test for module in (*MODULES, test_quantization) for name, test in vars(module).items() if name.startswith("test_")]
    return [test for test in tests if hypothesis.is_hypothesis_test(test) and not getattr(test, "pytestmark", ())]


def counted(test: Any, fuzzing: Fuzzing) -> Any:
    """What `test` does to one example, which counts."""
    inner = test.hypothesis.inner_test

    def one(*args: Any, **kwargs: Any) -> None:
        inner(*args, **kwargs)
        fuzzing.cases += 1

    return one


def test_there_are_properties_of_every_module() -> None:
    assert {test.__module__ for test in properties()} == {module.__name__ for module in (*MODULES, test_quantization)}


@pytest.mark.fuzz
def test_properties_hold_for_any_examples(fuzzing: Fuzzing, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Any] = list(properties())
    for test in found:
        monkeypatch.setattr(test.hypothesis, "inner_test", counted(test, fuzzing))
    for seed in fuzzing.seeds():
        for test in found:
            monkeypatch.setattr(test, "_hypothesis_internal_use_seed", seed, raising=False)
            test()
