"""Rules of the house that a program can check."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MACHINE_PATH = re.compile(r"(?<![\w.])/(work|root|home/[a-z]+)/")
INDEX_HOST = re.compile(r"https?://[\w.]*(pypi\.org|pythonhosted|debian\.org|npmjs)|--(extra-)?index-url|--find-links")
MAX_LINES = 300
MAX_FUNCTION_LINES = 45


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@pytest.fixture(scope="module")
def files() -> list[Path]:
    found = tracked()
    if not found:
        pytest.skip("not a git checkout")
    return found


def test_no_path_of_a_machine_is_in_the_repository(files: list[Path]) -> None:
    assert not [path for path in files if path != Path(__file__) and MACHINE_PATH.search(text_of(path))]


def test_no_address_of_a_package_index_is_in_the_repository(files: list[Path]) -> None:
    assert not [path for path in files if path != Path(__file__) and INDEX_HOST.search(text_of(path))]


def locked(name: str) -> dict[str, frozenset[str]]:
    """The hashes of each entry of a lock file, by `package==version`."""
    entries = re.split(r"\n(?=[a-zA-Z0-9])", (ROOT / "requirements" / name).read_text())[1:]
    return {entry.split()[0]: frozenset(re.findall(r"--hash=sha256:(\w+)", entry)) for entry in entries}


def test_what_the_core_is_installed_from_is_locked_as_for_development() -> None:
    core, everything = locked("core.lock"), locked("dev.lock")
    assert len(core) > 30
    assert core == {line: everything[line] for line in core}


@pytest.mark.parametrize(("name", "least"), [("dev.lock", 60), ("core.lock", 30)])
def test_every_locked_package_has_a_version_and_a_hash(name: str, least: int) -> None:
    lock = (ROOT / "requirements" / name).read_text()
    entries = re.split(r"\n(?=[a-zA-Z0-9])", lock)[1:]
    assert len(entries) > least
    assert not [entry.splitlines()[0] for entry in entries if not re.match(r"[\w.\-\[\]]+==\S+", entry) or "--hash=sha256:" not in entry]


def test_source_files_stay_small(files: list[Path]) -> None:
    """A file that outgrows this wants an idea that splits it, not a higher limit."""
    sources = [p for p in files if p.suffix in {".py", ".c", ".h", ".j2", ".mjs"} and "tests" not in p.relative_to(ROOT).parts]
    assert len(sources) > 100
    assert not {str(p.relative_to(ROOT)): n for p in sources if (n := len(text_of(p).splitlines())) > MAX_LINES}


def test_functions_stay_small(files: list[Path]) -> None:
    """Of the product and its scripts, docstring and signature included; in tests, tables of cases may be longer."""
    sources = [p for p in files if p.suffix == ".py" and "tests" not in p.relative_to(ROOT).parts]
    functions = [(path, node) for path in sources for node in ast.walk(ast.parse(text_of(path))) if isinstance(node, ast.FunctionDef)]
    assert len(functions) > 1000
    long = {f"{path.relative_to(ROOT)}: {node.name}": lines for path, node in functions if (lines := line_count(node)) > MAX_FUNCTION_LINES}
    assert not long


def line_count(node: ast.FunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_binary_is_in_the_repository(files: list[Path]) -> None:
    """Models and images are made by the tests; nothing that was built or downloaded is committed."""
    assert not [path for path in files if b"\0" in path.read_bytes()]


def test_files_that_go_into_projects_name_their_licence(files: list[Path]) -> None:
    copied = [p for p in files if p.relative_to(ROOT).parts[0] in ("firmware_templates", "pio_platform")]
    code = [p for p in copied if p.suffix in {".c", ".h", ".cc", ".cpp", ".py", ".mjs"}]
    assert len(code) > 150
    assert not [p for p in code if "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception" not in text_of(p).split("\n", 1)[0]]
    assert "LLVM Exceptions to the Apache 2.0 License" in text_of(ROOT / "LICENSE")
