"""The inputs that models with state received since their reset, so that the state of a restarted board can be restored."""

from __future__ import annotations

from collections.abc import Sequence


class History:
    """The samples of each model of one firmware since its state had its initial values."""

    def __init__(self) -> None:
        self._samples: dict[int, list[bytes]] = {}
        self._lost: set[int] = set()

    def began(self, model: int) -> None:
        """The model's state was reset."""
        self._samples[model] = []
        self._lost.discard(model)

    def ran(self, model: int, sample: bytes) -> None:
        """The model ran on a sample; forgotten where nobody knows what state it began with."""
        if model in self._samples:
            self._samples[model].append(sample)

    def board_restarted(self) -> None:
        """Every model is back at its initial values."""
        self._lost.update(self._samples)

    def is_known(self, model: int) -> bool:
        """False where the model's state was never reset, so that nobody can bring it back."""
        return model in self._samples

    def to_replay(self, model: int) -> Sequence[bytes]:
        """What the model must run again before anything else."""
        return tuple(self._samples[model]) if model in self._lost else ()

    def replayed(self, model: int) -> None:
        """The model is where it was."""
        self._lost.discard(model)
