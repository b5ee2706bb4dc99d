"""Does the real library do what the rules say of it?  Every probe model of the operators page, with the refusals taken out.

A refused form must be wrong, or fail; every other form that TFLM's interpreter takes must start and be byte-equal, unless it is listed
below with the reason.  Many models share one firmware for the large emulated board.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import build_project, flash_project
from mcu_toolkit.device import Client, open_port
from mcu_toolkit.errors import DeviceError
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runners import DeviceRunner, TflmRunner
from mcu_toolkit.runners.samples import sample_shape
from mcu_toolkit.runtimes.tflm import runtime
from mcu_toolkit.runtimes.tflm.facts import LibraryFacts
from mcu_toolkit.runtimes.tflm.rules import RULES, Rule, breaks, check_library
from scripts.probe.case import Case
from scripts.probe.table import all_cases, known_table
from tests.emulated import own_boards
from tests.runtimes.tflm.on_board import real_runtime
from tests.tflm_library import NEEDS_LIBRARY

pytestmark = [*NEEDS_LIBRARY, pytest.mark.slow, pytest.mark.timeout(7200)]
BOARD = "mps2-an386"
_MODELS_A_FIRMWARE = 40
_RANDOM_SAMPLES = 4
_PROBES_A_RULE = 3


@pytest.fixture(autouse=True)
def boards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with own_boards(monkeypatch):
        yield


@dataclass(frozen=True)
class Outcome:
    """What became of a model on the board: whether it `started`, and by how much its outputs differed at most (-1: it failed)."""

    started: bool
    max_lsb: float


def probes(facts: LibraryFacts) -> Iterator[tuple[Case, Model, Rule | None, bool]]:
    """Every probe that TFLM's interpreter takes: (case, model, the rule it breaks, whether the library has its operators)."""
    verdicts = known_table().tflm
    for number, case in enumerate(all_cases()):
        if not verdicts[case.key].accepted:
            continue
        model = parse_model(case.build(), f"p{number}")
        broken = [rule for graph in model.graphs for op in graph.ops for rule in RULES if breaks(rule, facts, graph, op)]
        missing = [finding for finding in check_library(model, facts, "it") if " has no Add" in finding.found]
        yield case, model, broken[0] if broken else None, not missing and not runtime.check_model(model)


def samples_of(case: Case, model: Model) -> list[list[npt.NDArray[Any]]]:
    """Inputs: the probe's own, and random ones where the form takes any number."""
    own = [array.reshape(1, *sample_shape(port)) for array, port in zip(case.samples(), model.inputs, strict=True)]
    found = [own]
    if case.form.builder is None and all(spec is None or spec.sample is None for spec in case.form.inputs):
        random = np.random.default_rng(17)
        found += [[_random(random, array) for array in own] for _ in range(_RANDOM_SAMPLES)]
    return found


def _random(random: np.random.Generator, like: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if like.dtype in (np.int8, np.int16):
        limits = np.iinfo(like.dtype)
        return random.integers(limits.min, limits.max + 1, like.shape).astype(like.dtype)
    return random.uniform(-4, 4, like.shape).astype(like.dtype) if like.dtype == np.float32 else like


def on_board(found: Sequence[tuple[Case, Model]], folder: Path) -> dict[str, Outcome]:
    """Outcomes by the case's key, of models in one firmware.

    A model that cannot be prepared leaves the arena in a state that the next one suffers from, and one that hits an assertion stops the
    firmware: then the halves are tried apart, down to single models.
    """
    board = load_board(BOARD)
    project = generate_project([model for _, model in found], board, real_runtime(), folder, overwrite=True)
    build_project(project, board)
    with closing(Client(open_port(flash_project(project, board), board.serial.baud))) as client:
        try:
            started = [client.model_info(index).status == 0 for index in range(client.handshake().model_count)]
        except DeviceError:
            started = [False]
        if all(started):
            return {case.key: _outcome(client, index, case, model) for index, (case, model) in enumerate(found)}
    if len(found) == 1:
        return {found[0][0].key: Outcome(False, -1)}
    middle = len(found) // 2
    return on_board(found[:middle], folder) | on_board(found[middle:], folder)


def _outcome(client: Client, index: int, case: Case, model: Model) -> Outcome:
    device = DeviceRunner(client, model, index)
    largest = 0.0
    with closing(TflmRunner(model)) as golden:
        for inputs in samples_of(case, model):
            golden.reset()
            device.reset()
            try:
                got = device.run(inputs).outputs
            except DeviceError:
                return Outcome(True, -1)
            for one, expected in zip(got, golden.run(inputs).outputs, strict=True):
                if one.tobytes() != expected.tobytes():
                    largest = max(largest, float(np.max(np.abs(one.astype(np.float64) - expected.astype(np.float64)))), 1e-9)
    return Outcome(True, largest)


@pytest.fixture
def facts() -> LibraryFacts:
    found = real_runtime().library_for(load_board(BOARD)).facts
    assert found is not None
    return found


def test_what_breaks_a_rule_is_wrong_or_fails(facts: LibraryFacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = [(case, model, rule) for case, model, rule, is_there in probes(facts) if rule is not None and is_there]
    if not broken:
        pytest.skip("this library breaks no rule")
    monkeypatch.setattr(runtime, "check_library", lambda *_: [])
    outcomes = {}
    for feature in {rule.feature for _, _, rule in broken}:
        for case, model, _ in [one for one in broken if one[2].feature == feature][:_PROBES_A_RULE]:
            outcomes |= on_board([(case, model)], tmp_path / "p")
    for rule in {rule.feature: rule for _, _, rule in broken}.values():
        found = {case.key: outcomes[case.key] for case, _, its in broken if its is rule and case.key in outcomes}
        if rule.effect in {"refused", "stops"}:
            assert all(not one.started or one.max_lsb < 0 for one in found.values()), (rule.feature, found)
        else:
            # That a dense layer is wrong without a word is shown in test_refusal_is_needed.py: the probe's bias has a scale of its own.
            assert any(one != Outcome(True, 0) for one in found.values()), (rule.feature, found)


@pytest.mark.nightly
def test_what_breaks_none_is_byte_equal(facts: LibraryFacts, tmp_path: Path) -> None:
    sound = [(case, model) for case, model, rule, is_there in probes(facts) if rule is None and is_there]
    assert len(sound) > 200
    outcomes = {}
    for start in range(0, len(sound), _MODELS_A_FIRMWARE):
        outcomes |= on_board(sound[start : start + _MODELS_A_FIRMWARE], tmp_path / "p")
    assert {key: outcome for key, outcome in outcomes.items() if outcome != Outcome(True, 0)} == {}
