"""The rules of each build system about the files that an export has for it, as assertions: one function for each format.

The sources of the rules are at each function.  Official schemas check the same where they are at hand (`test_official_schemas.py`).
"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

SEMVER = r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?"
_KCONFIG_NAME_LENGTH = 50
"""What ESP-IDF's kconfcheck takes, `CONFIG_` not counted."""


def yaml_of(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="ascii"))


def sources_of(folder: Path) -> set[str]:
    """C files of the models and their front ends, relative to `folder`."""
    return {str(path.relative_to(folder)) for path in (folder / "src").glob("*.c")}


def named_c_files(text: str, prefix: str = "src/") -> set[str]:
    return {f"src/{name}" for name in re.findall(rf"{re.escape(prefix)}(\w+\.c)\b", text)}


def defined_options(kconfig: Path) -> set[str]:
    """Names of all options of a Kconfig file; every line of it is one that Kconfig's grammar has."""
    found = set()
    in_help_deeper_than = -1
    for line in kconfig.read_text(encoding="ascii").splitlines():
        words, indent = line.split(), len(line.expandtabs(8)) - len(line.expandtabs(8).lstrip())
        if not words or words[0].startswith("#") or 0 <= in_help_deeper_than < indent:
            continue
        in_help_deeper_than = indent if words[0] == "help" else -1
        assert words[0] in {"menu", "endmenu", "config", "choice", "endchoice", "if", "endif", "bool", "prompt", "default", "help"}, line
        if words[0] in ("config", "choice"):
            assert re.fullmatch(r"[A-Z][A-Z0-9_]*", words[1])
            assert len(words[1]) <= _KCONFIG_NAME_LENGTH
            assert words[1] not in found
            found.add(words[1])
    text = kconfig.read_text(encoding="ascii")
    for opened, closed in (("menu", "endmenu"), ("choice", "endchoice"), ("if", "endif")):
        assert len(re.findall(rf"^\s*{opened}\b", text, re.MULTILINE)) == len(re.findall(rf"^\s*{closed}\b", text, re.MULTILINE))
    return found


def used_options(*files: Path) -> set[str]:
    return {name for path in files for name in re.findall(r"\bCONFIG_(MCU_\w+)", path.read_text(encoding="ascii"))}


def assert_make(folder: Path) -> None:
    """Sources are objects of the Makefile, and it records how they are made."""
    makefile = (folder / "Makefile").read_text(encoding="ascii")
    objects = re.search(r"^OBJECTS = (.+)$", makefile, re.MULTILINE)
    assert objects is not None
    assert set(objects[1].split()) == {f"{path.stem}.o" for path in folder.glob("*.c")}
    assert "COMPILED_WITH = .compiled-with" in makefile


def assert_cmake(folder: Path) -> None:
    """Names of targets, https://cmake.org/cmake/help/latest/policy/CMP0037.html; the package's files have the name of find_package()."""
    text = (folder / "CMakeLists.txt").read_text(encoding="ascii")
    project = re.search(r"^project\((\w+) VERSION (\d+\.\d+\.\d+) LANGUAGES C\)$", text, re.MULTILINE)
    assert project is not None
    assert re.fullmatch(r"mcu_[A-Za-z0-9_]+", project[1])
    assert named_c_files(text) == sources_of(folder)
    assert (folder / f"cmake/{project[1]}-config.cmake.in").is_file()
    assert f"find_package({project[1]} " in (folder / "example/CMakeLists.txt").read_text(encoding="ascii")


def assert_esp_idf(folder: Path) -> None:
    """https://docs.espressif.com/projects/idf-component-manager/en/latest/reference/manifest_file.html, and the build system's page."""
    manifest = yaml_of(folder / "idf_component.yml")
    assert manifest.keys() == {"version", "description", "url", "dependencies"}
    assert re.fullmatch(SEMVER, manifest["version"])
    assert re.fullmatch(r"https://\S+", manifest["url"])
    assert re.fullmatch(r">=\d+\.\d+", manifest["dependencies"]["idf"])
    cmake = folder / "CMakeLists.txt"
    assert cmake.read_text(encoding="ascii").count("idf_component_register(") == 1
    assert named_c_files(cmake.read_text(encoding="ascii")) == sources_of(folder)
    assert used_options(cmake) <= defined_options(folder / "Kconfig")
    [example] = (folder / "examples").iterdir()
    assert re.search(r"include\(\$ENV\{IDF_PATH\}/tools/cmake/project\.cmake\)\nproject\(", (example / "CMakeLists.txt").read_text())
    assert (example / "main/main.c").is_file()
    assert "void app_main(void)" in (example / "main/main.c").read_text()


def assert_zephyr(folder: Path) -> None:
    """The schema in scripts/zephyr_module.py, twister's scripts/schemas/twister/testsuite-schema.yaml, both in Zephyr's repository."""
    module = yaml_of(folder / "zephyr/module.yml")
    assert module.keys() == {"name", "build", "samples"}
    assert re.fullmatch(r"[A-Za-z0-9_-]+", module["name"])
    assert (folder / module["build"]["cmake"] / "CMakeLists.txt").is_file()
    options = defined_options(folder / module["build"]["kconfig"])
    cmake = (folder / "zephyr/CMakeLists.txt").read_text(encoding="ascii")
    assert named_c_files(cmake, "${folder}/") == sources_of(folder)
    [samples] = module["samples"]
    [sample] = (folder / samples).iterdir()
    assert used_options(folder / "zephyr/CMakeLists.txt", sample / "prj.conf") <= options
    assert all(re.fullmatch(r"(#.*|CONFIG_\w+=(y|\d+))", line) for line in (sample / "prj.conf").read_text().splitlines())
    described = yaml_of(sample / "sample.yaml")
    assert described.keys() == {"sample", "common", "tests"}
    [(name, test)] = described["tests"].items()
    assert re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+", name)
    assert test.keys() == {"min_ram", "min_flash", "integration_platforms"}
    harness = described["common"]["harness_config"]
    printed = (sample / "src/main.c").read_text()
    for pattern in harness["regex"]:  # each line that twister waits for is one that the sample prints
        assert re.match(pattern, re.sub(r"\[%ld\].*", "[0] 1 1", pattern.replace("\\", "")))
        assert f'printf("{pattern.split(" output")[0]} output 0 [%ld]' in printed


def assert_cmsis_pack(folder: Path) -> None:
    """PACK.xsd 1.7 of Open-CMSIS-Pack-Spec: types RestrictedString, PackVersionType, CvendorType, CidPartType, CsubType; names of files."""
    [description] = folder.glob("*.pdsc")
    root = ET.fromstring(description.read_text(encoding="ascii"))
    name, vendor = (root.findtext(tag) or "" for tag in ("name", "vendor"))
    assert all(re.fullmatch(r"[\-_A-Za-z0-9]+", one) for one in (name, vendor))
    assert description.name == f"{vendor}.{name}.pdsc"
    order = [child.tag for child in root]
    assert order == ["name", "vendor", "description", "url", "releases", "keywords", "components"]
    [release] = root.findall("releases/release")
    assert re.fullmatch(SEMVER, release.attrib["version"])
    [component] = root.findall("components/component")
    for attribute, rule in (
        ("Cvendor", r"[A-Za-z0-9][A-Za-z0-9\-\s]{1,31}"),
        ("Cclass", r"[A-Za-z0-9][A-Za-z0-9_+()'/\-\s.]{1,31}"),
        ("Cgroup", r"[A-Za-z0-9][A-Za-z0-9_+()'/\-\s.]{1,31}"),
        ("Csub", r"[A-Za-z0-9][A-Za-z0-9_+():/\- .]{0,31}"),
        ("Cversion", SEMVER),
    ):
        assert re.fullmatch(rule, component.attrib[attribute]), attribute
    files = {(one.attrib["category"], one.attrib["name"]) for one in component.findall("files/file")}
    assert all((folder / path).exists() for _, path in files)
    assert {path for kind, path in files if kind == "source" and path.startswith("src/")} == sources_of(folder)
    with zipfile.ZipFile(folder / f"{vendor}.{name}.{release.attrib['version']}.pack") as pack:
        assert pack.testzip() is None
        assert {member.date_time for member in pack.infolist()} == {(1980, 1, 1, 0, 0, 0)}, "no date of today's"
        packed = {member: pack.read(member) for member in pack.namelist()}
    others = {path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pack" and path.name != "mcu-export.json"}
    assert packed == {path.relative_to(folder).as_posix(): path.read_bytes() for path in others}


def assert_micropython(folder: Path) -> None:
    """Native modules: docs/develop/natmod.rst and py/dynruntime.mk of MicroPython 1.25 (`MOD`, `SRC`, `mpy_init`)."""
    makefile = (folder / "Makefile").read_text(encoding="ascii")
    module = re.search(r"^MOD = (\w+)$", makefile, re.MULTILINE)
    assert module is not None
    assert named_c_files(makefile) == sources_of(folder)
    assert re.search(r"^SRC = module\.c ", makefile, re.MULTILINE)
    assert makefile.index("CFLAGS_EXTRA += ") < makefile.index("include $(MPY_DIR)/py/dynruntime.mk")
    code = (folder / "module.c").read_text(encoding="ascii")
    assert code.count("mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {") == 1
    objects = re.findall(r"^static MP_DEFINE_CONST_FUN_OBJ_[01]\(py_(\w+)_obj, py_\1\);$", code, re.MULTILINE)
    stored = re.findall(r"mp_store_global\(MP_QSTR_(\w+), MP_OBJ_FROM_PTR\(&py_\1_obj\)\);", code)
    assert sorted(objects) == sorted(stored)
    assert len(set(stored)) == len(stored) > 0
    called = set(re.findall(rf"\b{module[1]}\.(\w+)\(", (folder / "example.py").read_text(encoding="ascii")))
    assert called <= set(stored)


def assert_arduino(folder: Path) -> None:
    """https://arduino.github.io/arduino-cli/latest/library-specification/; values: tests/runtimes/aot/test_arduino_library.py."""
    fields = dict(line.split("=", 1) for line in (folder / "library.properties").read_text(encoding="ascii").splitlines())
    assert re.fullmatch(SEMVER, fields["version"])
    assert all((folder / "src" / header).is_file() for header in fields["includes"].split(","))
    code = "".join(path.read_text() for path in (folder / "src").glob("*.[ch]"))
    for line in (folder / "keywords.txt").read_text(encoding="ascii").splitlines():
        if not line.startswith("#"):
            word, kind = line.split("\t")
            assert kind in ("KEYWORD1", "KEYWORD2", "LITERAL1")
            assert re.search(rf"\b{word}\b", code), word
    assert_sketch(folder)


def assert_platformio(folder: Path) -> None:
    """https://docs.platformio.org/en/latest/manifests/library-json/index.html and its fields' pages."""
    manifest = json.loads((folder / "library.json").read_text(encoding="ascii"))
    assert re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", manifest["name"])
    assert re.fullmatch(SEMVER, manifest["version"])
    assert manifest.keys() == {"name", "version", "description", "keywords", "frameworks", "platforms", "headers", "build", "examples"}
    assert all((folder / "src" / header).is_file() for header in manifest["headers"])
    assert "-ffp-contract=off" in manifest["build"]["flags"]
    assert_sketch(folder)


def assert_sketch(folder: Path) -> None:
    [sketch] = (folder / "examples").glob("*/*")
    assert sketch.name == f"{sketch.parent.name}.ino"
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}", sketch.parent.name)


def assert_library(folder: Path) -> None:
    assert_arduino(folder)
    assert_platformio(folder)


RULES: dict[str, Callable[[Path], None]] = {
    "make": assert_make,
    "cmake": assert_cmake,
    "esp-idf": assert_esp_idf,
    "zephyr": assert_zephyr,
    "cmsis-pack": assert_cmsis_pack,
    "micropython": assert_micropython,
    "arduino": assert_arduino,
    "platformio": assert_platformio,
    "library": assert_library,
}
