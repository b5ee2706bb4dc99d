"""The file beside a model in which `mcu tune` keeps its choice: `<model>.<core>.tune.toml`."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcu_toolkit.artifacts import Tuning
from mcu_toolkit.boards import Board
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import Model
from mcu_toolkit.runtimes.base import RuntimeOptions
from mcu_toolkit.system.files import read_bytes, write_text
from mcu_toolkit.system.parsing import toml_table
from mcu_toolkit.system.sinks import shell_command

SCHEMA_VERSION = 1
_HEAD = """\
# Which scheme does each layer of this model on this core, chosen by `mcu tune` from what it measured on an emulated board.
# mcu generate, deploy, bench and verify use it; --no-tune leaves it out.  Of another model or core it is refused: tune again.
"""


@dataclass(frozen=True)
class Candidate:
    """One way of doing a layer, as it was measured."""

    scheme: str
    instructions: int
    estimated_cycles: int | None
    code_bytes: int
    """Of the functions that it runs; layers share them."""
    weights_bytes: int
    ram_bytes: int
    """Of the arena while the layer runs."""

    @property
    def cost(self) -> tuple[int, int, str]:
        """Less is better: cycles (or instructions, where a core has no table of cycles), then bytes."""
        work = self.instructions if self.estimated_cycles is None else self.estimated_cycles
        return work, self.code_bytes + self.weights_bytes + self.ram_bytes, self.scheme


@dataclass(frozen=True)
class TunedLayer:
    """One layer: what was tried and what was chosen."""

    index: int
    operator: str
    scheme: str
    default: str
    candidates: tuple[Candidate, ...]
    merged: tuple[int, ...] = ()
    """Operators that the chosen scheme does before it, in the same step."""


@dataclass(frozen=True)
class TuneFile:
    """All that the file holds."""

    tuning: Tuning
    model_name: str
    toolkit: str
    board: str
    """The emulated one that was measured."""
    compiler: str
    optimize: str
    layers: tuple[TunedLayer, ...]
    totals: Mapping[str, Mapping[str, int]]
    """Of the whole inference: `default` and `chosen`."""


def tune_path(model_path: Path, core: str) -> Path:
    """Where the choice for a core is kept."""
    return model_path.with_name(f"{model_path.stem}.{core}.tune.toml")


def write_tune_file(path: Path, file: TuneFile) -> None:
    """Write it, whole or not at all."""
    tuning = file.tuning
    lines = [_HEAD, f"schema_version = {SCHEMA_VERSION}", f"toolkit = {_text(file.toolkit)}"]
    lines += ["", "[model]", f"name = {_text(file.model_name)}", f"sha256 = {_text(tuning.model_sha256)}"]
    target = {"core": tuning.core, "instruction_set": tuning.instruction_set, "measured_on": file.board, "compiler": file.compiler}
    lines += ["", "[target]", *(f"{key} = {_text(value)}" for key, value in {**target, "optimize": file.optimize}.items())]
    for name, figures in file.totals.items():
        lines += ["", f"[{name}]", *(f"{key} = {value}" for key, value in figures.items())]
    for layer in file.layers:
        lines += ["", "[[layer]]", f"index = {layer.index}", f"operator = {_text(layer.operator)}", f"scheme = {_text(layer.scheme)}"]
        lines += [f"default = {_text(layer.default)}"]
        lines += [f"merged = {list(layer.merged)}"] if layer.merged else []
        lines += ["measured = [", *(f"    {_inline(dataclasses.asdict(one))}," for one in layer.candidates), "]"]
    write_text(path, "\n".join(lines) + "\n")


def read_tuning(path: Path, model_path: Path, model: Model, board: Board) -> Tuning:
    """The choice in a file, for `model` on `board`'s core; raises InputError where it is another one's, or damaged."""
    again = f"{shell_command('mcu', 'tune', model_path, '--board', board.id)}; or --no-tune"
    try:
        table = toml_table(read_bytes(path, kind="choice of schemes"))
        found = _tuning(table)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"is no choice of mcu tune's: {error!r}", on=path, hint=again) from None
    if found.model_sha256 != model.sha256:
        raise InputError(
            f"is the choice for another model, sha256 {found.model_sha256[:16]}...", on=path, expected=f"{model.sha256[:16]}...", hint=again
        )
    if (found.core, found.instruction_set) != (board.core, board.instruction_set):
        expected = f"{board.core} ({board.instruction_set}), which {board.id} has"
        raise InputError(f"is the choice for {found.core} ({found.instruction_set})", on=path, expected=expected, hint=again)
    return found


def with_tunings(options: RuntimeOptions | None, models: Mapping[Path, Model], board: Board) -> RuntimeOptions:
    """The user's options with the choices that lie beside the models; none of them after --no-tune."""
    options = options or RuntimeOptions()
    if not options.tune:
        return options
    beside = ((tune_path(path, board.core), path, model) for path, model in models.items())
    return dataclasses.replace(
        options, tunings=tuple(read_tuning(file, path, model, board) for file, path, model in beside if file.is_file())
    )


def tunings_of_project(facts: Mapping[str, Any], models: Sequence[Model], board: Board) -> tuple[Tuning, ...]:
    """The choices that a project was generated with, from what its runtime noted."""
    noted = facts.get("models", ())
    chosen = ((model, one.get("tuned") or {}) for model, one in zip(models, noted, strict=False))
    return tuple(
        Tuning(model.sha256, board.core, board.instruction_set, tuple(sorted((int(layer), str(name)) for layer, name in schemes.items())))
        for model, schemes in chosen
        if schemes
    )


def _tuning(table: Mapping[str, Any]) -> Tuning:
    if table["schema_version"] != SCHEMA_VERSION:
        raise ValueError(f"schema_version {table['schema_version']}, not {SCHEMA_VERSION}")
    schemes = {int(layer["index"]): str(layer["scheme"]) for layer in table.get("layer", ())}
    target = table["target"]
    return Tuning(str(table["model"]["sha256"]), str(target["core"]), str(target["instruction_set"]), tuple(sorted(schemes.items())))


def _inline(fields: Mapping[str, Any]) -> str:
    pairs = (f"{key} = {_text(value) if isinstance(value, str) else value}" for key, value in fields.items() if value is not None)
    return "{ " + ", ".join(pairs) + " }"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # a TOML string is a JSON string but for DEL
