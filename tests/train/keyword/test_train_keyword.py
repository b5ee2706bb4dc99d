"""The whole training on generated words: what is written, and that no speaker is in two parts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.contract import contract_of_source
from mcu_toolkit.frontend.presets import KEYWORD_8K, MLPERF_KWS
from mcu_toolkit.tensorflow_loader import load_tensorflow
from mcu_toolkit.train import TrainedModel, read_trained_model
from mcu_toolkit.train.keyword.folds import trained_folds
from mcu_toolkit.train.keyword.keyword import open_store, train_keyword
from mcu_toolkit.train.keyword.networks import NETWORKS
from mcu_toolkit.train.keyword.options import SILENCE, KeywordOptions
from mcu_toolkit.train.phases import Reporting
from mcu_toolkit.train.sensors.outcome import FILES
from tests.spoken_words import SPEAKERS, WORDS, speak_folder

pytestmark = pytest.mark.slow
NOTES: list[str] = []
REPORTING = Reporting(NOTES.append, NOTES.append, lambda *_: None)


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return speak_folder(tmp_path_factory.mktemp("data") / "words", takes=4)


@pytest.fixture(scope="module")
def trained(words: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    options = KeywordOptions(words, network="streaming", epochs=10, silence=True)
    return train_keyword(options, tmp_path_factory.mktemp("out") / "words", REPORTING)


def test_everything_is_written_and_nothing_else(trained: TrainedModel) -> None:
    assert sorted(path.name for path in trained.folder.iterdir()) == sorted(FILES)
    assert read_trained_model(trained.folder).facts == trained.facts
    assert (trained.folder / "history.png").read_bytes()[:4] == b"\x89PNG"


def test_no_speaker_is_in_two_parts(trained: TrainedModel) -> None:
    rows = json.loads((trained.folder / "split.json").read_text())["files"]
    assert len(rows) == len(WORDS) * len(SPEAKERS) * 4
    parts = {speaker: {row["part"] for row in rows if row["group"] == speaker} for speaker in SPEAKERS}
    assert all(len(found) == 1 for found in parts.values())
    assert set.union(*parts.values()) == {"train", "validation", "test"}


def test_it_hears_the_words_of_a_speaker_that_it_does_not_know(trained: TrainedModel) -> None:
    assert trained.accuracy is not None
    assert trained.accuracy > 0.6


def test_the_model_knows_its_front_end_and_its_classes(trained: TrainedModel) -> None:
    contract = contract_of_source(trained.keras_file)
    assert contract.frontend == KEYWORD_8K
    assert contract.preprocessing is not None
    assert contract.preprocessing.labels == tuple(sorted((SILENCE, *WORDS)))
    with np.load(trained.data_file) as data:
        assert data["x"].dtype == np.uint16
        assert data["x"].shape[1:] == (61, 32, 1)
        assert set(data["y"].tolist()) == set(data["y_rep"].tolist()) == {0, 1, 2, 3}


@pytest.mark.parametrize("network", NETWORKS)
def test_networks_take_every_front_end(network: str) -> None:
    for shape in ((23, 8), (MLPERF_KWS.frames_in(16_000), 10), (99, 64)):
        model = NETWORKS[network](load_tensorflow(), shape, 3)
        assert tuple(model.output.shape) == (None, 3)


def test_each_speaker_is_left_out_once(words: Path, tmp_path: Path) -> None:
    options = KeywordOptions(words, network="streaming", epochs=1)
    found = []
    for fold in trained_folds(open_store(options, REPORTING), options, REPORTING, tmp_path):
        found.append(fold.held_out)
        with np.load(fold.data) as data:
            assert len(data["x"]) == fold.held_out.recordings == 12
    assert [one.speaker for one in found] == list(SPEAKERS)
