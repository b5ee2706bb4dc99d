"""The names that models have in generated code: every file and symbol that a model causes begins with its own one.

This is the only place where they are made unique.  A name that is free owns every identifier and file that begins with it and
an underscore, whatever the case: nothing of the toolkit, of C, C++ or an Arduino core, and of another model is among them.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator, Sequence

from mcu_toolkit.model import c_identifier
from mcu_toolkit.system.resources import templates_dir

_C_SUFFIXES = (".c", ".h", ".cc", ".cpp", ".ino")
_DEFINED = re.compile(r"^(?:#\s*define\s+(\w+)|(?!static|typedef)[A-Za-z_][^;={(\n]*?\b(\w+)\s*[(\[;=])", re.MULTILINE)
"""A name that a line of C brings into being for other files: a macro, a function, a variable."""
_FAMILIES = frozenset("aot bridge kernels platform protocol request uart run sketch setup loop".split())  # noqa: SIM905
"""First words of names that are the toolkit's own, beside those of its files."""
_C_HEADERS = frozenset(
    """
    assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg stdatomic stdbool stdckdint
    stdbit stddef stdint stdio stdlib stdnoreturn string strings tgmath threads time uchar wchar wctype unistd fcntl sys machine
    """.split()  # noqa: SIM905
)
"""First words of C's headers, which a file `<name>.h` must not replace."""
_CORE_HEADERS = frozenset(
    """
    api binary board client common cmsis commands compat core debug eeprom endian esp esp32 freertos gpio hardware hid i2c interrupts
    io ipaddress irq malloc memory new pdm pgmspace pins print printable pthread random sched sdkconfig server servo sigs socket spi
    stream stdlib_noniso tone udp usb variant version wcharacter wifi wiring wire wmath wprogram wstring
    """.split()  # noqa: SIM905
)
"""Headers of Arduino cores, vendors' packages and operating systems, in lower case: some file systems do not tell the case."""
_DEVICES = frozenset({"aux", "con", "nul", "prn", *(f"{kind}{number}" for kind in ("com", "lpt") for number in range(1, 10))})
"""No file can be called so on Windows."""
_MAKE_TARGETS = frozenset("all always bsdmakefile clean example examples gnumakefile makefile objects run".split())  # noqa: SIM905
"""Targets of an export's Makefile, and it itself: make would build such a one from `<name>.c` by a rule of its own."""
_TYPES = frozenset(
    """
    clock div double float float16 float32 float64 int8 int16 int32 int64 intmax intptr max_align ptrdiff q7 q15 q31 q63 sig_atomic size
    ssize time uint8 uint16 uint32 uint64 uintmax uintptr wchar wint
    """.split()  # noqa: SIM905
)
"""Names that with `_t` behind them are types of C or of CMSIS: models are called `int8` after the scheme they were made by."""
_OWN_PARTS = re.compile(
    r"(?:h|arena|constants?|context|dequantize|features|frames|frontend|inputs?\d*|invoke|k|labels|layers?|models?|outputs?\d*|preprocess|quantize|raw|reset|sha256|state)(?:_|$)"
)
"""What follows a model's name in the names of its files and symbols."""


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """An identifier of C and C++ for each of `names`, numbered where two would be equal without regard to case."""
    taken: list[str] = []
    for name in names:
        lowered = {one.lower() for one in taken}
        taken.append(next(one for one in _numbered(c_identifier(name)) if one.lower() not in lowered))
    return tuple(taken)


def code_names(names: Sequence[str]) -> tuple[str, ...]:
    """The name in generated code of each model called so: its own, made an identifier; `m_` before it or a number behind it where
    that would not be free.

    The same names in the same order always give the same result.
    """
    taken: list[str] = []
    for name in names:
        root = c_identifier(name)
        while is_reserved(root) or any(_share_names(root, other) for other in taken):
            root = f"m_{root}"
        taken.append(next(one for one in _numbered(root) if _is_free(one, taken)))
    return tuple(taken)


def name_of_set(names: Sequence[str]) -> str:
    """What several models called `names` in C have in common is called so: their source file, a shared arena."""
    return f"{names[0]}_models"


def is_reserved(name: str) -> bool:
    """True where files or symbols that begin with `name` could be the toolkit's own, the language's or a framework's."""
    lowered = name.lower()
    first = lowered.split("_", maxsplit=1)[0]
    if first in _FAMILIES or first in _C_HEADERS or first in _own_words() or lowered in _CORE_HEADERS | _DEVICES | _MAKE_TARGETS | _TYPES:
        return True
    return any(known.startswith(f"{lowered}_") for known in _own_symbols())


def _numbered(root: str) -> Iterator[str]:
    return itertools.chain([root], (f"{root}_{number}" for number in itertools.count(2)))


def _is_free(name: str, taken: Sequence[str]) -> bool:
    return not any(name.lower() == other.lower() or _share_names(name, other) for other in taken)


def _share_names(one: str, other: str) -> bool:
    """True where a part of one model may be called as another's: `a_quantize` of `a`, and the model `a_quantize`."""
    shorter, longer = sorted((one.lower(), other.lower()), key=len)
    return longer.startswith(f"{shorter}_") and _OWN_PARTS.match(longer[len(shorter) + 1 :]) is not None


@functools.cache
def _own_words() -> frozenset[str]:
    """First words of the toolkit's own files in a project, without kernels, which have a folder of their own."""
    return frozenset(stem.split("_")[0].lower() for stem, _ in _own_files() if stem)


@functools.cache
def _own_symbols() -> frozenset[str]:
    """What the toolkit's own files define, in lower case."""
    texts = (text for _, text in _own_files())
    return frozenset((match[1] or match[2]).lower() for text in texts for match in _DEFINED.finditer(text))


@functools.cache
def _own_files() -> tuple[tuple[str, str], ...]:
    """(name without suffixes, text) of the C files that may come into a project."""
    found = []
    for path in sorted(templates_dir().rglob("*")):
        name = path.name.removesuffix(".j2")
        if name.endswith(_C_SUFFIXES):
            is_kernel = "kernels" in path.parts
            found.append(("" if is_kernel else name.split(".", maxsplit=1)[0], path.read_text(encoding="utf-8")))
    return tuple(found)
