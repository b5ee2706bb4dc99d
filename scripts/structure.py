"""How the code is cut up: modules and their lines, what a change touches, what a command imports.

python -m scripts.structure                             modules, and lines of a module, for every package of mcu_toolkit
python -m scripts.structure mcu_toolkit/runtimes/aot    for those below a folder
python -m scripts.structure --changes                   files to touch for each kind of change, as its page says
python -m scripts.structure --imports MODEL.tflite      modules that commands import; deploy is run on the board `host`
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

ROOT = Path(__file__).resolve().parents[1]
CHANGES: Mapping[str, str] = MappingProxyType(
    {
        "board": "boards/README.md",
        "core of an existing family": "docs/how-to/adding-a-core.md",
        "platform": "docs/how-to/porting.md",
        "operator": "docs/how-to/adding-an-operator.md",
        "runtime": "docs/how-to/adding-a-runtime.md",
        "task": "docs/how-to/adding-a-task.md",
        "message": "docs/how-to/adding-a-message.md",
        "metric": "docs/how-to/adding-a-metric.md",
    }
)
"""Kinds of change, and the page whose first table says what to touch; a test compares those tables with the code."""
_QUOTED = re.compile(r"`([^`]+)`")
_COUNT = """
import json, sys
sys.argv = ["mcu", *{words!r}]
from mcu_toolkit.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print(json.dumps(sorted(sys.modules)), file=sys.__stderr__)
"""

SHORT_LINES = 30
"""Modules below this are counted: as hard to read as very long ones."""


def packages(root: Path) -> Iterator[tuple[Path, list[int]]]:
    """Folders with modules, and the lines of each module; `__init__.py` does not count."""
    for folder in sorted({path.parent for path in root.rglob("*.py")}):
        lines = [len(path.read_text("utf-8").splitlines()) for path in folder.glob("*.py") if path.name != "__init__.py"]
        if lines:
            yield folder, lines


def row(name: str, lines: list[int]) -> str:
    """One line of the table."""
    short = sum(count < SHORT_LINES for count in lines)
    return f"{name:<48} {len(lines):>7} {statistics.median(lines):>7.0f} {max(lines):>8} {short:>6} {sum(lines):>8}"


def touched(page: Path) -> Iterator[str]:
    """The files and folders in the first column of the page's first table of what to touch, without the changelog, which is in all."""
    lines = iter(page.read_text("utf-8").splitlines())
    for line in lines:
        if line.startswith("| touch |"):
            break
    next(lines, None)
    for line in lines:
        if not line.startswith("|"):
            return
        _, files, what, *_ = line.split("|")
        if not what.strip().startswith("nothing"):
            yield from (name for name in _QUOTED.findall(files) if name != "CHANGELOG.md")


def imported_modules(*words: str, folder: Path = ROOT) -> list[str]:
    """The modules that `mcu WORDS`, run in `folder`, has imported at its end; raises CalledProcessError where it fails."""
    program = [sys.executable, "-c", _COUNT.format(words=words)]
    done = subprocess.run(program, capture_output=True, text=True, check=True, cwd=folder, timeout=200)
    modules: list[str] = json.loads(done.stderr.splitlines()[-1])
    return modules


def print_changes() -> None:
    """One line for each kind of change."""
    for kind, page in CHANGES.items():
        files = list(touched(ROOT / page))
        print(f"{kind:<28} {len(files)}  {', '.join(files)}")


def print_imports(model: str) -> None:
    """One line for each command."""
    with tempfile.TemporaryDirectory() as folder:
        for words in (("--help",), ("inspect", model), ("deploy", model, "-b", "host", "-o", folder, "--no-page", "--random", "1")):
            modules = imported_modules(*words)
            ours = sum(name.partition(".")[0] == "mcu_toolkit" for name in modules)
            print(f"mcu {words[0]:<10} {len(modules):>5} modules, {ours:>4} of mcu_toolkit")


def main() -> None:
    """Print what is asked for."""
    if sys.argv[1:] == ["--changes"]:
        print_changes()
    elif sys.argv[1:2] == ["--imports"] and len(sys.argv) == 3:
        print_imports(str(Path(sys.argv[2]).resolve()))
    else:
        print_packages()


def print_packages() -> None:
    """A line for each package, and one for all of them."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else "mcu_toolkit")
    print(f"{'package':<48} {'modules':>7} {'median':>7} {'longest':>8} {'< ' + str(SHORT_LINES):>6} {'lines':>8}")
    everything: list[int] = []
    for folder, lines in packages(root):
        print(row(str(folder), lines))
        everything += lines
    print(row("all", everything))


if __name__ == "__main__":
    main()
