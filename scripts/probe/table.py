"""The table of verdicts: probing it, keeping it in `build/`, judging the same models with our own runtime."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ai_edge_litert import schema_py_generated as schema
from filelock import FileLock

from mcu_toolkit.errors import McuError
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes.aot.passes.check import check_model
from mcu_toolkit.system.files import write_text
from scripts.probe import forms_arithmetic, forms_layers, forms_shape, forms_signal, forms_state
from scripts.probe.case import Case, Form, Spec, cases_of
from scripts.probe.caveats import is_undefined
from scripts.probe.verdict import Verdict, ask

FORMS: tuple[Form, ...] = (*forms_layers.FORMS, *forms_arithmetic.FORMS, *forms_shape.FORMS, *forms_state.FORMS, *forms_signal.FORMS)
PACKAGES = ("tflite-micro", "ai-edge-litert")
_BUILD = Path(__file__).resolve().parents[2] / "build"
_WRAPPERS = ("CUSTOM", "DELEGATE", "PLACEHOLDER_FOR_GREATER_OP_CODES")


@dataclass(frozen=True)
class Table:
    """Verdicts by case key, the versions they hold for, and every built-in operator that TFLM's resolver in the wheel knows."""

    versions: Mapping[str, str]
    resolver: tuple[str, ...]
    tflm: Mapping[str, Verdict]
    litert: Mapping[str, Verdict]


def all_cases() -> list[Case]:
    """Every probe case, in the order of the page."""
    return cases_of(FORMS)


def known_table() -> Table:
    """Every verdict, asked once for these forms and versions of the packages and then kept in `build/operators-<hash>.json`.

    Forms with an undefined result count as accepted: where memory decides, TFLM may refuse its own content the next time.
    """
    sources = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    key = hashlib.sha256(sources + repr(_versions()).encode()).hexdigest()[:16]
    path = _BUILD / f"operators-{key}.json"
    _BUILD.mkdir(exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        if not path.is_file():
            _save(probe_table(), path)
        table = _load(path)
    undefined = {case.key: Verdict("ok") for case in all_cases() if is_undefined(case)}
    return dataclasses.replace(table, tflm={**table.tflm, **undefined})


def _versions() -> dict[str, str]:
    return {name: importlib.metadata.version(name) for name in PACKAGES}


def probe_table() -> Table:
    """Ask both interpreters about everything; half a minute."""
    cases = all_cases()
    keys = [case.key for case in cases]
    tflm = dict(zip(keys, ask("tflm", cases), strict=True))
    litert = dict(zip(keys, ask("litert", cases), strict=True))
    return Table(_versions(), probe_resolver(), tflm, litert)


def probe_resolver() -> tuple[str, ...]:
    """Built-in operators of the schema that TFLM does not call unknown; the models make no sense otherwise."""
    names = sorted(name for name in vars(schema.BuiltinOperator) if name.isupper() or name[0].isalpha())
    names = [name for name in names if name not in _WRAPPERS]
    cases = [Case(Form(name, "known?", (Spec((2, 3)),), (Spec((2, 3)),)), "float32") for name in names]
    verdicts = zip(names, ask("tflm", cases), strict=True)
    return tuple(name for name, verdict in verdicts if "Didn't find op" not in verdict.message)


def _save(table: Table, path: Path) -> None:
    """Write `table` as JSON, one case a line."""
    rows = [
        f"    {json.dumps(key)}: {json.dumps({'tflm': tflm.as_json(), 'litert': table.litert[key].as_json()})}"
        for key, tflm in table.tflm.items()
    ]
    head = f'  "versions": {json.dumps(dict(table.versions))},\n  "resolver": {json.dumps(list(table.resolver))},\n'
    write_text(path, "{\n" + head + '  "cases": {\n' + ",\n".join(rows) + "\n  }\n}\n")


def _load(path: Path) -> Table:
    """Read what `_save` wrote."""
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    cases = content["cases"]
    tflm = {key: Verdict(**verdicts["tflm"]) for key, verdicts in cases.items()}
    litert = {key: Verdict(**verdicts["litert"]) for key, verdicts in cases.items()}
    return Table(content["versions"], tuple(content["resolver"]), tflm, litert)


def judge_with_aot(cases: Iterable[Case]) -> dict[str, Verdict]:
    """What our own compiler says to the same models; no process is needed, it only reads them."""
    return {case.key: _judge(case) for case in cases}


def _judge(case: Case) -> Verdict:
    try:
        findings: Sequence[Any] = check_model(parse_model(case.build(), case.form.operator))
    except McuError as error:
        return Verdict("set-up", str(error))
    return Verdict("set-up", str(findings[0])) if findings else Verdict("ok")
