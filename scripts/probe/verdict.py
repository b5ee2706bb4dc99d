"""What an interpreter says to a model: asked in a worker process, because a refusal may be a crash."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from typing import Any, Literal

from scripts.probe.case import Case

Interpreter = Literal["tflm", "litert"]
ARENA_BYTES = 1 << 18
"""Room for every case: the wheel's own guess (10 times the model's size) is too small for some."""
TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Verdict:
    """`stage` is where it ended: `ok`, `set-up`, `inference`, `crash`; `message` the interpreter's words."""

    stage: str
    message: str = ""

    @property
    def accepted(self) -> bool:
        """True where an inference ran."""
        return self.stage == "ok"

    def as_json(self) -> dict[str, str]:
        """As it is kept in `build/`."""
        return {key: value for key, value in asdict(self).items() if value}


def ask(interpreter: Interpreter, cases: Iterable[Case]) -> Iterator[Verdict]:
    """The verdict on each case, in order.  A worker that dies is a verdict too, and is replaced."""
    worker: _Worker | None = None
    try:
        for case in cases:
            worker = worker or _Worker(interpreter)
            verdict = worker.ask(case.build(), case.samples())
            if verdict.stage == "crash":
                worker.stop()
                worker = None
            yield verdict
    finally:
        if worker is not None:
            worker.stop()


class _Worker:
    """A process that runs one model after the other; spawned, so that no library state is inherited."""

    def __init__(self, interpreter: Interpreter) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(interpreter, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def ask(self, content: bytes, samples: list[Any]) -> Verdict:
        try:
            self._pipe.send((content, samples))
            if not self._pipe.poll(TIMEOUT_S):
                return Verdict("crash", f"no answer within {TIMEOUT_S:g} s")
            stage, message = self._pipe.recv()
        except (EOFError, ConnectionResetError, BrokenPipeError):
            self._process.join()
            return Verdict("crash", f"the process ended with signal {-(self._process.exitcode or 0)}")
        return Verdict(stage, message)

    def stop(self) -> None:
        self._pipe.close()
        self._process.terminate()
        self._process.join()


def _serve(interpreter: Interpreter, pipe: Connection) -> None:
    run = _run_tflm if interpreter == "tflm" else _run_litert
    while True:
        try:
            content, samples = pipe.recv()
        except EOFError:
            return
        pipe.send(_attempt(run, content, samples))


def _attempt(run: Any, content: bytes, samples: list[Any]) -> tuple[str, str]:
    """Run one model; the libraries print their reasons to the standard error file, not through Python."""
    with tempfile.TemporaryFile() as log:
        stage, said = "ok", ""
        with _standard_error_to(log.fileno()):
            try:
                for stage in run(content, samples):  # noqa: B007 - the last stage that was begun
                    pass
            except (RuntimeError, ValueError, IndexError) as error:
                said = str(error)
        log.seek(0)
        printed = log.read().decode("utf-8", "replace")
    return stage, "" if stage == "ok" else _reason(printed, said)


@contextlib.contextmanager
def _standard_error_to(handle: int) -> Iterator[None]:
    saved = os.dup(2)
    os.dup2(handle, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


def _run_tflm(content: bytes, samples: list[Any]) -> Iterator[str]:
    from tflite_micro.python.tflite_micro import runtime  # noqa: PLC0415 - only in the worker

    yield "set-up"
    interpreter = runtime.Interpreter.from_bytes(content, arena_size=ARENA_BYTES)
    yield "inference"
    for index, sample in enumerate(samples):
        interpreter.set_input(sample, index)
    interpreter.invoke()
    interpreter.get_output(0)
    yield "ok"


def _run_litert(content: bytes, samples: list[Any]) -> Iterator[str]:
    from ai_edge_litert.interpreter import Interpreter as LiteRt  # noqa: PLC0415 - only in the worker
    from ai_edge_litert.interpreter import OpResolverType  # noqa: PLC0415

    yield "set-up"
    try:
        interpreter = LiteRt(model_content=content, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    except ValueError as error:
        if "Didn't find op" not in str(error):
            raise  # some operators have one implementation, which the resolver of the reference ones leaves out
        interpreter = LiteRt(model_content=content, experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    interpreter.allocate_tensors()
    yield "inference"
    for details, sample in zip(interpreter.get_input_details(), samples, strict=True):
        interpreter.set_tensor(details["index"], sample)
    interpreter.invoke()
    for details in interpreter.get_output_details():
        interpreter.get_tensor(details["index"])
    yield "ok"


_NOISE = (
    re.compile(r"^(INFO|WARNING|I|W)\b.*"),
    re.compile(r"^Node .* failed to (prepare|invoke) with status \d+$"),
    re.compile(r"^Failed .*"),
    re.compile(r"^(TFLM failed to allocate tensors|Interpreter invocation failed\.?)$"),
)


_NUMBERS = re.compile(r" \(-?\d+ != -?\d+\)")
"""Values behind a failed comparison; where they are of type double, the libraries print arbitrary integers."""


def _reason(printed: str, said: str) -> str:
    """The lines that name the reason, without the numbers that differ from run to run."""
    lines = [line.strip() for text in (printed, said) for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if not any(noise.match(line) for noise in _NOISE)]
    text = " / ".join(dict.fromkeys(telling or lines[:1]))
    text = re.sub(r"Node number \d+ \(.*", "", text)
    text = _NUMBERS.sub("", text) if "scale" in text or re.search(r"offset|\d{6}", text) else text
    return re.sub(r"0x[0-9a-f]+|(?<= )-?\d{6,}", "...", text)[:300].strip()
