"""mcu.toml: defaults for every command, from the working directory or a folder above it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.system.resources import boards_dir
from tests.cli.in_process import mcu_here, succeed_here
from tests.cli.running import COMMAND, assert_refused, mcu, succeed


def write(folder: Path, text: str) -> None:
    (folder / "mcu.toml").write_text(text)


def test_defaults_reach_every_command_and_its_own_section_wins(tiny: Path, here: Path) -> None:
    write(here, '[defaults]\nboard = "host"\n[generate]\nmodels = ["tiny.tflite"]\noutput = "p"\n[inspect]\nboard = "stm32vldiscovery"\n')
    assert "board host" in succeed_here("generate").stdout
    assert "for board stm32vldiscovery" in succeed_here("inspect", tiny).stdout
    assert "for board host" in succeed_here("inspect", tiny, "--board", "host").stdout


def test_one_default_is_a_list_of_one_where_a_command_takes_several(tiny: Path, here: Path) -> None:
    write(here, '[defaults]\nboard = "microbit"\n')
    outcome = succeed_here("fit", tiny, "--json", "fit.json")
    assert {row["board"] for row in json.loads(Path("fit.json").read_text())["rows"]} == {"microbit"}, outcome.stdout


def test_paths_are_relative_to_the_file(tiny: Path, here: Path) -> None:
    np.savez(here / "d.npz", x=np.zeros((7, 6), np.float32))
    write(here, '[validate]\nmodel = "tiny.tflite"\ndata = "d.npz"\n')
    below = here / "a" / "b"
    below.mkdir(parents=True)
    succeed_here("validate", "--json", "r.json", cwd=below)
    assert json.loads((below / "r.json").read_text())["comparisons"][0]["samples"] == 7


MISTAKES = {
    "[defaults]\nbord = 'host'\n": "unknown key 'bord' in [defaults]\n  expected: one of ",
    "[deploi]\nboard = 'host'\n": "unknown section [deploi]\n  expected: [defaults] or a command: bench, boards, build, ",
    "board = 'host'\n": "'board' is not a section\n  expected: keys below [defaults] or below a command such as [deploy]",
    "[defaults\n": "not valid TOML: ",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_mistakes_are_named_with_the_file(text: str, here: Path) -> None:
    write(here, text)
    outcome = mcu_here("runtimes")
    assert outcome.error.startswith(f"error: {here}/mcu.toml: {MISTAKES[text]}")
    assert outcome.exit_code == 2
    assert "Traceback" not in outcome.stderr


PATH = 'the path of a file or folder, a text such as "data.npz"'
WRONG_TYPES = {
    "[validate]\nrandom = 'many'\n": ("key 'random' in [validate] is 'many'", "a whole number"),
    "[validate]\nrandom = 1.5\n": ("key 'random' in [validate] is 1.5", "a whole number"),
    "[validate]\nrandom = true\n": ("key 'random' in [validate] is True", "a whole number"),
    "[deploy]\nmin_accuracy = [0.5]\n": ("key 'min_accuracy' in [deploy] is [0.5]", "a number"),
    "[deploy]\nquiet = 'yes'\n": ("key 'quiet' in [deploy] is 'yes'", "true or false"),
    "[defaults]\nboard = ['host']\n": ("key 'board' in [defaults] is ['host']", "a text in quotes"),
    "[defaults]\nboard = 3\n": ("key 'board' in [defaults] is 3", "a text in quotes"),
    "[defaults]\noutput = ''\n": ("key 'output' in [defaults] is ''", PATH),
    "[defaults]\ndata = ['d.npz']\n": ("key 'data' in [defaults] is ['d.npz']", PATH),
    "[inspect]\njson = {}\n": ("key 'json' in [inspect] is {}", PATH),
    "[generate]\nmodels = 'm.tflite'\n": ("key 'models' in [generate] is 'm.tflite'", 'a list of texts, ["a", "b"]'),
    "[generate]\nmodels = ['']\n": ("key 'models' in [generate] is ['']", 'a list of texts, ["a", "b"]'),
    "[generate]\nmodels = [1]\n": ("key 'models' in [generate] is [1]", 'a list of texts, ["a", "b"]'),
    "[tflm]\nlibrary = ''\n": ("key 'library' in [tflm] is ''", PATH),
    "[tflm]\nlibrary = ['a']\n": ("key 'library' in [tflm] is ['a']", PATH),
    "[tflm]\nkernels = 1\n": ("key 'kernels' in [tflm] is 1", "a text in quotes"),
}


@pytest.mark.parametrize("text", WRONG_TYPES)
def test_a_value_of_the_wrong_type_is_named_with_its_key_and_the_file(text: str, here: Path) -> None:
    write(here, text)
    found, expected = WRONG_TYPES[text]
    assert_refused(mcu_here("runtimes"), 2, f"error: {here}/mcu.toml: {found}\n  expected: {expected}")


def test_values_of_the_right_types_are_taken(here: Path) -> None:
    write(here, "[defaults]\nmin_accuracy = 1\nquiet = true\nrandom = 3\n[generate]\nmodels = ['a.tflite', 'b.tflite']\n")
    assert mcu_here("runtimes").exit_code == 0


def test_help_and_version_work_beside_a_broken_file(here: Path) -> None:
    write(here, "[defaults\n")
    succeed_here("--help")
    succeed_here("--version")


def test_a_board_from_the_file_is_checked_like_any_other(tiny: Path, here: Path) -> None:
    write(here, "[defaults]\nboard = 'netduino'\n")
    message = (
        "error: unknown board 'netduino'\n  expected: one of netduinoplus2\n  try: mcu boards, or the path of a custom .toml file"
        f"\n(defaults come from {here}/mcu.toml)"
    )
    assert_refused(mcu_here("inspect", tiny), 2, message)


def test_a_project_has_its_own_board_and_runtime_whatever_the_file_says(tiny: Path, here: Path) -> None:
    succeed_here("generate", tiny, "--board", "host", "--runtime", "aot", "-o", "p")
    write(here, "[defaults]\nboard = 'microbit'\nruntime = 'tflm'\n")
    assert "for board host" in succeed_here("inspect", "p").stdout
    succeed_here("flash", "p")
    assert "\nboard     host, aot runtime, build " in succeed_here("verify", "p").stdout
    message = (
        "error: p: the project was generated for board host\n  expected: --board host, or none\n"
        f"  try: mcu generate MODEL.tflite --board microbit -o FOLDER\n(defaults come from {here}/mcu.toml)"
    )
    assert_refused(mcu_here("verify", "p", "--board", "microbit"), 2, message)


def test_a_board_of_ones_own_is_relative_to_the_file(tiny: Path, here: Path) -> None:
    text = (boards_dir() / "host.toml").read_text(encoding="utf-8")
    (here / "mine.toml").write_text(text.replace('board = "host"', 'board = "mine"'))
    write(here, "[defaults]\nboard = 'mine.toml'\n")
    (here / "below").mkdir()
    assert "for board mine" in succeed_here("inspect", here / tiny, cwd=here / "below").stdout


def as_somebody(*words: object, cwd: Path, user: int = 65534) -> str:
    """What `mcu`, run by another user than root, says on stderr about configuration files."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root can act as another user")
    prefix = ("setpriv", f"--reuid={user}", "--clear-groups", f"--regid={user}")
    if subprocess.run([*prefix, sys.executable, "-c", ""], capture_output=True, check=False).returncode != 0:
        pytest.skip("another user may not run this interpreter, whose files are in a folder of root's")
    return mcu(*words, cwd=cwd, prefix=prefix, env={"MCU_STATE_DIR": str(cwd / "state"), "HOME": str(cwd / "home")}).stderr


def test_the_file_that_is_used_is_said_once_where_a_command_takes_anything_from_it(tiny: Path, here: Path) -> None:
    write(here, "[defaults]\nboard = 'host'\n")
    assert mcu_here("inspect", tiny).stderr.count(f"defaults from {here}/mcu.toml\n") == 1
    assert "defaults from" not in mcu_here("runtimes").stderr


@pytest.mark.parametrize("marker", [".git", ".hg", ".jj"])
@pytest.mark.parametrize("is_file", [False, True])
def test_the_search_ends_at_the_root_of_the_project(marker: str, is_file: bool, tiny: Path, here: Path) -> None:
    write(here, "[defaults\n")
    below = here / "project" / "deep"
    below.mkdir(parents=True)
    (below.parent / marker).touch() if is_file else (below.parent / marker).mkdir()
    succeed_here("inspect", here / tiny, cwd=below)
    write(below.parent, "[defaults]\nboard = 'host'\n")
    assert "for board host" in succeed_here("inspect", here / tiny, cwd=below).stdout


def test_the_search_ends_at_the_home_folder(tiny: Path, here: Path) -> None:
    write(here, "[defaults\n")
    below = here / "home" / "deep"
    below.mkdir(parents=True)
    succeed("inspect", here / tiny, cwd=below, env={"HOME": str(below.parent)})
    write(below.parent, "[defaults]\nboard = 'host'\n")
    assert "for board host" in succeed("inspect", here / tiny, cwd=below, env={"HOME": str(below.parent)}).stdout


def doubtful_owner(here: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(here / "mcu.toml", 65534, 65534)


def doubtful_link(here: Path) -> None:
    doubtful_owner(here)
    (here / "mcu.toml").rename(here / "theirs.toml")
    (here / "mcu.toml").symlink_to("theirs.toml")


DOUBTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "owner": (doubtful_owner, "belongs to another user (nobody)"),
    "link": (doubtful_link, "belongs to another user (nobody)"),
    "mode": (lambda here: (here / "mcu.toml").chmod(0o666), "can be written by every user"),
    "folder": (lambda here: here.chmod(0o777), "its folder can be written by every user"),
    "sticky": (lambda here: here.chmod(0o1777), "its folder can be written by every user"),
}


@pytest.mark.parametrize("case", DOUBTS)
@pytest.mark.parametrize("below", ["", "deep"])
def test_a_file_that_another_user_could_have_written_is_not_read_and_said(case: str, below: str, tiny: Path, here: Path) -> None:
    write(here, "[defaults\n")  # would be refused if it were read
    (here / "deep").mkdir()
    plant, doubt = DOUBTS[case]
    plant(here)
    outcome = succeed_here("inspect", here / tiny, cwd=here / below)
    assert f"{here}/mcu.toml is not read: {doubt}\n" in outcome.stderr


def test_the_search_ends_where_the_folders_begin_to_belong_to_somebody_else(tiny: Path, here: Path) -> None:
    """Also where that is root: a folder of the user's in a shared one of root's is its own project."""
    shared = Path(tempfile.mkdtemp(prefix="mcu-"))
    try:
        shared.chmod(0o755)
        write(shared, "[defaults\n")
        (shared / "mine").mkdir()
        os.chown(shared / "mine", 65534, 65534) if os.geteuid() == 0 else None
        said = as_somebody("inspect", "x.tflite", cwd=shared / "mine")
        assert f"{shared}/mcu.toml is not read: its folder belongs to another user than the working directory" in said
        assert "not valid TOML" not in said
    finally:
        shutil.rmtree(shared)


def test_a_working_directory_that_is_gone_is_named(here: Path) -> None:
    gone = here / "gone"
    gone.mkdir()
    script = f"import os; os.chdir({str(gone)!r}); os.rmdir({str(gone)!r}); os.execv({COMMAND[0]!r}, [*{COMMAND!r}, 'runtimes'])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
