"""What `import mcu_toolkit as mcu` has: the names, pinned, and what it costs to import them."""

from __future__ import annotations

import dataclasses
import inspect
import re
import subprocess
import sys
from types import FunctionType

import pytest

import mcu_toolkit as mcu
from mcu_toolkit.cli.app import app

FUNCTIONS = {
    "bench", "build", "compare", "compare_schemes", "deploy", "explain", "export", "fit", "flash", "generate", "header", "inspect",
    "predict", "quantize", "report", "train", "validate", "verify",
}  # fmt: skip
RECORDS = {
    "ApplicationRequest", "BuildResult", "CompareResult", "ExplainResult", "ExportResult", "FitResult", "FlashResult", "GenerateResult",
    "HeaderResult", "ImageChoices", "InspectResult", "KeywordChoices", "Limits", "PredictResult", "QuantizeResult", "Report",
    "ReportResult", "RuntimeOptions", "SchemesResult", "SensorChoices", "StepResult", "TrainResult",
}  # fmt: skip
ERRORS = {
    "DeviceError", "InputError", "McuError", "NoReplyError", "NotSatisfiedError", "ProtocolError", "ToolError", "UnknownNameError",
    "UnsupportedModelError",
}  # fmt: skip
OTHERS = {"Printed", "Progress", "__version__"}
SUB_PACKAGES = ("build", "quantize", "report", "train", "validate")
"""Of the same names as functions."""


def test_the_exported_names_are_these() -> None:
    """A name that goes away breaks programs: it is deprecated first (CHANGELOG.md)."""
    assert set(mcu.__all__) == FUNCTIONS | RECORDS | ERRORS | OTHERS
    assert set(dir(mcu)) >= set(mcu.__all__), "notebooks complete them"


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_verb_is_a_documented_function_with_every_type_given(name: str) -> None:
    function = getattr(mcu, name)
    assert isinstance(function, FunctionType)
    assert function.__doc__
    signature = inspect.signature(function)
    assert signature.return_annotation.startswith(("StepResult[", "Report"))
    assert all(parameter.annotation is not inspect.Parameter.empty for parameter in signature.parameters.values())


@pytest.mark.parametrize("name", sorted(FUNCTIONS - {"compare_schemes", "export"}))
def test_the_command_of_a_verb_calls_its_function(name: str) -> None:
    command = inspect.unwrap(next(one.callback for one in app.registered_commands if one.callback.__name__ == name))
    assert re.search(rf"from mcu_toolkit\.api[.\w]* import .*\b({name}|{name}_each|firmware|quantizing)\b", inspect.getsource(command))


def test_records_are_frozen_and_errors_are_ours() -> None:
    for name in RECORDS:
        assert dataclasses.is_dataclass(getattr(mcu, name)), name
        assert getattr(mcu, name).__dataclass_params__.frozen, name
        assert getattr(mcu, name).__doc__, name
    assert all(issubclass(getattr(mcu, name), mcu.McuError) for name in ERRORS)


def test_a_function_stays_one_where_the_sub_package_of_its_name_is_imported() -> None:
    """Python binds a sub-package to its parent: `import mcu_toolkit.train` would make `mcu.train` a module."""
    code = f"""
import importlib, inspect
import mcu_toolkit as mcu
before = mcu.train
for name in {SUB_PACKAGES}:
    assert inspect.ismodule(importlib.import_module(f"mcu_toolkit.{{name}}"))
    assert inspect.isfunction(getattr(mcu, name)), name
from mcu_toolkit.train.tasks import get_task
assert mcu.train is before
import mcu_toolkit.boards
assert inspect.ismodule(mcu.boards)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_importing_it_imports_nothing_else() -> None:
    code = "import sys; import mcu_toolkit as mcu; print(*sorted(name for name in sys.modules if '.' not in name or 'mcu' in name))"
    loaded = set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())
    assert {name for name in loaded if name.startswith("mcu_toolkit")} == {"mcu_toolkit", "mcu_toolkit.lazy_names", "mcu_toolkit.version"}
    assert not loaded & {"numpy", "tensorflow", "keras", "typer", "rich", "jinja2", "serial", "filelock", "platformio"}


def test_every_verb_can_be_had_without_what_only_some_need() -> None:
    code = f"import sys; import mcu_toolkit as mcu; [getattr(mcu, name) for name in {sorted(FUNCTIONS)}]; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {name.partition(".")[0] for name in loaded} & {"numpy", "tensorflow", "keras", "typer", "rich", "jinja2", "serial"}
    assert len([name for name in loaded if name.startswith("mcu_toolkit")]) <= 20
