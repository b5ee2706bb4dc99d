"""The table of build systems that exports drop into: `mcu generate --as NAME`.

A row is all that a format needs: its templates in `firmware_templates/runtimes/aot/export/`, where they go, and what the place
is called.  `export/<name>/use.md.j2` is the part of its README that says how it is used.  The command line offers the names
without importing a runtime, which is why the table is here.
"""

from __future__ import annotations

from dataclasses import dataclass

from mcu_toolkit.errors import UnknownNameError

_SKETCH = ("arduino/sketch.ino.j2", "examples/{title}_example/{title}_example.ino")
_ARDUINO = (("arduino/library.properties.j2", "library.properties"), ("arduino/keywords.txt.j2", "keywords.txt"))
_PLATFORMIO = (("platformio/library.json.j2", "library.json"),)


@dataclass(frozen=True)
class ExportFormat:
    """What an export for one build system consists of."""

    name: str
    """As in `--as`."""
    files: tuple[tuple[str, str], ...]
    """(template below `export/`, where it goes); in targets `{title}` is the library's name and `{package}` that behind `mcu_`."""
    sources: str = "src/"
    """The folder of the models' own files; it ends with `/`, or is empty."""
    archive: str = ""
    """The name of a zip file of all other files, in which `{title}` and `{version}` are replaced; empty: there is none."""
    ignored: tuple[str, ...] = ()
    """Lines of a new folder's .gitignore beside those of every folder; empty: it has no .gitignore."""
    next_command: tuple[str, ...] = ()
    """What to run in the folder first, `{folder}` being its path; empty: nothing runs without the build system itself."""
    static_data: bool = True
    """False: its linker takes no writable data of internal linkage (`static` variables in C)."""
    in_platformio: bool = False
    """The path of the folder must be one that PlatformIO builds in."""
    in_arduino: bool = False
    """The Arduino IDE takes the folder as a library's, by its name."""


_FORMATS = (
    ExportFormat(
        "make",
        (("make/Makefile.j2", "Makefile"), ("main.c.j2", "example/main.c")),
        sources="",
        ignored=("/.compiled-with", "/example/example"),
        next_command=("make", "-C", "{folder}", "run"),
    ),
    ExportFormat(
        "cmake",
        (
            ("cmake/CMakeLists.txt.j2", "CMakeLists.txt"),
            ("cmake/config.cmake.in.j2", "cmake/{package}-config.cmake.in"),
            ("cmake/example.txt.j2", "example/CMakeLists.txt"),
            ("main.c.j2", "example/main.c"),
        ),
        ignored=("/build/", "/example/build/"),
        next_command=("cmake", "-S", "{folder}", "-B", "{folder}/build"),
    ),
    ExportFormat(
        "esp-idf",
        (
            ("esp-idf/idf_component.yml.j2", "idf_component.yml"),
            ("esp-idf/CMakeLists.txt.j2", "CMakeLists.txt"),
            ("esp-idf/Kconfig.j2", "Kconfig"),
            ("esp-idf/project.txt.j2", "examples/{title}_example/CMakeLists.txt"),
            ("esp-idf/sdkconfig.defaults.j2", "examples/{title}_example/sdkconfig.defaults"),
            ("esp-idf/main.txt.j2", "examples/{title}_example/main/CMakeLists.txt"),
            ("esp-idf/main.c.j2", "examples/{title}_example/main/main.c"),
        ),
        ignored=("build/", "sdkconfig", "sdkconfig.old", "managed_components/", "dependencies.lock"),
    ),
    ExportFormat(
        "zephyr",
        (
            ("zephyr/module.yml.j2", "zephyr/module.yml"),
            ("zephyr/CMakeLists.txt.j2", "zephyr/CMakeLists.txt"),
            ("zephyr/Kconfig.j2", "zephyr/Kconfig"),
            ("zephyr/sample.txt.j2", "samples/{title}_sample/CMakeLists.txt"),
            ("zephyr/prj.conf.j2", "samples/{title}_sample/prj.conf"),
            ("zephyr/sample.yaml.j2", "samples/{title}_sample/sample.yaml"),
            ("main.c.j2", "samples/{title}_sample/src/main.c"),
        ),
        ignored=("build/", "twister-out*/"),
    ),
    ExportFormat(
        "cmsis-pack",
        (("cmsis-pack/package.pdsc.j2", "mcu_toolkit.{title}.pdsc"), ("main.c.j2", "templates/main.c")),
        archive="mcu_toolkit.{title}.{version}.pack",
    ),
    ExportFormat(
        "micropython",
        (
            ("micropython/Makefile.j2", "Makefile"),
            ("micropython/main.c.j2", "module.c"),
            ("micropython/example.py.j2", "example.py"),
        ),
        ignored=("/build-*/", "/*.mpy", "/.mpy_ld_cache-*/"),
        static_data=False,
    ),
    ExportFormat("arduino", (*_ARDUINO, _SKETCH), in_arduino=True),
    ExportFormat("platformio", (*_PLATFORMIO, _SKETCH), in_platformio=True),
    ExportFormat("library", (*_ARDUINO, *_PLATFORMIO, _SKETCH), in_platformio=True, in_arduino=True),
)
EXPORT_FORMATS = tuple(one.name for one in _FORMATS)
"""What `--as` takes."""
MAKE = _FORMATS[0]
"""A folder that works alone: what `--export-only` writes."""
LIBRARY = _FORMATS[-1]
"""What `--as-library` writes."""


def export_format(name: str) -> ExportFormat:
    """The format called `name`; raises UnknownNameError with those that there are."""
    for one in _FORMATS:
        if one.name == name:
            return one
    raise UnknownNameError("export format", name, EXPORT_FORMATS)
