"""What Arduino wants of a library: the fields of library.properties, as its specification and arduino-lint have the rules.

https://arduino.github.io/arduino-cli/latest/library-specification/, https://arduino.github.io/arduino-lint/latest/rules/library/
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_NAME_LENGTH = 32
"""Recommended at most; 63 are allowed, and the example's folder, `<name>_example`, has that limit too."""
_NOT_IN_NAMES = (("arduino", "ard"), ("library", "lib"))
"""Words that names should not have, and what stands for them: the first is kept for Arduino's own, the second says nothing."""
_URL = "https://github.com/tensorflow/tflite-micro"
"""Where to read on: a generated library has no site of its own, and this is what it is byte-equal to."""
_FOLDER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}")
_RELEASE = re.compile(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?(.*)")


def is_library_folder(name: str) -> bool:
    """True where the Arduino IDE takes a folder of this name as a library's or a sketch's."""
    return _FOLDER.fullmatch(name) is not None


def library_name(names: Sequence[str]) -> str:
    """The name of a library of models that are called `names` in C."""
    name = "_".join(names)
    for word, instead in _NOT_IN_NAMES:
        name = re.sub(word, instead, name, flags=re.IGNORECASE)
    return name[:_NAME_LENGTH].rstrip("_")


def semantic_version(version: str) -> str:
    """A version of Python's (`1.2.0.dev3`, `1.2`) as https://semver.org has them (`1.2.0-dev3`, `1.2.0`)."""
    match = _RELEASE.match(version)
    assert match is not None, "hatch has checked it"
    release = ".".join(str(int(part or 0)) for part in match.groups()[:3])
    rest = re.sub(r"[^0-9A-Za-z]+", "-", match[4]).strip("-")
    return f"{release}-{rest}" if rest else release


def properties(name: str, version: str, headers: Sequence[str]) -> Mapping[str, str]:
    """The fields of library.properties."""
    models = ", ".join(header.removesuffix(".h") for header in headers)
    return {
        "name": name,
        "version": semantic_version(version),
        "author": "mcu_toolkit",
        "maintainer": "mcu_toolkit",
        "sentence": f"Neural network{'' if len(headers) == 1 else 's'} compiled to C: {models}.",
        "paragraph": "No interpreter, no heap; byte-equal to TensorFlow Lite Micro, whose page the address is.",
        "category": "Data Processing",
        "url": _URL,
        "architectures": "*",
        "includes": ",".join(headers),
    }
