"""`mcu train my_model.py`: a user's own Python file becomes a task.

    build_model()      required: returns a Keras model, compiled or not, trained or not
    load_data()        ((x_train, y_train), (x_test, y_test)), or (x, y), or a dict of x_train, y_train, x_test, y_test, x_rep;
                       without it the model is saved as it is
    PREPROCESSING      how raw data becomes x: a dict with the keys of a preprocessing file (scale, mean, labels ...)
    EPOCHS, BATCH_SIZE

The file is a program of the user's: it is run, with everything it may do.
"""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.contract import preprocessing_of
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import c_identifier
from mcu_toolkit.train.dataset import Dataset
from mcu_toolkit.train.task import Task

DEFAULT_EPOCHS, DEFAULT_BATCH_SIZE = 20, 32
REPRESENTATIVE_SAMPLES = 200
_TEST_SHARE = 0.2
_MAX_CLASSES = 10_000
_FORMS = "((x_train, y_train), (x_test, y_test)), (x, y) or a dict with x_train and y_train"


def is_user_code(task: str) -> bool:
    """True for the name of a Python file."""
    return task.endswith(".py")


def task_from_file(path: Path) -> Task:
    """The task in a user's file; raises InputError naming file, function and line where it fails or gives something else."""
    module = _load(path)
    if not callable(getattr(module, "build_model", None)):
        raise InputError("has no function build_model()", on=path, expected="def build_model(): ... return a Keras model")
    has_data = callable(getattr(module, "load_data", None))
    data = _dataset(module, path) if has_data else None

    def build(tensorflow: Any, _data: Dataset) -> Any:
        model = _call(module.build_model, path)
        if not isinstance(model, tensorflow.keras.Model):
            raise InputError(f"build_model() returned {type(model).__name__}", on=path, expected="a Keras model (keras.Model, Keras 3)")
        if not getattr(model, "inputs", None):
            raise InputError(
                "the model has no inputs with known shapes", on=path, expected="a Sequential model with an Input, or a functional one"
            )
        return model

    kind = "classification" if data is not None and data.class_names else "regression"
    return Task(
        name=c_identifier(path.stem),
        summary=f"the model of {path}",
        kind="classification" if kind == "classification" else "regression",
        epochs=int(getattr(module, "EPOCHS", DEFAULT_EPOCHS)),
        batch_size=int(getattr(module, "BATCH_SIZE", DEFAULT_BATCH_SIZE)),
        data=lambda _options: _required(data, path),
        build=build,
        compile=lambda tensorflow, model, _steps: _compile(model, classifies=kind == "classification"),
        trains=data is not None,
    )


def _required(data: Dataset | None, path: Path) -> Dataset:
    if data is None:
        raise InputError("has no function load_data()", on=path, expected=f"def load_data(): ... return {_FORMS}")
    return data


def _compile(model: Any, *, classifies: bool) -> None:
    """Only what the user has not compiled."""
    if getattr(model, "optimizer", None) is None:
        model.compile("adam", "sparse_categorical_crossentropy" if classifies else "mean_squared_error")


def _load(path: Path) -> ModuleType:
    if not path.is_file():
        raise InputError("Python file not found", on=path, hint="check the path")
    specification = importlib.util.spec_from_file_location(f"mcu_user_{c_identifier(path.stem)}", path)
    if specification is None or specification.loader is None:
        raise InputError("is not a Python file", on=path)
    module = importlib.util.module_from_spec(specification)
    sys.path.insert(0, str(path.resolve().parent))  # it may import files beside it
    try:
        _call(lambda: specification.loader.exec_module(module) if specification.loader else None, path, what="the file")
    finally:
        sys.path.remove(str(path.resolve().parent))
    return module


def _call(function: Callable[[], Any], path: Path, *, what: str = "") -> Any:
    try:
        return function()
    except InputError:
        raise
    except (Exception, SystemExit) as error:  # whatever a user's code raises
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).resolve() == path.resolve()]
        line = getattr(error, "lineno", None) if isinstance(error, SyntaxError) else (lines[-1] if lines else None)
        name = what or f"{getattr(function, '__name__', 'it')}()"
        where = f" in line {line}" if line else ""
        reason = next((text for text in str(error).splitlines() if text.strip()), "")
        raise InputError(f"{name} failed{where}: {type(error).__name__}: {reason[:300]}".rstrip(": "), on=path) from error


@dataclass(frozen=True)
class _Arrays:
    """What load_data() gave, one row a sample."""

    x_train: npt.NDArray[Any]
    y_train: npt.NDArray[Any]
    x_test: npt.NDArray[Any]
    y_test: npt.NDArray[Any]
    x_rep: npt.NDArray[Any] | None
    """To calibrate with; None where it is drawn from `x_train`."""


def _dataset(module: ModuleType, path: Path) -> Dataset:
    arrays = _arrays(_call(module.load_data, path), path)
    x_train, y_train, x_test, y_test = arrays.x_train, arrays.y_train, arrays.x_test, arrays.y_test
    for name, x, y in (("train", x_train, y_train), ("test", x_test, y_test)):
        _require_pairs(name, x, y, path)
    _refuse_one_class(y_train, path)
    classes = _class_count(y_train)
    described = getattr(module, "PREPROCESSING", None)
    preprocessing = preprocessing_of(described, path) if described is not None else None
    labels = preprocessing.labels if preprocessing is not None else ()
    chosen = np.random.default_rng(0).permutation(len(x_train))[:REPRESENTATIVE_SAMPLES]
    return Dataset(
        name=path.stem,
        origin=f"load_data() of {path.name}",
        x_train=x_train,
        y_train=y_train,
        x_rep=x_train[chosen] if arrays.x_rep is None else arrays.x_rep,
        x_test=x_test,
        y_test=y_test,
        class_names=labels or tuple(str(number) for number in range(classes)),
        y_rep=y_train[chosen] if arrays.x_rep is None and classes else None,
        preprocessing=preprocessing,
    )


def _require_pairs(name: str, x: npt.NDArray[Any], y: npt.NDArray[Any], path: Path) -> None:
    if len(x) != len(y) or len(x) < (2 if name == "train" else 1):
        what = f"load_data() gave {len(x)} samples x_{name} and {len(y)} targets y_{name}"
        raise InputError(what, on=path, expected="equally many, and at least two to train on")


def _class_count(y: npt.NDArray[Any]) -> int:
    """0 for a regression: targets that are not one whole number a sample."""
    if y.dtype.kind not in "iub" or y.size != len(y) or y.min() < 0 or y.max() >= _MAX_CLASSES:
        return 0
    return int(y.max()) + 1


def _refuse_one_class(y: npt.NDArray[Any], path: Path) -> None:
    if y.dtype.kind in "iu" and y.ndim == 1 and len(y) > 1 and y.min() == y.max():
        raise InputError(f"load_data(): every sample of y_train is of class {y[0]}", on=path, expected="at least two classes")


def _arrays(given: Any, path: Path) -> _Arrays:
    """x as float32, y as int64 classes [samples] or float32; a test set is cut off where none is given."""
    arrays = {name: _array(name, value, path) for name, value in _named(given, path).items()}
    x, y = arrays["x_train"], arrays["y_train"]
    x_test, y_test = arrays.get("x_test"), arrays.get("y_test")
    if x_test is None or y_test is None:
        order = np.random.default_rng(0).permutation(len(x))
        _require_pairs("train", x, y, path)
        test, train = np.split(order, [max(1, int(len(order) * _TEST_SHARE))])
        x, y, x_test, y_test = x[train], y[train], x[test], y[test]
    return _Arrays(x, y, x_test, y_test, arrays.get("x_rep"))


def _named(given: Any, path: Path) -> Mapping[str, npt.ArrayLike]:
    if isinstance(given, Mapping):
        unknown = sorted(set(given) - {"x_train", "y_train", "x_test", "y_test", "x_rep"})
        if unknown or not {"x_train", "y_train"} <= set(given):
            raise InputError(f"load_data() gave a dict with {', '.join(map(str, given)) or 'nothing'}", on=path, expected=_FORMS)
        return given
    if isinstance(given, (tuple, list)) and len(given) == 2:
        if all(isinstance(part, (tuple, list)) and len(part) == 2 for part in given):
            return dict(zip(("x_train", "y_train", "x_test", "y_test"), (*given[0], *given[1]), strict=True))
        return {"x_train": given[0], "y_train": given[1]}
    raise InputError(f"load_data() gave {type(given).__name__}", on=path, expected=_FORMS)


def _array(name: str, value: Any, path: Path) -> npt.NDArray[Any]:
    array = np.array(value)
    if array.dtype.kind not in "fiub" or array.ndim == 0:
        raise InputError(f"load_data(): {name} holds {array.dtype}", on=path, expected="numbers, one row a sample")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise InputError(f"load_data(): {name} holds NaN or infinite values", on=path, expected="finite numbers")
    if name.startswith("y") and array.dtype.kind in "iub":
        return array.reshape(len(array)).astype(np.int64) if array.size == len(array) else array.astype(np.float32)
    return array.astype(np.float32)
