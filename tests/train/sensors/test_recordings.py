"""Splits by group: nobody is in two parts, every class is in each, and it is written down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcu_toolkit.errors import InputError
from mcu_toolkit.train.class_folder import Skipped
from mcu_toolkit.train.sensors.recordings import Recording, render_split, split_by_group

CLASSES = ("no", "yes")
ANY_SPEED = settings(deadline=None, derandomize=True)


def by_speakers(speakers: int, takes: int = 2) -> list[Recording]:
    return [
        Recording(f"{name}/s{speaker}_{take}.wav", label, f"{label}{speaker}{take}", f"s{speaker}")
        for label, name in enumerate(CLASSES)
        for speaker in range(speakers)
        for take in range(takes)
    ]


@ANY_SPEED
@given(st.integers(3, 20), st.integers(0, 2**32 - 1))
def test_no_speaker_is_in_two_parts_and_nothing_is_lost(speakers: int, seed: int) -> None:
    recordings = by_speakers(speakers)
    split = split_by_group(recordings, CLASSES, seed, grouped_by="speaker")
    groups = [{one.group for one in part} for _, part in split.parts()]
    assert all(groups)
    assert sum(map(len, groups)) == speakers
    assert sorted(one.name for _, part in split.parts() for one in part) == sorted(one.name for one in recordings)


@ANY_SPEED
@given(st.integers(3, 30), st.integers(0, 1000))
def test_recordings_of_one_class_each_are_drawn_from_every_class(count: int, seed: int) -> None:
    recordings = [Recording(f"{name}/{i}.csv", label, "", f"{name}/{i}") for label, name in enumerate(CLASSES) for i in range(count)]
    split = split_by_group(recordings, CLASSES, seed, grouped_by="recording")
    for _, part in split.parts():
        counts = [sum(one.label == label for one in part) for label in range(2)]
        assert counts[0] == counts[1] > 0


def test_the_seed_decides_and_the_order_of_the_files_does_not() -> None:
    recordings = by_speakers(9)
    first = split_by_group(recordings, CLASSES, 1, grouped_by="speaker")
    assert split_by_group(recordings[::-1], CLASSES, 1, grouped_by="speaker") == first
    assert any(split_by_group(recordings, CLASSES, seed, grouped_by="speaker").test != first.test for seed in range(2, 6))


class Counted(list[Recording]):
    """Counts how often it is gone through."""

    passes = 0

    def __iter__(self) -> Iterator[Recording]:
        self.passes += 1
        return super().__iter__()


def test_the_work_does_not_grow_with_groups_times_recordings() -> None:
    passes = []
    for speakers in (10, 1000):
        recordings = Counted(by_speakers(speakers))
        split_by_group(recordings, CLASSES, 1, grouped_by="speaker")
        passes.append(recordings.passes)
    assert passes[0] == passes[1] < 10


def test_too_few_speakers_are_named() -> None:
    with pytest.raises(InputError, match="'no' has 2 speakers"):
        split_by_group(by_speakers(2), CLASSES, 0, grouped_by="speaker")


def test_a_class_that_only_some_speak_is_in_every_part_all_the_same() -> None:
    recordings = [one for one in by_speakers(8) if one.label == 0 or one.group in ("s0", "s3", "s6")]
    for seed in range(5):
        for _, part in split_by_group(recordings, CLASSES, seed, grouped_by="speaker").parts():
            assert {one.label for one in part} == {0, 1}


def test_a_class_without_recordings_is_in_no_part() -> None:
    split = split_by_group([replace(one, label=one.label + 1) for one in by_speakers(4)], ("_silence_", *CLASSES), 0, grouped_by="speaker")
    assert {one.label for _, part in split.parts() for one in part} == {1, 2}


def test_what_is_written_names_every_file_with_hash_and_part() -> None:
    split = split_by_group(by_speakers(4), CLASSES, 3, grouped_by="speaker")
    record = json.loads(render_split(split, CLASSES, [Skipped("no/x.wav", "it is empty")], grouped_by="speaker"))
    assert [row["file"] for row in record["files"]] == sorted(one.name for one in by_speakers(4))
    assert {row["part"] for row in record["files"]} == {"train", "validation", "test"}
    assert record["files"][0] == {"file": "no/s0_0.wav", "hash": "000", "label": "no", "group": "s0", "part": record["files"][0]["part"]}
    assert record["skipped"] == [{"file": "no/x.wav", "why": "it is empty"}]
