"""docs/operators.md from the table of verdicts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from mcu_toolkit.runtimes.aot.ops.registry import all_operators
from mcu_toolkit.runtimes.custom_operators import CUSTOM_OPERATORS
from scripts.probe.case import Case
from scripts.probe.caveats import CAVEATS, caveat_of
from scripts.probe.table import Table, all_cases
from scripts.probe.verdict import Verdict

COMMAND = "python -m scripts.probe_operators"
_QUANTIZED = ("int8", "int16")
_TYPE_NAME = re.compile(r"\b(BOOL|U?INT\d+|FLOAT32)\b( \(\d+\))?")
"""Element types as the interpreters write them; without them, messages that say the same become one row."""

_PLACE = re.compile(r"^(?:op \d+ \w+ '[^']*': )?(?:(?:tensor|input|output) \d+ '[^']*': )?")
"""Where a finding of ours is: the same in every model of one operator."""
_REFUSED_BY_US = """Layers of a float32 model belong to no integer model: our float kernels are for what converters leave in floating point.
"""

_INTRODUCTION = """# Operators

Which operators, element types and forms each runtime takes. Made by `{command}`; do not edit. The interpreters were asked, model by
model, each model a single operator in a process of its own: {versions}.

A cell says `yes` (every form that was tried), `no`, or how many of the forms. `int16` means int16 activations with int8 weights.
The forms are in `scripts/probe/`; every single verdict with the interpreter's words is in `build/operators-<hash>.json` then.
A form that TFLM accepts with an
undefined result counts as accepted in its column, and is named in the notes. LiteRT is asked for its reference kernels. *AOT* is our own
compiler. *AOT only*: the compiler takes it with LiteRT as the golden, and TFLM does not run it.
"""


def render(table: Table, aot: Mapping[str, Verdict]) -> str:
    """The whole page."""
    cases = all_cases()
    versions = ", ".join(f"{name} {version}" for name, version in table.versions.items())
    operators = list(dict.fromkeys(case.form.operator for case in cases))
    rows = [_row(name, [case for case in cases if case.form.operator == name], table, aot) for name in sorted(operators)]
    parts = [
        _INTRODUCTION.format(command=COMMAND, versions=versions),
        _grid(("operator", "TFLM int8", "TFLM int16", "TFLM other types", "LiteRT", "AOT", "notes"), rows),
        _missing(table, operators),
        "## What TFLM refuses\n",
        _grid(("operator", "element types and forms", "in TFLM's words"), list(_refusals(cases, table.tflm))),
        "## What TFLM takes and our compiler refuses\n",
        _REFUSED_BY_US,
        _grid(("operator", "element types and forms", "what we find", "TFLM's result"), list(_gaps(cases, table, aot))),
        "## What our runtime asks for\n",
        _requirements(),
    ]
    return "\n".join(parts)


def _row(operator: str, cases: Sequence[Case], table: Table, aot: Mapping[str, Verdict]) -> tuple[str, ...]:
    others = [case for case in cases if case.dtype not in _QUANTIZED]
    by_dtype = {dtype: [case for case in cases if case.dtype == dtype] for dtype in _QUANTIZED}
    aot_cell = _by_type(cases, aot) if operator in all_operators() else "no"
    return (
        f"`{operator}`",
        *(_share(by_dtype[dtype], table.tflm) for dtype in _QUANTIZED),
        _by_type(others, table.tflm),
        _by_type(cases, table.litert),
        aot_cell,
        _notes(operator, cases, table, aot),
    )


def _share(cases: Sequence[Case], verdicts: Mapping[str, Verdict]) -> str:
    accepted = sum(verdicts[case.key].accepted for case in cases)
    if not cases:
        return "-"
    if accepted in (0, len(cases)):
        return "yes" if accepted else "no"
    return f"{accepted} of {len(cases)}"


def _by_type(cases: Sequence[Case], verdicts: Mapping[str, Verdict]) -> str:
    shares = {
        dtype: _share([case for case in cases if case.dtype == dtype], verdicts) for dtype in dict.fromkeys(case.dtype for case in cases)
    }
    taken = [dtype if share == "yes" else f"{dtype} ({share})" for dtype, share in shares.items() if share != "no"]
    return ", ".join(taken) or ("no" if cases else "-")


def _notes(operator: str, cases: Sequence[Case], table: Table, aot: Mapping[str, Verdict]) -> str:
    notes = []
    for dtype in _QUANTIZED:
        keys = [case.key for case in cases if case.dtype == dtype]
        litert_only = any(table.litert[key].accepted for key in keys) and not any(table.tflm[key].accepted for key in keys)
        if litert_only and any(aot[key].accepted for key in keys):
            notes.append(f"AOT only in {dtype}")
    for caveat in CAVEATS:
        about = [case for case in cases if caveat_of(operator, case.dtype, case.form.name) is caveat]
        if any(table.tflm[case.key].accepted for case in about):
            notes.append(f"TFLM, {caveat.kind}: {caveat.text}")
    crashes = [case for case in cases if table.tflm[case.key].stage == "crash"]
    if crashes:
        notes.append("TFLM ends the process: " + ", ".join(dict.fromkeys(f"{case.dtype} {case.form.name}" for case in crashes)))
    return "; ".join(notes)


def _missing(table: Table, operators: Sequence[str]) -> str:
    unknown = [name for name in operators if name not in table.resolver and name not in CUSTOM_OPERATORS]
    text = "Operators above that TFLM's resolver in the wheel does not know: " + ", ".join(f"`{name}`" for name in sorted(unknown)) + "."
    return f"{text}\n"


def _refusals(cases: Sequence[Case], verdicts: Mapping[str, Verdict]) -> Iterable[tuple[str, str, str]]:
    """One row an operator and message; an element type whose every form is refused alike stands without its forms."""
    groups: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        verdict = verdicts[case.key]
        if not verdict.accepted:
            message = _TYPE_NAME.sub("<type>", verdict.message)
            groups.setdefault((case.form.operator, message), []).append(case)
    for (operator, message), refused in sorted(groups.items(), key=lambda item: item[0]):
        everything = [case for case in cases if case.form.operator == operator]
        yield f"`{operator}`", _which(refused, everything), message.replace("|", "\\|")


def _gaps(cases: Sequence[Case], table: Table, aot: Mapping[str, Verdict]) -> Iterable[tuple[str, ...]]:
    """One row an operator, finding of ours and kind of result in TFLM."""
    groups: dict[tuple[str, str, str], list[Case]] = {}
    for case in cases:
        if table.tflm[case.key].accepted and not aot[case.key].accepted:
            caveat = caveat_of(case.form.operator, case.dtype, case.form.name)
            result = "as the model says" if caveat is None else f"{caveat.kind}: {caveat.text}"
            found = _TYPE_NAME.sub("<type>", _PLACE.sub("", aot[case.key].message).split("; expected")[0])
            groups.setdefault((case.form.operator, found, result), []).append(case)
    for (operator, found, result), refused in sorted(groups.items(), key=lambda item: item[0]):
        everything = [case for case in cases if case.form.operator == operator]
        yield f"`{operator}`", _which(refused, everything), found, result


def _which(refused: Sequence[Case], everything: Sequence[Case]) -> str:
    parts = []
    for dtype in dict.fromkeys(case.dtype for case in refused):
        forms = [case.form.name for case in refused if case.dtype == dtype]
        whole = len(forms) == sum(case.dtype == dtype for case in everything)
        parts.append(dtype if whole else f"{dtype}: {', '.join(forms)}")
    return "; ".join(parts)


def _requirements() -> str:
    lines = []
    for name, variants in all_operators().items():
        lines.append(f"- `{name}`")
        for constraint in variants["portable"].constraints:
            lines.append(f"    - {' '.join((constraint.__doc__ or '').split())}")
    return "\n".join(lines) + "\n"


def _grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"
