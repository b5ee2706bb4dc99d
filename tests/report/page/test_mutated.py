"""A result that was changed at random is shown or refused; it never ends in anything else."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.report import to_json
from mcu_toolkit.report.page.results import read_results
from mcu_toolkit.report.page.write import written_as
from tests.fuzzing import Fuzzing
from tests.report.page.results import report

VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 1, 2**40, 10**200, 1.5, -1e300, 1e-300, "", "x", "</script>", "\u202e\x1b[31m", "9" * 5000,
    [], [1], [[]], {}, {"a": 1},
)  # fmt: skip


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) below `value`."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in keys for place in ((value, key), *places(value[key]))]


def mutate(document: dict[str, Any], chance: random.Random) -> None:
    for _ in range(chance.randint(1, 3)):
        container, key = chance.choice(places(document))
        kind = chance.randrange(4)
        if kind == 0:
            del container[key]
        elif kind == 1 and isinstance(container[key], list):
            container[key] = container[key] * chance.randint(2, 5)
        elif kind == 2 and isinstance(container, list):
            chance.shuffle(container)
        else:
            container[key] = copy.deepcopy(chance.choice(VALUES))


def outcome(case: int, folder: Path) -> str:
    """`shown` or `refused`; both are counted, so that the test cannot pass by seeing only one of them."""
    chance = random.Random(case)
    base = json.loads(to_json(report()))
    changed = copy.deepcopy(base)
    mutate(changed, chance)
    for name, document in (("a.json", base), ("b.json", changed)):
        (folder / name).write_text(json.dumps(document), encoding="utf-8")
    try:
        runs = read_results([folder / "a.json", folder / "b.json"])
    except InputError:
        return "refused"
    for form in ("html", "md", "junit", "json"):
        assert written_as(runs, form, with_libraries=False)  # type: ignore[arg-type]
    return "shown"


def test_changed_results_are_shown_or_refused(tmp_path: Path) -> None:
    found = [outcome(case, tmp_path) for case in range(60)]
    assert {"shown", "refused"} == set(found)


@pytest.mark.fuzz
def test_many_changed_results_are_shown_or_refused(fuzzing: Fuzzing, tmp_path: Path) -> None:
    for seed in fuzzing.seeds():
        outcome(seed, tmp_path)
