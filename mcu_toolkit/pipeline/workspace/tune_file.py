"""The file beside a model in which `mcu tune` keeps its choice: `<model>.<core>.tune.toml`."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.artifacts import CompiledModelInfo, FirmwareInfo, Tuning
from mcu_toolkit.boards import Board
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import Model
from mcu_toolkit.runtimes.base import RuntimeOptions
from mcu_toolkit.system.files import read_bytes, write_text
from mcu_toolkit.system.parsing import toml_table
from mcu_toolkit.system.sinks import shell_command

SCHEMA_VERSION = 2
_FORMER_VERSION = 1
"""Said `scheme` for `variant`, and `planes` for `channel-major`."""
_HEAD = """\
# The kernel variant of each layer of this model on this core, chosen by `mcu tune` from what it measured on an emulated board.
# mcu generate, deploy, bench and verify use it; --no-tune leaves it out.  The file of another model or core is refused: tune again.
"""


@dataclass(frozen=True)
class Candidate:
    """A kernel variant of a layer, as it was measured."""

    variant: str
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
        return work, self.code_bytes + self.weights_bytes + self.ram_bytes, self.variant


@dataclass(frozen=True)
class TunedLayer:
    """One layer: what was tried and what was chosen."""

    index: int
    operator: str
    variant: str
    default: str
    candidates: tuple[Candidate, ...]
    merged: tuple[int, ...] = ()
    """Operators that the chosen variant does before it, in the same step."""


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
        lines += ["", "[[layer]]", f"index = {layer.index}", f"operator = {_text(layer.operator)}", f"variant = {_text(layer.variant)}"]
        lines += [f"default = {_text(layer.default)}"]
        lines += [f"merged = {list(layer.merged)}"] if layer.merged else []
        lines += ["measured = [", *(f"    {_inline(one)}," for one in layer.candidates), "]"]
    write_text(path, "\n".join(lines) + "\n")


def read_tuning(path: Path, model_path: Path, model: Model, board: Board) -> Tuning:
    """The choice in a file, for `model` on `board`'s core; raises InputError where it is another one's, or damaged."""
    again = f"{shell_command('mcu', 'tune', model_path, '--board', board.id)}; or --no-tune"
    try:
        found = _tuning(read_bytes(path, kind="choice of kernel variants"))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"is not a file of mcu tune: {error!r}", on=path, hint=again) from None
    if found.model_sha256 != model.sha256:
        raise InputError(
            f"was made for another model, sha256 {found.model_sha256[:16]}...", on=path, expected=f"{model.sha256[:16]}...", hint=again
        )
    if (found.core, found.instruction_set) != (board.core, board.instruction_set):
        expected = f"{board.core} ({board.instruction_set}), which {board.id} has"
        raise InputError(f"was made for {found.core} ({found.instruction_set})", on=path, expected=expected, hint=again)
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


def tunings_of_project(info: FirmwareInfo, models: Sequence[Model], board: Board) -> tuple[Tuning, ...]:
    """The choices that a project was generated with."""
    return tuple(
        Tuning(model.sha256, board.core, board.instruction_set, tuple(sorted(one.tuned.items())))
        for model, one in zip(models, info.models, strict=False)
        if isinstance(one, CompiledModelInfo) and one.tuned
    )


def _tuning(content: bytes) -> Tuning:
    """Raises KeyError, TypeError or ValueError for what is no choice of ours."""
    table = toml_table(content)
    version = table["schema_version"]
    if version not in (_FORMER_VERSION, SCHEMA_VERSION):
        raise ValueError(f"schema_version {version}, not {SCHEMA_VERSION}")
    key = "scheme" if version == _FORMER_VERSION else "variant"
    variants = {int(layer["index"]): str(layer[key]).replace("planes ", "channel-major ") for layer in table.get("layer", ())}
    target = table["target"]
    return Tuning(str(table["model"]["sha256"]), str(target["core"]), str(target["instruction_set"]), tuple(sorted(variants.items())))


def _inline(candidate: Candidate) -> str:
    """The fields that are known, as an inline table."""
    fields = ((field.name, getattr(candidate, field.name)) for field in dataclasses.fields(candidate))
    pairs = (f"{key} = {_text(value) if isinstance(value, str) else value}" for key, value in fields if value is not None)
    return "{ " + ", ".join(pairs) + " }"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # a TOML string is a JSON string but for DEL
