"""What `mcu fit` looks at: a model as it is, or the integer models that a float model could become."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from mcu_toolkit.errors import InputError, UnknownNameError, UnsupportedModelError
from mcu_toolkit.model import Kind, Model, kind_of, parse_model
from mcu_toolkit.pipeline.workspace.inputs import is_float_model, load_model, open_subject
from mcu_toolkit.quantize.convert import convert
from mcu_toolkit.quantize.representative import load_representative
from mcu_toolkit.quantize.schemes import get_scheme
from mcu_toolkit.quantize.source import InputSpec, open_source
from mcu_toolkit.runners.isolated import work_folder
from mcu_toolkit.system.sinks import shell_command

SCHEMES = ("int8", "int8-float-io", "int16x8")
"""Those whose models run on boards."""
_SAMPLES = 4
_FLOAT_KINDS = ("float32", "float16")


def models_to_fit(paths: Sequence[Path], scheme: str | None, note: Callable[[str], None], *, together: bool = False) -> tuple[Model, ...]:
    """The models of files and project folders; of a float model one under `scheme`, without it one under each that boards run.

    `together`: they are for one firmware, which has each model once: without `scheme` under the first one.

    A float model is quantized with made-up inputs: sizes and shapes are right, scales are not, so that some layers may get another
    kernel than with real data.  Raises InputError for what is no model, UnknownNameError for a scheme that no board runs,
    UnsupportedModelError where no scheme can be made.
    """
    if scheme is not None and scheme not in SCHEMES:
        raise UnknownNameError("scheme", scheme, SCHEMES)
    schemes = (scheme,) if scheme is not None else SCHEMES[:1] if together else SCHEMES
    found = []
    for path in paths:
        models = () if is_float_model(path) else open_subject(path).models
        if not models or all(_is_float(kind_of(model)) for model in models):
            models = _quantized_forms(path, schemes, note)
        elif scheme is not None:
            note(f"{path.name} is looked at as it is: --scheme is for float models")
        found += [(path, model) for model in models]
    return _told_apart(found)


def _told_apart(found: Sequence[tuple[Path, Model]]) -> tuple[Model, ...]:
    """The models; those of one name get the folders of their files in front of it, as many as it takes."""
    names = Counter(model.name for _, model in found)
    return tuple(model if names[model.name] == 1 else replace(model, name=_name_with_folder(path, model, found)) for path, model in found)


def _name_with_folder(path: Path, model: Model, found: Sequence[tuple[Path, Model]]) -> str:
    folders = path.resolve().parent.parts
    others = [one.resolve().parent.parts for one, named in found if named.name == model.name and one is not path]
    count = next((count for count in range(1, len(folders) + 1) if all(folders[-count:] != one[-count:] for one in others)), 1)
    return "/".join((*folders[-count:], model.name))


def _quantized_forms(path: Path, schemes: Sequence[str], note: Callable[[str], None]) -> tuple[Model, ...]:
    if not is_float_model(path):
        load_model(path)  # a project has no float models
    note(f"{path.name} is a float model: quantized with made-up inputs, so that its sizes are known")
    made = _quantized(path, schemes, note)
    if not made:
        raise UnsupportedModelError(
            "no integer scheme can be made of it", on=path, hint=f"{shell_command('mcu', 'quantize', path)} --data FILE says why"
        )
    return made


def _is_float(kind: Kind) -> bool:
    return kind.name in _FLOAT_KINDS


def _quantized(path: Path, schemes: Sequence[str], note: Callable[[str], None]) -> tuple[Model, ...]:
    made = []
    with work_folder() as work:
        source = open_source(path, work)
        data = work / "made-up.npz"
        names = [f"x_{spec.name}" for spec in source.inputs] if len(source.inputs) > 1 else ["x_rep"]
        np.savez(data, **dict(zip(names, map(_made_up, source.inputs), strict=True)))  # type: ignore[arg-type]
        representative = load_representative(data, source.inputs)
        for name in schemes:
            scheme = get_scheme(name)
            try:
                content = convert(source, scheme, representative)
                made.append(replace(parse_model(content, path.stem), name=f"{path.stem}, {name}"))
            except InputError as no:
                note(f"{name}: {no.what}")
    return tuple(made)


def _made_up(spec: InputSpec) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
    """A few samples between -1 and 1."""
    random = np.random.default_rng(0)
    return random.uniform(-1, 1, (_SAMPLES, *spec.sample_shape)).astype(spec.dtype)
