"""Official schemas of build systems take what we write.  They are not ours to hand on: `MCU_SCHEMAS` names a folder with them."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from tests.build_systems.exported import CONVOLUTION, SVDF, exported
from tests.build_systems.rules import yaml_of

pytestmark = pytest.mark.nightly
MODELS = [CONVOLUTION, SVDF]


def schema(name: str) -> Path:
    """The file called `name`; skips the test where it is missing."""
    folder = os.environ.get("MCU_SCHEMAS", "")
    path = Path(folder) / name
    if not folder or not path.is_file():
        pytest.skip(f"not here: {name}, in the folder that MCU_SCHEMAS names (docs/how-to/build-systems.md)")
    return path


def refusals(name: str, value: object) -> list[str]:
    return [error.message for error in Draft7Validator(json.loads(schema(name).read_text())).iter_errors(value)]


def test_the_pack_description_is_valid(tmp_path: Path) -> None:
    etree: Any = pytest.importorskip("lxml.etree")
    xsd = etree.XMLSchema(etree.parse(str(schema("PACK.xsd"))))
    [description] = exported(MODELS, "cmsis-pack", tmp_path / "out").glob("*.pdsc")
    assert xsd.validate(etree.parse(str(description))), xsd.error_log
    damaged = etree.fromstring(description.read_bytes().replace(b"<vendor>", b"<vendor>no blanks here "))
    assert not xsd.validate(damaged), "the schema is asked at all"


def test_the_platformio_manifest_is_valid(tmp_path: Path) -> None:
    manifest = json.loads((exported(MODELS, "platformio", tmp_path / "out") / "library.json").read_text())
    assert refusals("library.schema.json", manifest) == []
    assert refusals("library.schema.json", {**manifest, "name": 7}) != []


def test_the_zephyr_module_is_valid(tmp_path: Path) -> None:
    """The schema is a text in Zephyr's script, in pykwalify's language, of which it uses maps, sequences and types."""
    text = re.search(r"^METADATA_SCHEMA = '''\n(.*?)^'''", schema("zephyr_module.py").read_text(), re.MULTILINE | re.DOTALL)
    assert text is not None
    wanted = YAML(typ="safe", pure=True).load(text[1])
    module = yaml_of(exported(MODELS, "zephyr", tmp_path / "out") / "zephyr/module.yml")
    assert_kwalify(module, wanted)
    with pytest.raises(AssertionError):
        assert_kwalify({**module, "colour": "red"}, wanted)


def assert_kwalify(value: Any, wanted: Any) -> None:
    kind = wanted["type"]
    if kind == "map":
        assert value.keys() <= wanted["mapping"].keys()
        assert {key for key, one in wanted["mapping"].items() if one.get("required")} <= value.keys()
        for key, one in value.items():
            assert_kwalify(one, wanted["mapping"][key])
    elif kind == "seq":
        assert isinstance(value, list)
        for one in value:
            assert_kwalify(one, wanted["sequence"][0])
    else:
        assert isinstance(value, {"str": str, "bool": bool}[kind])
