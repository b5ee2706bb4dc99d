"""One function for each place where a text that is not ours could do something: a path, an ini file, a shell, C.

Models, boards, folders and labels bring names along.  Before such a text is written into something that gives characters
a meaning, it goes through the function of that place and through no other.  JSON has `json_text` (`tojson` in templates).
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from mcu_toolkit.errors import InputError

_COMMENT_LENGTH = 80
_STEM_LENGTH = 60
_NAME_BYTES_MAX = 255
"""Of one part of a path: what ext4, APFS and NTFS take."""
_WINDOWS_DEVICES = frozenset({"aux", "con", "nul", "prn", *(f"{kind}{n}" for kind in ("com", "lpt") for n in range(1, 10))})
_UNSAFE_IN_NAMES = frozenset('\\:*?"<>|')
"""Not in a name on Windows, where generated folders may be taken to."""
_INI_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.]*")
_SHELL_MARKS = frozenset("&|<>()'\"`*?[]{}!#~;$\\")
_C_SECTION = re.compile(r"[A-Za-z0-9_.$]+")
_INI_COMMENT = re.compile(r"(?:^|\s)[;#]")


def relative_name(name: str) -> str:
    """`name` as the path of a file below a folder, parts joined by `/`; raises InputError for one that could lead elsewhere.

    Refused: absolute paths, `.` and `..`, empty parts, characters and names that some file system does not take.
    """
    for part in name.split("/"):
        is_fine = (
            part not in ("", ".", "..")
            and part.isprintable()
            and not set(part) & _UNSAFE_IN_NAMES
            and part[-1] not in " ."
            and part.split(".", maxsplit=1)[0].lower() not in _WINDOWS_DEVICES
            and len(os.fsencode(part)) <= _NAME_BYTES_MAX
        )
        if not is_fine:
            raise InputError("cannot be the name of a generated file", on=repr(name), expected="a relative path of plain names")
    return name


def file_stem(text: str) -> str:
    """A name for a file or folder that resembles `text`: what could lead elsewhere, or what some file system does not take, is `_`."""
    stem = "".join("_" if letter in _UNSAFE_IN_NAMES or letter == "/" or not letter.isprintable() else letter for letter in text)
    stem = stem.strip(" .")[:_STEM_LENGTH].rstrip(" .")
    return stem if stem and stem.split(".", maxsplit=1)[0].lower() not in _WINDOWS_DEVICES else f"_{stem}"


def platformio_folder(folder: Path) -> Path:
    """`folder` as one that PlatformIO builds in; raises InputError for a path that it would read as another one.

    SCons, below PlatformIO, substitutes `$` in paths, takes several blanks for one and drops the last: it would work in another
    folder.  And it hands file names to a shell in double quotes, where four characters keep a meaning.
    """
    text = str(folder.absolute())
    marks = set('$`"\\') - {os.sep}
    found = sorted({letter for letter in text if letter in marks or not letter.isprintable()})
    faults = [repr(letter) for letter in found] + ["two blanks in a row"] * ("  " in text) + ["a blank at its end"] * text.endswith(" ")
    if faults:
        raise InputError(
            f"the path contains {', '.join(faults)}", on=folder, expected="a path PlatformIO can build in", hint="choose another with -o"
        )
    return folder


def unquoted_path(path: Path) -> Path:
    """`path` for build scripts of others, which hand it to a shell as it is; raises InputError where that would read more in it."""
    found = sorted(set(str(path)) & _SHELL_MARKS - {os.sep})
    if found:
        raise InputError(
            f"the path contains {' '.join(found)}, which the board's PlatformIO platform hands to a shell",
            on=path,
            expected="a path of letters, digits, blanks and ._-+,:@%",
            hint="copy or link the folder to one",
        )
    return path


def ini_name(name: str) -> str:
    """`name` as the name of an option in an ini file; raises InputError for one that could be anything else."""
    if not _INI_NAME.fullmatch(name):
        raise InputError("cannot be an option of platformio.ini", on=repr(name), expected="letters, digits, _ and .")
    return name


def ini_lines(value: str | Sequence[str]) -> tuple[str, ...]:
    """The lines of `value` as they are written into platformio.ini, each to stand indented (or alone, behind the `=`).

    PlatformIO takes `%` for the start of a reference, so it is doubled.  Raises InputError for what an ini file cannot hold:
    control characters, and what it would take for a comment.
    """
    texts = [value] if isinstance(value, str) else list(value)
    lines = [line.strip() for text in texts for line in re.split(r"[\r\n]+", text)]
    return tuple(_ini_line(line) for line in lines if line)


def ini_line(value: str) -> str:
    """`value` as one line of platformio.ini; raises InputError for several, and as `ini_lines` does."""
    lines = ini_lines(value)
    if len(lines) > 1:
        raise InputError("cannot be written into platformio.ini", on=repr(value), expected="one line")
    return lines[0] if lines else ""


def _ini_line(line: str) -> str:
    if not line.replace("\t", " ").isprintable() or _INI_COMMENT.search(line):
        raise InputError(
            "cannot be written into platformio.ini", on=repr(line), expected="printable text without ; or # at a word's beginning"
        )
    return line.replace("%", "%%")


def shell_command(*words: object) -> str:
    """A command line that a POSIX shell reads as exactly these words, all of it printable: for commands that users paste.

    Paths that begin with a dash get `./` in front, so no program takes them for options; give them as Path.
    """
    return " ".join(_shell_word(word) for word in words)


def _shell_word(word: object) -> str:
    text = str(word)
    if isinstance(word, os.PathLike) and text.startswith("-"):
        text = f"./{text}"
    return shlex.quote(text) if text.isprintable() else _ansi_c_quoted(text)


def _ansi_c_quoted(text: str) -> str:
    """`$'...'`, which bash and zsh know: bytes that a terminal would obey are spelled as octal digits."""
    plain = set(range(0x20, 0x7F)) - set(b"'\\!")
    return "$'" + "".join(chr(byte) if byte in plain else f"\\{byte:03o}" for byte in os.fsencode(text)) + "'"


def c_comment(text: str) -> str:
    """`text` for a comment (or a string) of C: letters, digits and ` ._-:,;[]()/` stay, everything else becomes `_`; 80 of them."""
    return re.sub(r"[^A-Za-z0-9 ._\-:,;\[\]()/]", "_", text)[:_COMMENT_LENGTH]


def xml_comment(text: str) -> str:
    """`text` for a comment of XML, which `--` must not be in; marks that a careless reader would obey become `_` too."""
    return re.sub(r"[<>&]", "_", text).replace("--", "__")


def c_section(name: str) -> str:
    """`name` as that of a linker section, for `__attribute__((section("...")))`; raises InputError for anything else."""
    if not _C_SECTION.fullmatch(name):
        raise InputError("cannot be the name of a linker section", on=repr(name), expected="letters, digits, _, . and $")
    return name


def c_string(text: str) -> str:
    """`text` as a C string literal: UTF-8, everything but plain ASCII as octal escapes, which cannot run into what follows."""
    plain = set(range(0x20, 0x7F)) - set(b'"\\?')
    return '"' + "".join(chr(byte) if byte in plain else f"\\{byte:03o}" for byte in text.encode("utf-8", "replace")) + '"'
