"""`mcu monitor`: device text and decoded frames."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli import ports
from tests.cli.in_process import mcu_here, succeed_here
from tests.cli.running import assert_refused


def test_a_booting_board_is_seen_and_answers(tiny: Path, here: Path) -> None:
    succeed_here("generate", tiny, "--board", "host", "-o", "p")
    succeed_here("flash", "p")
    outcome = succeed_here("monitor", "--board", "host", "--seconds", "3", "--reset", "--hello", "--json", "r.json")
    received = json.loads((here / "r.json").read_text())["received"]
    assert {"kind": "frame", "text": "BOOT reason=UNKNOWN version=1"} in [{k: i[k] for k in ("kind", "text")} for i in received]
    assert "HELLO reply #" in outcome.stdout
    assert "model_count=1" in outcome.stdout
    assert "board='host'" in outcome.stdout


def test_text_is_shown_line_by_line(here: Path) -> None:
    with ports.port_answering(ports.arduino) as port:
        outcome = succeed_here("monitor", "--port", port, "--seconds", "1")
    lines = outcome.stdout.splitlines()
    assert len(lines) > 2
    assert any(line.endswith("  text   Hello from the blink sketch") for line in lines)


def test_noise_is_counted_and_shown_in_hexadecimal(here: Path) -> None:
    with ports.port_answering(lambda received: b"\x00\xff\xfe\xfd\x00") as port:
        outcome = succeed_here("monitor", "--port", port, "--seconds", "1")
    assert "  noise  3 bytes: ff fe fd" in outcome.stdout


def test_a_port_that_is_not_there(here: Path) -> None:
    message = "error: /dev/ttyACM77: the port is absent: no such device\n  try: plug the board in, or list the ports there are: mcu doctor"
    assert_refused(mcu_here("monitor", "--port", "/dev/ttyACM77"), 3, message)
