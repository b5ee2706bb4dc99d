"""Label tracks: both forms, and every line that is wrong named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcu_toolkit.artifacts.label_track import Event, read_label_track
from mcu_toolkit.errors import InputError

EVENTS = (Event(0.5, 1.25, "yes"), Event(2.0, 2.0, "no, thanks"))


def track(folder: Path, text: str | bytes) -> Path:
    path = folder / "t.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    "text",
    [
        'start,end,label\n0.5,1.25,yes\n2,2,"no, thanks"\n',
        '\ufeffStart, End, Label, who\r\n0.5,1.25,yes,me\r\n\r\n2,2,"no, thanks",me\r\n',
        '"start","end","label"\n0.5,1.25,yes\n2,2,"no, thanks"\n',
        "0.500000\t1.250000\tyes\n2.000000\t2.000000\tno, thanks\n",
        "0.500000\t1.250000\tyes\n\\\t100.0\t4000.0\n2.000000\t2.000000\tno, thanks\n",
    ],
)
def test_csv_and_audacitys_export_say_the_same(text: str, tmp_path: Path) -> None:
    assert read_label_track(track(tmp_path, text), 3.0) == EVENTS


def test_a_track_without_labels_is_one(tmp_path: Path) -> None:
    assert read_label_track(track(tmp_path, "start,end,label\n"), 3.0) == ()
    assert read_label_track(track(tmp_path, ""), 3.0) == ()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1,x,yes", "line 3: '1' and 'x' are not two numbers of seconds"),
        ("1,2", "line 3: 2 columns, where start, end and label are three"),
        ("1,2,", "line 3: it has no label"),
        ("2,1,yes", "line 3: it ends at 1 s, before it begins at 2 s"),
        ("-1,2,yes", "line 3: -1 to 2 s is no time in a sound"),
        ("nan,2,yes", "line 3: nan to 2 s is no time in a sound"),
        ("1,inf,yes", "line 3: 1 to inf s is no time in a sound"),
        ("9,11,yes", "line 3: it ends at 11 s, and the sound at 10 s"),
        ("0.1,0.2,yes", "line 3: it begins at 0.1 s, before line 2, which begins at 0.5 s"),
        ("0.9,2,yes", "line 3: it begins at 0.9 s, within line 2, which ends at 1 s"),
    ],
)
def test_a_line_that_is_wrong_is_named(line: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        read_label_track(track(tmp_path, f"start,end,label\n0.5,1,yes\n{line}\n"), 10.0)


def test_a_label_may_end_behind_the_sound_by_a_rounding(tmp_path: Path) -> None:
    assert read_label_track(track(tmp_path, "start,end,label\n0.5,0.666667,yes\n"), 2 / 3)
    with pytest.raises(InputError, match=r"and the sound at 0\.666667 s"):
        read_label_track(track(tmp_path, "start,end,label\n0.5,0.66667,yes\n"), 2 / 3)


def test_all_lines_that_are_wrong_are_counted_and_the_first_ones_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_label_track(track(tmp_path, "start,end,label\n" + "x,y,z\n" * 30), 10.0)
    assert "30 lines are wrong" in caught.value.what
    assert "and 20 more" in caught.value.what


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x01", b"\x00", b"RIFF\x00\x00", b'start,end,label\n"1,2,yes\n'])
def test_what_is_no_text_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read_label_track(track(tmp_path, content), 10.0)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=200), st.text('0123456789.,\t\nstarendlb\\"-', max_size=200).map(str.encode)))
def test_no_file_ends_in_anything_but_events_in_order_or_a_refusal(content: bytes, tmp_path: Path) -> None:
    try:
        events = read_label_track(track(tmp_path, content), 10.0)
    except InputError:
        return
    assert [one.start_s for one in events] == sorted(one.start_s for one in events)
    assert all(0 <= one.start_s <= one.end_s <= 10.000001 for one in events)
