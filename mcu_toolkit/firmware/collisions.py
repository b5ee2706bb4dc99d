"""No two files and no two symbols of a generated folder have one name: checked before anything is written.

`artifacts.code_names` chooses names so that this holds; here it is proven of what is about to be written.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from mcu_toolkit.artifacts.code_names import name_of_set
from mcu_toolkit.errors import InputError

_SOURCES = frozenset({".c", ".cc", ".cpp", ".ino", ".s"})
_C_FILES = _SOURCES | {".h"}
_GLUE = frozenset({"inference.c", "inference.cc", "listener.c", "main.c", "module.c"})
"""Files that name symbols of models, beside sketches."""
_IDENTIFIER = re.compile(rb"\b[A-Za-z_]\w*")
_NO_CODE = re.compile(rb'/\*.*?\*/|//[^\n]*|"(?:[^"\\\n]|\\.)*"', re.DOTALL)
"""Comments and strings, which may hold any name."""
_HINT = "rename the model's file"


def files_by_name(items: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    """`items`, (name, content), as a dict; raises InputError where two of one name differ."""
    files: dict[str, bytes] = {}
    for name, content in items:
        if files.setdefault(name, content) != content:
            raise InputError(f"two files would be one: {name}", expected="a name of its own for each file", hint=_HINT)
    return files


def refuse_equal_names(names: Iterable[str]) -> None:
    """Raise InputError where two of `names` are one file on a file system that does not tell the case, one is a folder of another,
    or two are sources that compile to one object."""
    seen: dict[str, str] = {}
    for name in names:
        for key in _keys(name):
            other = seen.setdefault(key, name)
            if other != name:
                raise InputError(f"two files would be one: {other} and {name}", expected="names that differ", hint=_HINT)
    for name in seen.values():
        for parent in PurePosixPath(name.lower()).parents:
            if str(parent) in seen:
                raise InputError(f"{seen[str(parent)]} would be a file and the folder of {name}", expected="names that differ", hint=_HINT)


def refuse_files_of_others(folder: Path, names: Iterable[str], ours: Collection[str]) -> None:
    """Raise InputError where a file that stands in `folder`, and is not one of `ours`, has the name of one of `names`, or its object's."""
    known = {name.lower() for name in ours}
    by_folder: dict[str, dict[str, str]] = {}
    for name in names:
        parent = str(PurePosixPath(name).parent)
        if parent not in by_folder:
            by_folder[parent] = _standing(folder, parent, known)
        found = next((by_folder[parent][key] for key in _keys(name) if key in by_folder[parent]), None)
        if found is not None:
            raise InputError(
                f"{found} is not a generated file, and {name} would take its name",
                on=folder,
                expected="a name of its own for each file",
                hint=f"rename your file or the model's; --force replaces {name}",
            )


def refuse_shared_symbols(files: Mapping[str, bytes], models: Sequence[str]) -> None:
    """Raise InputError where a symbol of a model (`models`: their names in C) is also one of another model or of the toolkit."""
    owned: dict[bytes, str] = {}
    own_files: set[str] = set()
    for model in models:
        mine = [name for name in files if PurePosixPath(name).name in _files_of(model)]
        own_files.update(mine)
        for identifier in {found for name in mine for found in _identifiers(files[name]) if _begins_with(found, model)}:
            other = owned.setdefault(identifier, model)
            if other != model:
                raise _shared(identifier, f"model {other}", f"model {model}")
    for name in [name for name in files if PurePosixPath(name).name in _files_of_set(models)]:
        own_files.add(name)
        for identifier in _identifiers(files[name]):
            owners = sorted((model for model in models if _begins_with(identifier, model)), key=len)
            if owners:  # the longest: sine_2_k_weights is of sine_2, not of sine
                owned.setdefault(identifier, owners[-1])
    for name, content in files.items():
        path = PurePosixPath(name)
        if name in own_files or path.suffix not in _C_FILES or path.name in _GLUE or path.suffix == ".ino":
            continue
        for identifier in owned.keys() & _identifiers(content):
            raise _shared(identifier, f"model {owned[identifier]}", name)


def _begins_with(identifier: bytes, model: str) -> bool:
    return identifier.lower().startswith(f"{model}_".lower().encode())


def _files_of(model: str) -> tuple[str, ...]:
    return (f"{model}.c", f"{model}.h", f"{model}_arena.c", f"{model}_preprocess.h", f"{model}_frontend.c", f"{model}_frontend.h")


def _files_of_set(models: Sequence[str]) -> tuple[str, ...]:
    name = name_of_set(models)
    return (f"{name}.c", f"{name}_arena.c", f"{name}_arena.h")


def _identifiers(content: bytes) -> set[bytes]:
    return set(_IDENTIFIER.findall(_NO_CODE.sub(b" ", content)))


def _shared(identifier: bytes, one: str, other: str) -> InputError:
    return InputError(f"{one} and {other} would both have the symbol {identifier.decode()}", expected="symbols that differ", hint=_HINT)


def _keys(name: str) -> tuple[str, ...]:
    """What must differ between two files: the name, and for sources that of the object."""
    lowered = name.lower()
    path = PurePosixPath(lowered)
    return (lowered, f"{path.with_suffix('')} (object)") if path.suffix in _SOURCES else (lowered,)


def _standing(folder: Path, parent: str, known: Collection[str]) -> dict[str, str]:
    """The names that are taken in a folder, by key, except those of `known` files."""
    path = folder / parent
    if not path.is_dir():
        return {}
    names = [str(PurePosixPath(parent) / item.name) for item in path.iterdir() if not item.is_dir()]
    return {key: name for name in names if name.lower() not in known for key in _keys(name)}
