"""The table of operators: complete, up to date, and honest about what crashes."""

from __future__ import annotations

import importlib.metadata

import pytest

from scripts.probe.case import Case, Form, Spec
from scripts.probe.caveats import CAVEATS, caveat_of, is_undefined
from scripts.probe.render import COMMAND, render
from scripts.probe.table import PACKAGES, Table, all_cases, judge_with_aot, known_table, probe_table
from scripts.probe.verdict import ask
from scripts.probe_operators import PAGE_PATH, differences

pytest.importorskip("tflite_micro", reason="the tflite-micro wheel exists for Linux on x86-64 only")

EVERY_NTH = 37
"""How many cases the fast test leaves out between two that it asks again; a prime, so that all tables are touched."""
EXPECTED = """
CONV_2D DEPTHWISE_CONV_2D TRANSPOSE_CONV FULLY_CONNECTED BATCH_MATMUL AVERAGE_POOL_2D MAX_POOL_2D MEAN SUM REDUCE_MAX REDUCE_MIN ADD ADD_N
SUB MUL DIV MAXIMUM MINIMUM SQUARED_DIFFERENCE PAD PADV2 MIRROR_PAD CONCATENATION SPLIT SPLIT_V PACK UNPACK SLICE STRIDED_SLICE
DYNAMIC_UPDATE_SLICE RESHAPE SQUEEZE EXPAND_DIMS TRANSPOSE GATHER GATHER_ND REVERSE_V2 RESIZE_NEAREST_NEIGHBOR RESIZE_BILINEAR
SPACE_TO_DEPTH DEPTH_TO_SPACE SPACE_TO_BATCH_ND BATCH_TO_SPACE_ND SOFTMAX LOG_SOFTMAX LOGISTIC TANH RELU RELU6 RELU_N1_TO_1 LEAKY_RELU
PRELU ELU HARD_SWISH ABS NEG RSQRT ARG_MAX ARG_MIN EQUAL NOT_EQUAL GREATER GREATER_EQUAL LESS LESS_EQUAL LOGICAL_AND LOGICAL_OR
LOGICAL_NOT SELECT_V2 CAST QUANTIZE DEQUANTIZE L2_NORMALIZATION SVDF UNIDIRECTIONAL_SEQUENCE_LSTM CUMSUM FILL ZEROS_LIKE SHAPE
BROADCAST_TO BROADCAST_ARGS CIRCULAR_BUFFER VAR_HANDLE READ_VARIABLE ASSIGN_VARIABLE CALL_ONCE EXP SQRT LOG GELU SQUARE
SignalWindow SignalFramer SignalStacker SignalRfft SignalIrfft SignalFftAutoScale SignalEnergy SignalFilterBank SignalFilterBankLog
SignalFilterBankSquareRoot SignalFilterBankSpectralSubtraction SignalPCAN SignalOverlapAdd SignalDelay
"""
"""The page must have a row for each."""


@pytest.fixture(scope="module")
def table() -> Table:
    return known_table()


def test_every_case_has_its_own_name() -> None:
    keys = [case.key for case in all_cases()]
    assert len(keys) == len(set(keys))


def test_table_has_exactly_the_cases_of_the_scripts(table: Table) -> None:
    assert list(table.tflm) == [case.key for case in all_cases()] == list(table.litert)


def test_table_is_about_the_installed_versions(table: Table) -> None:
    assert table.versions == {name: importlib.metadata.version(name) for name in PACKAGES}


def test_every_operator_that_users_expect_was_probed() -> None:
    assert set(EXPECTED.split()) - {case.form.operator for case in all_cases()} == set()


def test_every_operator_that_the_wheel_knows_was_probed(table: Table) -> None:
    assert set(table.resolver) - {case.form.operator for case in all_cases()} == set()


def test_page_is_up_to_date(table: Table) -> None:
    assert render(table, judge_with_aot(all_cases())) == PAGE_PATH.read_text("utf-8"), f"run: {COMMAND}"


@pytest.mark.parametrize("interpreter", ["tflm", "litert"])
def test_some_verdicts_asked_again_are_as_recorded(table: Table, interpreter: str) -> None:
    recorded = getattr(table, interpreter)
    cases = [case for case in all_cases()[::EVERY_NTH] if not is_undefined(case)]
    again = dict(zip((case.key for case in cases), ask(interpreter, cases), strict=True))
    assert again == {key: recorded[key] for key in again}
    assert {verdict.accepted for verdict in again.values()} == {True, False}


def test_a_crash_is_a_verdict_and_the_next_case_still_gets_an_answer() -> None:
    large, small = Spec((2, 3), scale=1.5), Spec((2, 3), scale=0.5)
    crashing = Case(Form("LESS", "scale of 1.5", (large, large), (Spec((2, 3), "bool"),)), "int8")
    working = Case(Form("LESS", "scale of 0.5", (small, small), (Spec((2, 3), "bool"),)), "int8")
    verdicts = list(ask("tflm", [working, crashing, working]))
    assert [verdict.stage for verdict in verdicts] == ["ok", "crash", "ok"]
    assert verdicts[1].message == "the process ended with signal 6"


def test_a_refusal_carries_the_interpreters_words() -> None:
    (verdict,) = ask("tflm", [Case(Form("NEG", "plain", (Spec((2, 3)),), (Spec((2, 3)),)), "int8")])
    assert (verdict.stage, verdict.message) == ("inference", "Type INT8 (9) not supported.")


def test_every_caveat_is_about_a_form_that_tflm_accepts(table: Table) -> None:
    for caveat in CAVEATS:
        about = [case for case in all_cases() if caveat_of(case.form.operator, case.dtype, case.form.name) is caveat]
        assert any(table.tflm[case.key].accepted or caveat.kind == "undefined" for case in about), caveat.text


@pytest.mark.nightly
def test_all_verdicts_asked_again_are_as_recorded(table: Table) -> None:
    assert differences(table, probe_table()) == []
