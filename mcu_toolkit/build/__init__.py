"""From a generated project to an image and onto a board, with PlatformIO; and AOT code as a library of this machine."""

from typing import TYPE_CHECKING

from mcu_toolkit.lazy_names import lazy_names

if TYPE_CHECKING:
    from mcu_toolkit.build.addresses import function_sizes, variable_address
    from mcu_toolkit.build.compile import build_project, elf_path
    from mcu_toolkit.build.compilers import compiler_of
    from mcu_toolkit.build.core_dir import prepare_core_dir, registry_answers
    from mcu_toolkit.build.flash import flash_project, require_tools
    from mcu_toolkit.build.footprint import read_footprint
    from mcu_toolkit.build.host_library import build_host_library
    from mcu_toolkit.build.image_parts import compiler_of_image, read_image_parts

__all__ = [
    "build_host_library",
    "build_project",
    "compiler_of",
    "compiler_of_image",
    "elf_path",
    "flash_project",
    "function_sizes",
    "prepare_core_dir",
    "read_footprint",
    "read_image_parts",
    "registry_answers",
    "require_tools",
    "variable_address",
]

__getattr__ = lazy_names(__name__)
