"""Labels and samples that `--app` embeds."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.model import parse_model
from mcu_toolkit.pipeline.application import labels_for, samples_for
from tests.model_builder import ModelBuilder
from tests.small_models import addition, fully_connected

MODEL = parse_model(fully_connected(), "m")


def with_metadata(names: dict[str, str]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        for name, text in names.items():
            writer.writestr(name, text)
    return fully_connected() + archive.getvalue()


def image_model() -> bytes:
    builder = ModelBuilder()
    x = builder.tensor([1, 8, 8, 1], "int8", 1 / 256, -128, name="image")
    y = builder.tensor([1, 64], "int8", 1 / 256, -128, name="flat")
    builder.op("RESHAPE", [x, builder.tensor([2], "int32", data=np.array([1, 64], np.int32), name="shape")], [y])
    return builder.build([x], [y])


def test_labels_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text("\ufeffyes\r\nno\n\n maybe \nnever\n", encoding="utf-8")
    assert labels_for(MODEL, path) == ("yes", "no", "maybe", "never")


def test_labels_come_from_the_models_metadata_if_they_fit() -> None:
    assert labels_for(parse_model(with_metadata({"other.txt": "x\n", "labels.txt": "a\nb\nc\nd\n"}), "m"), None) == ("a", "b", "c", "d")
    assert labels_for(parse_model(with_metadata({"labels.txt": "a\nb\n"}), "m"), None) == ()
    assert labels_for(MODEL, None) == ()


@pytest.mark.parametrize(("content", "complaint"), [(b"a\nb\n", "holds 2 labels"), (b"\xff\xfe", "is not text")])
def test_labels_that_do_not_fit_are_refused(tmp_path: Path, content: bytes, complaint: str) -> None:
    (tmp_path / "labels.txt").write_bytes(content)
    with pytest.raises(InputError, match=complaint):
        labels_for(MODEL, tmp_path / "labels.txt")


def test_samples_of_a_data_file_are_embedded_as_the_model_stores_them(tmp_path: Path) -> None:
    x = np.arange(30, dtype=np.int8).reshape(5, 6)
    np.savez(tmp_path / "d.npz", x=x)
    assert samples_for(MODEL, tmp_path / "d.npz") == tuple(x[n].tobytes() for n in range(3))


def test_an_image_of_8x8_is_given_digits_that_we_drew() -> None:
    samples = samples_for(parse_model(image_model(), "m"), None)
    assert len(samples) == 3
    assert {len(sample) for sample in samples} == {64}
    assert set(samples[0]) == {0x80, 0x00, 0x7F}, "paper, grey and ink: -128, 0 and 127"


def test_other_inputs_are_given_a_ramp() -> None:
    [sample] = samples_for(MODEL, None)
    assert np.frombuffer(sample, np.int8).tolist() == [-128, -77, -26, 25, 76, 127]
    [both] = samples_for(parse_model(addition(), "two"), None)
    assert len(both) == 12, "all inputs, one after the other"
