"""Training in phases: epochs with early stopping, the best of them kept, and what every epoch gave."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from mcu_toolkit.errors import NotSatisfiedError
from mcu_toolkit.system.records import NAN_IS_NULL
from mcu_toolkit.tensorflow_loader import load_tensorflow

HEAD, FINE_TUNING, MATCHING, WHOLE = "head", "fine-tuning", "feature matching", "whole network"
_LOGGED = ("loss", "accuracy", "val_loss", "val_accuracy")
_WARM_UP_SHARE = 0.1
"""Of the steps, in which the learning rate grows from nothing to its largest; then it falls as half a cosine."""


@dataclass(frozen=True)
class Epoch:
    """What an epoch gave; what there is not, such as a validation, is NaN."""

    phase: str
    epoch: int
    """From 1 on, within its phase."""
    loss: float = field(metadata=NAN_IS_NULL)
    accuracy: float = field(metadata=NAN_IS_NULL)
    validation_loss: float = field(metadata=NAN_IS_NULL)
    validation_accuracy: float = field(metadata=NAN_IS_NULL)
    seconds: float


@dataclass(frozen=True)
class Phase:
    """One training of some layers."""

    name: str
    epochs: int
    learning_rate: float
    """The largest."""
    patience: int
    """Epochs without a smaller validation loss before the phase ends."""


@dataclass(frozen=True)
class Listeners:
    """Whom to report progress to."""

    on_batch: Callable[[int, int, str], None] | None = None
    """(done, batches, what to show)."""
    on_epoch: Callable[[Epoch], None] | None = None


@dataclass(frozen=True)
class Reporting:
    """Whom to report progress to: stages, notes, and (done, of how many, what to show)."""

    stage: Callable[[str], None]
    note: Callable[[str], None]
    advance: Callable[[int, int, str], None]

    def listeners(self, *, classifies: bool = True) -> Listeners:
        """Bars for batches, a note for every epoch; accuracies are left out where a model does not classify."""

        def tell(epoch: Epoch) -> None:
            if not classifies:
                losses = f"loss {epoch.loss:.4f}; validation {epoch.validation_loss:.4f}"
                self.note(f"{epoch.phase} {epoch.epoch}: {losses}; {epoch.seconds:.1f} s")
                return
            judged = f"; validation {epoch.validation_loss:.3f}, {100 * epoch.validation_accuracy:.1f} %"
            self.note(
                f"{epoch.phase} {epoch.epoch}: loss {epoch.loss:.3f}, accuracy {100 * epoch.accuracy:.1f} %"
                f"{judged if math.isfinite(epoch.validation_loss) else ''}; {epoch.seconds:.1f} s"
            )

        return Listeners(self.advance, tell)


def seeded_tensorflow(seed: int) -> Any:
    """TensorFlow in a state in which `seed` decides every weight."""
    tensorflow = load_tensorflow()
    tensorflow.keras.backend.clear_session()
    tensorflow.keras.utils.set_random_seed(seed)
    # Needs the seed set above; without it, gradients of convolutions are summed in the order in which threads finish.
    tensorflow.config.experimental.enable_op_determinism()
    return tensorflow


def run_phase(
    tensorflow: Any, model: Any, phase: Phase, data: tuple[Any, Any, Any], listeners: Listeners, *, classes: int | None = None
) -> tuple[list[Epoch], int]:
    """Train `model` on `data`: (loss, training batches, validation batches); returns (epochs, index of the best one).

    The first `classes` outputs are probabilities; None: all of them.

    The weights are those of the epoch with the smallest validation loss; where the validation batches are None, of the last epoch,
    and validation losses and accuracies are NaN.  Raises NotSatisfiedError where no epoch had a finite loss.
    """
    loss, training, validation = data
    keras = tensorflow.keras
    batches = len(training)
    steps = batches * phase.epochs
    warm_up = max(1, int(_WARM_UP_SHARE * steps))
    rate = keras.optimizers.schedules.CosineDecay(0.0, max(1, steps - warm_up), warmup_target=phase.learning_rate, warmup_steps=warm_up)
    model.compile(keras.optimizers.Adam(rate), loss=loss, metrics=[right_share(tensorflow, classes)])
    epochs: list[Epoch] = []
    stopping = keras.callbacks.EarlyStopping("val_loss", patience=phase.patience, restore_best_weights=True)
    telling = _telling(keras, phase, batches, listeners, epochs)
    callbacks = [telling] if validation is None else [telling, stopping]
    model.fit(training, validation_data=validation, epochs=phase.epochs, callbacks=callbacks, verbose=0, shuffle=False)
    if validation is None and math.isfinite(epochs[-1].loss):
        return epochs, len(epochs) - 1
    if not any(math.isfinite(epoch.validation_loss) for epoch in epochs):
        raise NotSatisfiedError(f"training diverged: the loss is {epochs[-1].loss}", on=phase.name, hint="try another seed")
    return epochs, min(range(len(epochs)), key=lambda index: _finite(epochs[index].validation_loss))


def _finite(loss: float) -> float:
    return loss if math.isfinite(loss) else math.inf


def fine_tuning_warning(history: Sequence[Epoch], best: Epoch) -> str | None:
    """What to tell where the head alone had the smallest validation loss; None where fine-tuning helped or there was none."""
    losses = [_finite(epoch.validation_loss) for epoch in history if epoch.phase == FINE_TUNING]
    if not losses or best.phase != HEAD:
        return None
    return (
        f"fine-tuning did not help: its smallest validation loss is {min(losses):.3f}, that of the head alone {best.validation_loss:.3f}; "
        "the model has the head's weights. More pictures help more often than more epochs"
    )


def right_share(tensorflow: Any, classes: int | None = None) -> Any:
    """The metric `accuracy`: labels may have a teacher's answers behind them, and the first `classes` outputs (None: all) other outputs."""
    ops = tensorflow.keras.ops

    def accuracy(y: Any, probabilities: Any) -> Any:
        judged = probabilities.shape[-1] if classes is None else classes
        labels, answers = ops.argmax(y[:, :judged], axis=-1), ops.argmax(probabilities[:, :judged], axis=-1)
        return ops.cast(ops.equal(labels, answers), "float32")

    return accuracy


def _telling(keras: Any, phase: Phase, batches: int, listeners: Listeners, epochs: list[Epoch]) -> Any:
    """A callback that keeps each epoch in `epochs` and reports it to the listeners."""
    began = [time.monotonic()]

    def on_epoch_begin(_epoch: int, _logs: Any) -> None:
        began[0] = time.monotonic()

    def on_batch_end(batch: int, logs: Any) -> None:
        if listeners.on_batch is not None:
            shown = f"{phase.name} {len(epochs) + 1}/{phase.epochs}  loss {logs['loss']:.3f}  accuracy {100 * logs['accuracy']:.1f} %"
            listeners.on_batch(batch + 1, batches, shown)

    def on_epoch_end(epoch: int, logs: Any) -> None:
        loss, accuracy, validation_loss, validation_accuracy = (float(logs.get(key, math.nan)) for key in _LOGGED)
        seconds = time.monotonic() - began[0]
        epochs.append(Epoch(phase.name, epoch + 1, loss, accuracy, validation_loss, validation_accuracy, seconds))
        if listeners.on_epoch is not None:
            listeners.on_epoch(epochs[-1])

    return keras.callbacks.LambdaCallback(on_epoch_begin=on_epoch_begin, on_epoch_end=on_epoch_end, on_train_batch_end=on_batch_end)
