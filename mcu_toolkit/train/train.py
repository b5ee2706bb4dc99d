"""Run a task: load its data, train its model, write the result."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from mcu_toolkit.artifacts.contract import store_in_keras, store_in_saved_model
from mcu_toolkit.errors import InputError, NotSatisfiedError
from mcu_toolkit.system.files import read_bytes, sha256_hex, write_text
from mcu_toolkit.tensorflow_loader import installed_versions, load_tensorflow
from mcu_toolkit.train.dataset import Dataset, write_data_file
from mcu_toolkit.train.publish import publishing
from mcu_toolkit.train.saving import save_model, weights_sha256
from mcu_toolkit.train.task import Task, TaskOptions
from mcu_toolkit.train.tasks import get_task
from mcu_toolkit.train.trained_model import (
    DATA_FILE,
    KERAS_FILE,
    RECORD_FILE,
    SAVED_MODEL_FOLDER,
    Facts,
    TrainedModel,
    render_record,
)


def train_task(
    name: str,
    folder: Path,
    *,
    seed: int = 0,
    epochs: int | None = None,
    on_epoch: Callable[[int, int], None] | None = None,
    slope: float = 2.0,
    intercept: float = -1.0,
) -> TrainedModel:
    """Train task `name` and write `model.keras`, `saved_model/`, `data.npz` and `training.json` to `folder`, all or none.

    `on_epoch(done, epochs)` is called after every epoch.  The same seed gives the same weights on the same machine and
    versions.  `slope` and `intercept` concern the task `linear` only.
    Raises UnknownNameError (task), InputError (options, folder), NotSatisfiedError (training diverged), ToolError (TensorFlow, disk).
    """
    task = get_task(name)
    epochs = task.epochs if epochs is None else epochs
    if epochs < 1:
        raise InputError(f"{epochs} epochs", on=name, expected="at least 1")
    if not 0 <= seed < 2**32:
        raise InputError(f"seed {seed}", on=name, expected="0 to 4294967295")
    if not task.trains:
        return _save_untrained(task, folder, seed)
    data = task.data(TaskOptions(slope=slope, intercept=intercept))
    names = (KERAS_FILE, SAVED_MODEL_FOLDER, DATA_FILE, RECORD_FILE)
    with publishing(folder, names) as work:
        model, loss = _fit(task, data, seed, epochs, on_epoch)
        _save(model, data, work)
        facts = _facts(task, data, model, work, seed=seed, epochs=epochs, loss=loss)
        write_text(work / RECORD_FILE, render_record(facts))
    return TrainedModel(folder, facts)


def _save_untrained(task: Task, folder: Path, seed: int) -> TrainedModel:
    """The model as the user's code builds it; there is no data, so nothing is trained or measured."""
    tensorflow = load_tensorflow()
    tensorflow.keras.utils.set_random_seed(seed)
    model = task.build(tensorflow, None)
    shape = tuple(model.inputs[0].shape)[1:]
    if len(model.inputs) != 1 or None in shape:
        raise InputError("the model has several inputs, or one of open size", on=task.summary, expected="one input of a fixed shape")
    with publishing(folder, (KERAS_FILE, SAVED_MODEL_FOLDER, RECORD_FILE)) as work:
        save_model(model, shape, work)
        facts = Facts(
            task=task.name,
            seed=seed,
            epochs=0,
            parameters=int(model.count_params()),
            accuracy=None,
            error=None,
            loss=0.0,
            line=None,
            dataset_origin="none: the file has no load_data()",
            dataset_sha256="",
            weights_sha256=weights_sha256(model),
            keras_sha256=sha256_hex(read_bytes(work / KERAS_FILE)),
            data_file_sha256="",
            versions=installed_versions(),
        )
        write_text(work / RECORD_FILE, render_record(facts))
    return TrainedModel(folder, facts)


def _fit(task: Task, data: Dataset, seed: int, epochs: int, on_epoch: Callable[[int, int], None] | None) -> tuple[Any, float]:
    """Build and train; returns the model and the loss of the last epoch."""
    tensorflow = load_tensorflow()
    keras = tensorflow.keras
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    # Needs the seed set above; without it, gradients of convolutions are summed in the order in which threads finish.
    tensorflow.config.experimental.enable_op_determinism()
    model = task.build(tensorflow, data)
    steps = epochs * math.ceil(len(data.x_train) / task.batch_size)
    task.compile(tensorflow, model, steps)

    def report(epoch: int, logs: object) -> None:
        if on_epoch is not None:
            on_epoch(epoch + 1, epochs)

    callback = keras.callbacks.LambdaCallback(on_epoch_end=report)
    # A tf.data pipeline: given arrays, Keras 3.15 builds one again in every epoch, which takes 20 ms, ten times a short epoch's work.
    samples = tensorflow.data.Dataset.from_tensor_slices((data.x_train, data.y_train)).shuffle(len(data.x_train), seed=seed)
    if tuple(model.inputs[0].shape)[1:] != data.input_shape:
        raise InputError(
            f"the data has samples of shape {list(data.input_shape)}", on=task.name, expected=str(list(tuple(model.inputs[0].shape)[1:]))
        )
    history = model.fit(samples.batch(task.batch_size), epochs=epochs, callbacks=[callback], verbose=0, shuffle=False)
    loss = float(history.history["loss"][-1])
    if not math.isfinite(loss):
        raise NotSatisfiedError(f"training diverged: the loss is {loss}", on=task.name, hint="try another seed or smaller numbers")
    return model, loss


def _save(model: Any, data: Dataset, work: Path) -> None:
    save_model(model, data.input_shape, work)
    store_in_keras(work / KERAS_FILE, data.contract)
    store_in_saved_model(work / SAVED_MODEL_FOLDER, data.contract)
    write_data_file(data, work / DATA_FILE)


def _facts(task: Task, data: Dataset, model: Any, work: Path, *, seed: int, epochs: int, loss: float) -> Facts:
    predictions = model.predict(data.x_test, verbose=0)
    classifies = task.kind == "classification"
    return Facts(
        task=task.name,
        seed=seed,
        epochs=epochs,
        parameters=int(model.count_params()),
        accuracy=float(np.mean(predictions.argmax(axis=1) == data.y_test)) if classifies else None,
        error=None if classifies else float(np.mean(np.abs(predictions - data.y_test))),
        loss=loss,
        line=None if task.learned_line is None else task.learned_line(model),
        dataset_origin=data.origin,
        dataset_sha256=data.sha256,
        weights_sha256=weights_sha256(model),
        keras_sha256=sha256_hex(read_bytes(work / KERAS_FILE)),
        data_file_sha256=sha256_hex(read_bytes(work / DATA_FILE)),
        versions=installed_versions(),
    )
