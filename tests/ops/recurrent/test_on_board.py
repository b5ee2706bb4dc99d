"""Recurrent operators on emulated cores: the kernels for DSP, for Helium and the portable ones give the golden's bytes."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import flash_project
from mcu_toolkit.device import Client, open_port
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import Model, parse_model, resetting
from mcu_toolkit.model.own_operators import RecurrentOptions
from mcu_toolkit.runners import DeviceRunner
from mcu_toolkit.runners.reference.runner import golden_interpreter
from mcu_toolkit.runtimes import get_runtime
from tests.emulated import own_boards
from tests.ops.harness import drawn_cases, samples_for
from tests.ops.recurrent.models import gru, lstm_model, simple_rnn
from tests.ops.recurrent.test_own_layers import layer
from tests.ops.recurrent.test_svdf import svdf
from tests.ops.recurrent.test_unidirectional_sequence_lstm import lstm
from tests.small_models import svdf as svdf_model

OPERATORS = ("lstm", "lstm_int16", "svdf", "svdf_int8", "gru_reset_after", "gru_reset_before", "simple_rnn")
KERNELS = {"netduinoplus2": "dsp", "mps3-an547": "mve", "microbit": "portable"}


def models() -> list[Model]:
    contents = [
        lstm_model(steps=5, inputs=16, units=16),
        lstm_model(steps=3, inputs=19, units=6, seed=4),
        resetting(lstm_model(steps=3, inputs=5, units=3, seed=5)),
        gru(options=RecurrentOptions(reset_after=True)),
        gru(options=RecurrentOptions(go_backwards=True)),
        gru(options=RecurrentOptions(reset_after=True), steps=6, inputs=17, units=18),
        gru(steps=6, inputs=17, units=18),
        simple_rnn(),
        simple_rnn(steps=6, inputs=33, units=18, options=RecurrentOptions(go_backwards=True)),
        svdf_model(),
        *(case.content for case in drawn_cases(4, lstm("int8"), svdf("int16"), lstm("int16"), svdf("int8"))),
        *(case.content for case in drawn_cases(3, layer(gru, "gru"), layer(simple_rnn, "simple_rnn"))),
    ]
    return [parse_model(content, f"case {number}") for number, content in enumerate(contents)]


@pytest.mark.slow
@pytest.mark.parametrize("board_id", KERNELS)
def test_the_boards_bytes_are_the_goldens(board_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    every, board = models(), load_board(board_id)
    with own_boards(monkeypatch), ExitStack() as stack:
        project = generate_project(every, board, get_runtime("aot"), tmp_path)
        source = "".join(path.read_text() for path in (tmp_path / "src").glob("*.c"))
        for operator in OPERATORS:
            assert (f"aot_{KERNELS[board_id]}_{operator}(" in source) == (board_id != "microbit")
        client = Client(open_port(flash_project(project, board), board.serial.baud))
        stack.callback(client.close)
        for number, model in enumerate(every):
            samples = samples_for(model, count=3)
            alone = model.inputs[0].shape[0] == 1
            inputs = [np.concatenate([sample[0] if alone else sample[0][None] for sample in samples])]
            with closing(golden_interpreter(model)) as golden:
                expected = golden.run(inputs).outputs[0]
            assert np.array_equal(DeviceRunner(client, model, number).run(inputs).outputs[0], expected), model.name
