"""The split: every class in every part, the same for the same seed, written down, with pictures that look the same named."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mcu_toolkit.system.files import sha256_hex
from mcu_toolkit.train.images.near_duplicates import MOST_PAIRS, near_duplicates, perceptual_hash
from mcu_toolkit.train.images.picture_folder import Picture, read_picture_folder
from mcu_toolkit.train.images.split import duplicates_across, render_split, split_pictures, trained_on
from tests.drawn_shapes import draw_folder


def pictures(*counts: int) -> list[Picture]:
    return [Picture(f"{label}/{number}", label, "", 0) for label, count in enumerate(counts) for number in range(count)]


@pytest.mark.parametrize("counts", [(100, 200), (3, 3), (3, 1000, 7), (499, 500)])
def test_every_class_is_in_every_part_in_its_share(counts: tuple[int, ...]) -> None:
    split = split_pictures(pictures(*counts), len(counts), seed=1)
    for _, part in split.parts():
        assert set(Counter(picture.label for picture in part)) == set(range(len(counts)))
    for label, count in enumerate(counts):
        tested = sum(picture.label == label for picture in split.test)
        assert tested == max(1, round(0.15 * count))
    everything = [picture.name for _, part in split.parts() for picture in part]
    assert sorted(everything) == sorted(picture.name for picture in pictures(*counts))


def test_a_seed_gives_one_split_and_another_seed_another() -> None:
    found = pictures(40, 40)
    assert split_pictures(found, 2, 5) == split_pictures(found, 2, 5)
    assert split_pictures(found, 2, 5).test != split_pictures(found, 2, 6).test


def test_another_training_knows_which_pictures_it_was_not_tested_on(tmp_path: Path) -> None:
    folder = read_picture_folder(draw_folder(tmp_path / "shapes", pictures=20), skip_corrupt=False)
    first, other = (split_pictures(folder.pictures, 3, seed) for seed in (0, 1))
    path = tmp_path / "split.json"
    path.write_text(render_split(folder, first, ()), encoding="utf-8")
    assert trained_on(path, first.test) == 0
    assert trained_on(path, first.train) == len(first.train)
    assert trained_on(path, other.test) == len({picture.name for picture in other.test} - {picture.name for picture in first.test}) > 0


@pytest.mark.parametrize("content", ["", "[]", '{"files": [{"hash": 3}]}', "[" * 5000])
def test_what_is_no_split_tells_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "split.json").write_text(content)
    assert trained_on(tmp_path / "split.json", pictures(3, 3)) is None
    assert trained_on(tmp_path / "absent.json", pictures(3, 3)) is None


def test_the_file_names_every_picture_with_hash_and_part(tmp_path: Path) -> None:
    folder = read_picture_folder(draw_folder(tmp_path / "shapes", pictures=8), skip_corrupt=False)
    split = split_pictures(folder.pictures, 3, 0)
    record = json.loads(render_split(folder, split, ()))
    assert [row["file"] for row in record["files"]] == [picture.name for picture in folder.pictures]
    for row in record["files"]:
        assert row["hash"] == sha256_hex((folder.folder / row["file"]).read_bytes())
        assert row["label"] == row["file"].split("/")[0]
    assert Counter(row["part"] for row in record["files"]) == {"train": 18, "validation": 3, "test": 3}


def textured(seed: int) -> Image.Image:
    """A picture with structure at all scales, unlike any other."""
    coarse = Image.fromarray(np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8))
    return coarse.resize((120, 90), Image.Resampling.BICUBIC)


def test_a_copy_that_was_scaled_and_compressed_is_found_across_parts_and_other_pictures_are_not(tmp_path: Path) -> None:
    originals = [textured(seed) for seed in range(30)]
    originals[7].resize((64, 48)).save(tmp_path / "copy.jpg", quality=40)
    copy = Image.open(tmp_path / "copy.jpg")
    names = [f"{number}" for number in range(30)] + ["copy"]
    hashes = [perceptual_hash(image) for image in (*originals, copy)]
    found = near_duplicates(names, hashes, ["train"] * 30 + ["test"])
    assert [(pair.a, pair.b) for pair in found] == [("7", "copy")]
    assert near_duplicates(names, hashes, ["train"] * 31) == ()


def test_more_pictures_than_fit_into_a_block_are_all_compared() -> None:
    hashes = [int(value) for value in np.random.default_rng(0).integers(0, 1 << 63, 2500)]
    hashes[2400] = hashes[3] ^ 0b101
    found = near_duplicates([str(number) for number in range(2500)], hashes, ["train"] * 2000 + ["test"] * 500)
    assert [(pair.a, pair.b, pair.distance) for pair in found] == [("3", "2400", 2)]


def test_every_pair_that_is_close_enough_is_found_wherever_its_bits_differ() -> None:
    generator = np.random.default_rng(1)
    for _ in range(300):
        first = int(generator.integers(0, 1 << 63))
        flipped = generator.choice(64, size=int(generator.integers(0, 7)), replace=False)
        second = first ^ sum(1 << int(bit) for bit in flipped)
        found = near_duplicates(["a", "b"], [first, second], ["train", "test"])
        assert [pair.distance for pair in found] == ([len(flipped)] if len(flipped) <= 4 else [])


def test_a_folder_of_copies_is_not_compared_for_ever() -> None:
    found = near_duplicates([str(number) for number in range(4000)], [7] * 4000, ["train", "test"] * 2000)
    assert len(found) == MOST_PAIRS


def test_duplicates_of_a_split_are_between_its_parts() -> None:
    same = [Picture(f"{label}/{number}", label, "", 5) for label in range(2) for number in range(3)]
    found = duplicates_across(split_pictures(same, 2, 0))
    assert len(found) == 12  # two pictures in each of three parts: 3 pairs of parts, 4 pairs of pictures
