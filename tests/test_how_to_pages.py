"""The pages that say what to touch name files that are there, and names that these files hold."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.models import PUBLIC
from mcu_toolkit.artifacts import Metrics
from mcu_toolkit.report import Report, to_json
from mcu_toolkit.runtimes.aot.compiler import PASSES
from mcu_toolkit.train import tasks
from scripts import structure
from tests.shared_models import shared_model
from tests.test_repository import ROOT

_PAGES = [
    *sorted((ROOT / "docs/how-to").glob("adding-*.md")),
    ROOT / "docs/how-to/porting.md",
    ROOT / "docs/how-to/testing.md",
    ROOT / "boards/README.md",
    ROOT / "firmware_templates/README.md",
    ROOT / "CONTRIBUTING.md",
]
_QUOTED = re.compile(r"`([^`\n]+)`")
_FOLDERS = r"(?:mcu_toolkit|tests|firmware_templates|boards|pio_platform|scripts|benchmarks|docs|requirements)"
_FILE = re.compile(rf"{_FOLDERS}/[\w./-]*")
_IDENTIFIER = re.compile(r"_?[A-Za-z]\w+")


def rows_that_touch() -> Iterator[tuple[str, list[str], list[str]]]:
    """(page, files, names) of every row of a table whose first cell is files of ours and nothing else."""
    for page in _PAGES:
        for line in page.read_text(encoding="utf-8").splitlines():
            cells = re.split(r"(?<!\\)\|", line)
            if len(cells) < 4:
                continue
            files = _QUOTED.findall(cells[1])
            if files and all(_FILE.fullmatch(file) for file in files):
                yield page.name, files, [name for name in _QUOTED.findall(cells[2]) if _IDENTIFIER.fullmatch(name)]


def test_the_pages_are_those_that_exist() -> None:
    kinds = {page.stem.removeprefix("adding-an-").removeprefix("adding-a-") for page in _PAGES if page.stem.startswith("adding-")}
    assert kinds == {"core", "operator", "runtime", "task", "message", "metric"}


def test_a_change_touches_the_files_of_its_page() -> None:
    files = {kind: list(structure.touched(ROOT / page)) for kind, page in structure.CHANGES.items()}
    assert {len(named) for named in files.values()} <= set(range(2, 10)), files
    assert "mcu_toolkit/boards/core_table.py" in files["core of an existing family"]


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.stem)
def test_files_that_a_page_names_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = {name for name in _QUOTED.findall(text) if _FILE.fullmatch(name)}
    assert {name for name in named if not (ROOT / name).exists()} == set()


@pytest.mark.parametrize(("page", "files", "names"), list(rows_that_touch()))
def test_names_of_a_row_are_in_its_files(page: str, files: list[str], names: list[str]) -> None:
    """`| module.py | a row of ROWS |`: where ROWS was renamed, the page would send its reader to nothing."""
    paths = [ROOT / file for file in files]
    found = [
        path for each in paths for path in ([each] if each.is_file() else each.rglob("*.*")) if path.suffix in {".py", ".c", ".h", ".json"}
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in found)
    assert not [name for name in names if not re.search(rf"\b{name}\b", text)], page


def test_contributing_says_which_public_models_there_are() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert dict(re.findall(r"^\| `(\w+)` \| `(\w+)\.tflite` \| [^|]+ \| `[0-9a-f]{64}` \|$", page, re.MULTILINE)) == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_public_models_have_the_hash_that_the_page_gives(name: str) -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert f"`{hashlib.sha256(shared_model(PUBLIC[name]).read_bytes()).hexdigest()}`" in page


def test_the_architecture_page_has_the_passes_and_the_families() -> None:
    page = (ROOT / "docs/ARCHITECTURE.md").read_text(encoding="utf-8")
    section = page.partition("## The aot compiler")[2].partition("## Ideas")[0]
    tables = [re.findall(r"^\| `([\w/<>]+)`", table, re.MULTILINE) for table in section.split("|---|---|")[1:]]
    assert tables[0] == [one.__name__ for one in PASSES]
    families = {path.name for path in (ROOT / "mcu_toolkit/runtimes/aot/ops").iterdir() if (path / "__init__.py").is_file()}
    assert set(tables[2]) == families


def test_a_task_is_found_by_its_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As docs/how-to/adding-a-task.md says: a module with a `TASK`, and no list."""
    (tmp_path / "cosine.py").write_text(
        "import dataclasses\nfrom mcu_toolkit.train.tasks import sine\nTASK = dataclasses.replace(sine.TASK, name='cosine')\n"
    )
    monkeypatch.setattr(tasks, "__path__", [*tasks.__path__, str(tmp_path)])
    tasks.all_tasks.cache_clear()
    try:
        assert tasks.get_task("cosine").name == "cosine"
    finally:
        tasks.all_tasks.cache_clear()
        sys.modules.pop(f"{tasks.__name__}.cosine", None)


def test_a_field_of_the_metrics_is_in_the_json_by_itself() -> None:
    """As docs/how-to/adding-a-metric.md says: the text and the schema need an edit, the JSON none."""

    @dataclasses.dataclass(frozen=True)
    class WithMedian(Metrics):
        median: float = 0.25

    found = WithMedian(rmse=0, mae=0, l2r=0, mean=0, std=0, nse=1, cos=1)
    report = Report("pass", "m", "0" * 64, "tflm", metrics={"litert": found})
    assert json.loads(to_json(report))["metrics"]["litert"]["median"] == 0.25


def test_the_page_about_runtimes_names_the_optional_interfaces() -> None:
    page = (ROOT / "docs/how-to/adding-a-runtime.md").read_text(encoding="utf-8")
    source = (ROOT / "mcu_toolkit/runtimes/base.py").read_text(encoding="utf-8")
    interfaces = re.findall(r"^class (\w+)\(Protocol\)", source, re.MULTILINE)
    assert len(interfaces) > 5
    assert not [name for name in interfaces if f"`{name}`" not in page]
