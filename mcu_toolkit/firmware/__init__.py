"""Generated code: C arrays of models and complete firmware projects."""

from typing import TYPE_CHECKING

from mcu_toolkit.lazy_names import lazy_names

if TYPE_CHECKING:
    from mcu_toolkit.firmware.application import EXAMPLES, Application, differences
    from mcu_toolkit.firmware.benchmark import Benchmark, mlperf_tiny
    from mcu_toolkit.firmware.build_id import project_build_id, stamp_build_id, written_build_id
    from mcu_toolkit.firmware.export import EXPORT_MANIFEST, Export, export_folder
    from mcu_toolkit.firmware.extras import NO_EXTRAS, Extras
    from mcu_toolkit.firmware.frontend import frontend_sources
    from mcu_toolkit.firmware.manifest import NamedModel
    from mcu_toolkit.firmware.model_array import ModelArray, write_model_array
    from mcu_toolkit.firmware.motion_frontend import motion_sources
    from mcu_toolkit.firmware.preprocess import preprocess_headers
    from mcu_toolkit.firmware.project import (
        export_sources,
        generate_project,
        load_project,
        load_project_info,
        load_project_models,
        own_board_file,
    )
    from mcu_toolkit.firmware.render import render_text

MANIFEST = "mcu-project.json"
"""The file of a generated project that says what it is."""

__all__ = [
    "EXAMPLES",
    "EXPORT_MANIFEST",
    "MANIFEST",
    "NO_EXTRAS",
    "Application",
    "Benchmark",
    "Export",
    "Extras",
    "ModelArray",
    "NamedModel",
    "differences",
    "export_folder",
    "export_sources",
    "frontend_sources",
    "generate_project",
    "load_project",
    "load_project_info",
    "load_project_models",
    "mlperf_tiny",
    "motion_sources",
    "own_board_file",
    "preprocess_headers",
    "project_build_id",
    "render_text",
    "stamp_build_id",
    "write_model_array",
    "written_build_id",
]

__getattr__ = lazy_names(__name__)
