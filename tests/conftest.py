"""Fixtures for every test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import trained_models
from tests.fuzzing import Fuzzing, share_s

_NOT_BUILT = "not built"
_FUZZED = "fuzzed"


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """`note(name, reason)`: what a sweep leaves out; printed at the end of the run, from whichever process it comes."""
    return lambda name, reason: request.node.user_properties.append((_NOT_BUILT, (reason, name)))


@pytest.fixture
def fuzzing(request: pytest.FixtureRequest) -> Iterator[Fuzzing]:
    """Seeds for a test marked `fuzz`; how many cases it tried is printed at the end of the run."""
    fuzzers = sum(1 for item in request.session.items if item.get_closest_marker("fuzz"))
    budget = Fuzzing(share_s(fuzzers, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))))
    yield budget
    request.node.user_properties.append((_FUZZED, (budget.cases, budget.seed)))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What fuzzers tried, and what sweeps left out."""
    _report_fuzzers(terminalreporter)
    _report_left_out(terminalreporter)


def _report_fuzzers(terminalreporter: Any) -> None:
    failed = {report.nodeid for kind in ("failed", "error") for report in terminalreporter.stats.get(kind, [])}
    tried = {
        report.nodeid: value
        for reports in terminalreporter.stats.values()
        for report in reports
        for key, value in getattr(report, "user_properties", ())
        if key == _FUZZED
    }
    if tried:
        terminalreporter.section("fuzzers")
    for name, (cases, seed) in sorted(tried.items()):
        found = f", then a finding: `make fuzz SEED={seed}` begins with it" if name in failed else ""
        terminalreporter.line(f"{cases:>10,} cases without a finding{found}: {name}")


def _report_left_out(terminalreporter: Any) -> None:
    """By reason."""
    names: dict[str, set[str]] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            for key, value in getattr(report, "user_properties", ()):
                if key == _NOT_BUILT:
                    names.setdefault(value[0], set()).add(value[1])
    if names:
        terminalreporter.section("left out")
    for reason, left_out in sorted(names.items()):
        terminalreporter.line(f"{len(left_out)} of: {reason}")
        terminalreporter.line("    " + ", ".join(sorted(left_out)))


@pytest.fixture(scope="session")
def digits_folder() -> Path:
    """A folder as `train_task("digits", ...)` writes it: model.keras, saved_model/, data.npz, training.json.  Read only."""
    return trained_models.trained("digits")


@pytest.fixture(scope="session")
def digits_int8() -> Path:
    """The trained digits model in full int8, a .tflite file.  Read only."""
    return trained_models.quantized("digits", "int8")
