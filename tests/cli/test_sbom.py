"""`mcu sbom`, and that the firmware it describes is the same bytes wherever and whenever it is built."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mcu_toolkit.artifacts.sbom import BillOfMaterials, Component, Hash
from mcu_toolkit.system.files import sha256_hex
from tests import small_models
from tests.cli.in_process import mcu_here, succeed_here
from tests.cli.running import succeed

CLOCKS = ("1000000000", "1700000000")
NOW = "2026-01-01T00:00:00Z"


def invalid(document: str) -> Any:
    """What the official schema finds, with the formats of dates, addresses and licences; None where it is content."""
    validation = pytest.importorskip("cyclonedx.validation.json", reason="cyclonedx-python-lib is not installed: make setup-dev")
    from cyclonedx.schema import SchemaVersion

    return validation.JsonStrictValidator(SchemaVersion.V1_6).validate_str(document)


@dataclass(frozen=True)
class Built:
    """A project, built, and its bill of materials."""

    project: Path
    document: str
    result: dict[str, Any]


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[Built, Built]:
    """The same firmware from two folders under two clocks."""
    root = tmp_path_factory.mktemp("sbom")
    (root / "tiny.tflite").write_bytes(small_models.fully_connected())
    built = []
    for clock, name in zip(CLOCKS, ("p", "elsewhere/other"), strict=True):
        here, clocked = root / name, {"SOURCE_DATE_EPOCH": clock}
        here.parent.mkdir(exist_ok=True)
        succeed("generate", root / "tiny.tflite", "-b", "netduinoplus2", "-o", here, env=clocked)
        outcome = succeed("sbom", here, "-o", root / f"{clock}.json", "--json", "-", env=clocked)
        built.append(Built(here, (root / f"{clock}.json").read_text(), json.loads(outcome.stdout)))
    return built[0], built[1]


def components(document: str) -> dict[str, Any]:
    return {one["bom-ref"]: one for one in json.loads(document)["components"]}


@pytest.mark.slow
def test_the_same_firmware_is_the_same_bytes_in_two_folders_under_two_clocks(twice: tuple[Built, Built]) -> None:
    first, second = (Path(one.result["image"]).read_bytes() for one in twice)
    assert first == second
    assert sha256_hex(first) == twice[0].result["image_sha256"] == twice[1].result["image_sha256"]


@pytest.mark.slow
def test_so_is_its_bill_of_materials_but_for_the_time(twice: tuple[Built, Built]) -> None:
    first, second = (one.document for one in twice)
    assert '"timestamp": "2001-09-09T01:46:40Z"' in first
    assert first.replace("2001-09-09T01:46:40Z", "2023-11-14T22:13:20Z") == second


@pytest.mark.slow
def test_it_is_valid_by_the_official_schema(twice: tuple[Built, Built]) -> None:
    assert invalid(twice[0].document) is None
    assert invalid(twice[0].document.replace('"firmware"', '"software"', 1)) is not None, "the check can fail"
    assert invalid(twice[0].document.replace("SHA-256", "SHA-255", 1)) is not None


@pytest.mark.slow
def test_it_names_sources_model_compiler_and_toolkit(twice: tuple[Built, Built]) -> None:
    built = twice[0]
    document, parts = json.loads(built.document), components(built.document)
    kernel = parts["file:src/kernels/dsp/fully_connected.h"]
    content = (built.project / "src/kernels/dsp/fully_connected.h").read_bytes()
    assert kernel["hashes"] == [{"alg": "SHA-256", "content": sha256_hex(content)}]
    assert kernel["licenses"] == [{"expression": "Apache-2.0 WITH LLVM-exception"}]
    generated = parts["file:src/tiny.c"]
    assert "licenses" not in generated, "it belongs to the user"
    assert generated["properties"] == [{"name": "mcu_toolkit:origin", "value": "generated"}]
    assert parts["model:0"]["hashes"][0]["content"] == sha256_hex(small_models.fully_connected())
    tools = {one["name"]: one["version"] for one in document["metadata"]["tools"]["components"]}
    assert tools["mcu-toolkit"] == document["metadata"]["tools"]["components"][0]["version"]
    assert tools["arm-none-eabi gcc"].split(".")[0].isdigit()
    assert document["metadata"]["component"]["hashes"][0]["content"] == built.result["image_sha256"]
    assert set(document["dependencies"][0]["dependsOn"]) == set(parts)


@pytest.mark.slow
def test_files_of_the_user_are_named_so(twice: tuple[Built, Built], here: Path) -> None:
    """Nothing is built for a refusal; what a build would take is read from the folder as it is."""
    from mcu_toolkit.firmware import load_project
    from mcu_toolkit.firmware.manifest import project_files
    from mcu_toolkit.pipeline.sbom import file_component

    project = load_project(twice[0].project)
    written = project_files(project.folder).read_manifest()
    assert written is not None
    mine = file_component("src/mine.c", b"int mine;\n", written.hashes)
    assert mine.properties[0].value == "the user's"
    edited = file_component("src/main.c", b"/* changed */\n", written.hashes)
    assert (edited.properties[0].value, edited.licences) == ("edited", ())


def test_a_file_inside_the_project_is_refused(tiny: Path, here: Path) -> None:
    succeed_here("generate", tiny, "-b", "host", "-o", "p")
    before = sorted(here.rglob("*"))
    outcome = mcu_here("sbom", "p", "-o", "p/sbom.json")
    assert outcome.exit_code == 2
    assert "is inside the project, where it would be one of the firmware's sources" in outcome.stderr
    assert sorted(here.rglob("*")) == before


@pytest.mark.parametrize("clock", ["yesterday", "", "1e9", "9" * 30])
def test_a_clock_that_is_none_is_refused(clock: str, tiny: Path, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    succeed_here("generate", tiny, "-b", "host", "-o", "p")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", clock)
    outcome = mcu_here("sbom", "p")
    assert outcome.exit_code == 2
    assert outcome.stderr.endswith(f"SOURCE_DATE_EPOCH: is '{clock}'\n  expected: a whole number of seconds since 1970\n")
    assert not Path("p.cdx.json").exists()


def test_names_of_others_are_texts_and_nothing_else() -> None:
    hostile = 'a"]},{"\n\x1b[2J\u202e'
    part = Component("file", "file:x", hostile, hashes=(Hash("0" * 64),))
    document = BillOfMaterials(Component("firmware", "firmware", hostile), (part,), ()).to_json(NOW)
    assert json.loads(document)["components"][0]["name"] == hostile
    assert "\x1b" not in document
    assert invalid(document) is None
