"""Whose image a board runs, by the build ids of project and firmware; firmware of an older toolkit has none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from mcu_toolkit.artifacts import FirmwareProject
from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import DeviceError
from mcu_toolkit.firmware import Extras, project_build_id, stamp_build_id, written_build_id
from mcu_toolkit.firmware.project import generate_project
from mcu_toolkit.model import parse_model
from mcu_toolkit.pipeline.proof.identity import OBSERVED, check_image, require_built
from mcu_toolkit.protocol.messages import HelloReply
from mcu_toolkit.runners import DeviceRunner
from mcu_toolkit.runtimes import get_runtime
from tests.small_models import fully_connected

MODEL = parse_model(fully_connected(), "m")


@dataclass
class Firmware:
    """What is asked of a runner."""

    build_id: str | None
    has_observer: bool = False
    toolkit: str = "0.1.0"


def check(project: FirmwareProject, build_id: str | None, **facts: Any) -> bool:
    return check_image(project, cast(DeviceRunner, Firmware(build_id, **facts)), "port")


@pytest.fixture
def project(tmp_path: Path) -> FirmwareProject:
    made = generate_project([MODEL], load_board("host"), get_runtime("aot"), tmp_path / "p")
    stamp_build_id(made.folder, {})
    return made


def test_the_id_is_the_same_wherever_the_project_lies_and_another_after_any_change(project: FirmwareProject, tmp_path: Path) -> None:
    first = written_build_id(project.folder)
    assert first == project_build_id(project.folder, {})
    moved = project.folder.rename(tmp_path / "elsewhere")
    assert project_build_id(moved, {}) == first
    ids = {first, project_build_id(moved, {"/a/library": "1"}), project_build_id(moved, {"/a/library": "2"})}
    (moved / "lib").mkdir()
    (moved / "lib/mine.h").write_text("int mine;")
    ids.add(project_build_id(moved, {}))
    (moved / "lib/mine.h").write_text("int yours;")
    ids.add(project_build_id(moved, {}))
    assert len(ids) == 5
    (moved / "lib/mine.h").unlink()
    (moved / ".pio").mkdir()
    (moved / ".pio/what_a_build_leaves").write_text("x")
    assert project_build_id(moved, {}) == first


def test_a_stamped_header_is_no_edit_of_the_users(project: FirmwareProject) -> None:
    (project.folder / "src/mine.c").write_text("int mine;")
    before = written_build_id(project.folder)
    stamp_build_id(project.folder, {})
    assert written_build_id(project.folder) != before
    generate_project([MODEL], load_board("host"), get_runtime("aot"), project.folder)  # refuses edited files


def test_its_own_image_passes_and_another_is_named(project: FirmwareProject) -> None:
    own = written_build_id(project.folder)
    assert check(project, own)
    with pytest.raises(DeviceError, match=r"another image: build 0123456789abcdef, made by toolkit 0\.1\.0\n.*expected: build " + str(own)):
        check(project, "0123456789abcdef")
    with pytest.raises(DeviceError, match="another image: one without a build id"):
        check(project, None)


def test_firmware_with_the_observer_is_its_own_where_it_was_made_from_it(project: FirmwareProject) -> None:
    made = generate_project(
        [MODEL], load_board("host"), get_runtime("aot"), project.folder / OBSERVED, Extras(observer=True)
    )  # as mcu verify --per-layer does
    observed = written_build_id(made.folder)
    assert check(project, observed, has_observer=True)
    with pytest.raises(DeviceError, match="another image"):
        check(project, observed)


def test_where_neither_tells_nothing_is_known(project: FirmwareProject) -> None:
    (project.folder / "src/build_id.h").unlink()
    assert not check(project, None)
    with pytest.raises(DeviceError, match="expected: one without a build id"):
        check(project, "0123456789abcdef")


def test_a_project_without_an_image_runs_nowhere(project: FirmwareProject) -> None:
    with pytest.raises(DeviceError, match="never built"):
        require_built(project)


@pytest.mark.parametrize(
    ("toolkit", "expected"),
    [
        ("0.1.0+0123456789abcdef", ("0.1.0", "0123456789abcdef")),
        ("0.1.0", ("0.1.0", None)),
        ("1.0+local", ("1.0+local", None)),
        ("1.0+local+0123456789abcdef", ("1.0+local", "0123456789abcdef")),
        ("0.1.0+0123456789abcde", ("0.1.0+0123456789abcde", None)),
        ("0.1.0+0123456789ABCDEF", ("0.1.0+0123456789ABCDEF", None)),
    ],
)
def test_the_build_id_is_what_follows_the_version(toolkit: str, expected: tuple[str, str | None]) -> None:
    hello = HelloReply(1, 128, 1, 0, 0, 0, 1, 0, "host", "aot", toolkit)
    assert (hello.toolkit_version, hello.build_id) == expected
