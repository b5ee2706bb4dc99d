"""Whatever text comes in, what a path, an ini file, a shell and a C compiler read is that text or an error."""

from __future__ import annotations

import configparser
import re
import shlex
import subprocess
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mcu_toolkit
from mcu_toolkit.errors import InputError
from mcu_toolkit.system.sinks import (
    c_comment,
    c_section,
    c_string,
    file_stem,
    ini_line,
    ini_lines,
    ini_name,
    platformio_folder,
    relative_name,
    shell_command,
    unquoted_path,
)

PRINTABLE = st.text(max_size=40).filter(str.isprintable)
ANY = st.text(max_size=40)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc/passwd",
        "../x",
        "a/../../x",
        "a//b",
        "./a",
        "a/.",
        "a\\b",
        "C:x",
        "a\nb",
        "a\0b",
        "x ",
        "x.",
        "con",
        "src/NUL.c",
        "a" * 256,
    ],
)
def test_a_name_that_could_lead_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="cannot be the name of a generated file"):
        relative_name(name)


@given(ANY)
def test_a_name_that_is_taken_stays_below_its_folder(text: str) -> None:
    try:
        path = PurePosixPath("/folder") / relative_name(text)
    except InputError:
        return
    assert str(path) == f"/folder/{text}"
    assert ".." not in path.parts


@given(ANY)
def test_a_stem_made_of_any_text_is_a_plain_name(text: str) -> None:
    assert "/" not in relative_name(f"{file_stem(text)}-host")


def test_a_stem_resembles_the_text() -> None:
    names = {"../../x": "_.._x", "my model (2)": "my model (2)", "": "_", "a\nb": "a_b", "con": "_con"}
    assert {text: file_stem(text) for text in names} == names


def read_back(written: str) -> str:
    """The option `x` of an ini file with this text, as PlatformIO reads it."""
    parser = configparser.ConfigParser(inline_comment_prefixes=("#", ";"))
    parser.read_string(f"[env]\n{written}\nlast = untouched\n")
    assert parser.sections() == ["env"]
    assert parser.options("env") == ["x", "last"]
    assert parser.get("env", "last") == "untouched"
    return parser.get("env", "x")


@given(ANY)
def test_an_ini_file_holds_the_text_and_no_option_more(text: str) -> None:
    try:
        line, lines = ini_line(text), ini_lines(text)
    except InputError:
        return
    assert read_back(f"x = {line}") == text.strip()
    assert read_back("x =" + "".join(f"\n    {one}" for one in lines)).strip() == text.strip()


def test_lines_of_a_text_stay_lines_of_one_option() -> None:
    lines = ini_lines("-DA\n[env:evil]\r\nextra_scripts = x.py\r50%")
    assert read_back("x =" + "".join(f"\n    {one}" for one in lines)).split("\n") == [
        "",
        "-DA",
        "[env:evil]",
        "extra_scripts = x.py",
        "50%",
    ]
    with pytest.raises(InputError, match="one line"):
        ini_line("a\nb = c")


@pytest.mark.parametrize("text", ["# x", "a ; b", "a #b", "\x1b[0m", "a\x00", "a\u2028b"])
def test_what_an_ini_file_would_lose_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"platformio\.ini"):
        ini_lines(["fine", text])


@pytest.mark.parametrize("name", ["", "a b", "a=b", "a\nb", "[x]", "a:b", "#a"])
def test_only_a_name_is_the_name_of_an_option(name: str) -> None:
    with pytest.raises(InputError):
        ini_name(name)


@given(st.lists(PRINTABLE, min_size=1, max_size=4))
def test_a_shell_reads_the_words_that_were_given(words: list[str]) -> None:
    assert shlex.split(shell_command(*words)) == words


@settings(max_examples=10, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=20), min_size=1, max_size=40))
def test_bash_reads_every_text_and_a_terminal_obeys_none(words: list[str]) -> None:
    command = shell_command("printf", "%s\\0", *words)
    assert command.isprintable()
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=True)
    assert done.stdout == b"".join(word.encode() + b"\0" for word in words)


def test_commands_for_the_user_hold_no_text_that_was_not_quoted() -> None:
    harmless = {"__version__", "board_id", "board.id", "self.board_id", "DEFAULT_BOARD", "IMAGES", "name", "group"}
    command = re.compile(r"(?:mcu|make|pio|cd|git|sudo) [^\"'`{]*(?<!\$)\{([^}:!]+)\}")
    package = Path(mcu_toolkit.__file__).parent
    found = [
        f"{path.relative_to(package)}: {match[0]}"
        for path in package.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        for match in command.finditer(line)
        if match[1] not in harmless and " ".join(("apt-get", "install")) not in match[0]
    ]
    assert not found


def test_a_path_that_begins_with_a_dash_is_no_option() -> None:
    assert shell_command("mcu", "build", Path("-x y")) == "mcu build './-x y'"
    assert shell_command("mcu", "build", "--force", Path("/a")) == "mcu build --force /a"


@given(ANY)
def test_nothing_ends_a_comment(text: str) -> None:
    written = c_comment(text)
    assert re.fullmatch(r"[A-Za-z0-9 ._\-:,;\[\]()/]{0,80}", written)
    assert "*/" not in written


def test_strings_of_c_are_the_text(tmp_path: Path) -> None:
    texts = ['a"b\\c??/', "gr\u00fc1", "*/\n", "%s\0n", "\u202e\U0001f4a3", "\ud800"]
    shown = "".join(f"    SHOW({c_string(text)});\n" for text in texts)
    (tmp_path / "m.c").write_text(
        "#include <stdio.h>\n#define SHOW(x) fwrite(x, 1, sizeof x - 1, stdout); putchar(10)\n"
        f"int main(void) {{\n{shown}    return 0;\n}}\n"
    )
    subprocess.run(["gcc", "-std=c99", "-trigraphs", "-Wall", "-Werror", "m.c", "-o", "m"], cwd=tmp_path, check=True)
    printed = subprocess.run(["./m"], cwd=tmp_path, capture_output=True, check=True).stdout
    assert printed == b"".join(text.encode("utf-8", "replace") + b"\n" for text in texts)
    assert c_string('a"b\\c??/') == '"a\\042b\\134c\\077\\077/"'


@pytest.mark.parametrize("name", ["", 'a"', ".x y", "a\nb"])
def test_only_a_name_is_a_linker_section(name: str) -> None:
    with pytest.raises(InputError, match="linker section"):
        c_section(name)
    assert c_section(".rodata.x$y") == ".rodata.x$y"


@pytest.mark.parametrize("name", ["R&D", "a;b", "(1)", "it's", "`x`", "a*"])
def test_paths_for_scripts_that_do_not_quote_are_plain(name: str) -> None:
    with pytest.raises(InputError, match="hands to a shell"):
        unquoted_path(Path("/libraries") / name)
    assert unquoted_path(Path("/my libraries/tflm-1.0+x@2")) == Path("/my libraries/tflm-1.0+x@2")


@pytest.mark.parametrize("name", ["a$b", "${platformio.x}", "a`b`", 'a"b', "a\\b", "a\nb", "a\tb", "\x1b[0m", "a  b", "trailing "])
def test_folders_that_platformio_takes_for_others_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="the path contains"):
        platformio_folder(Path("/somewhere") / name)
