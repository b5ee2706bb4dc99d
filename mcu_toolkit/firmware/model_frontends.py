"""The front ends of the models of one folder, as C beside them: models of one description share one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mcu_toolkit import firmware  # its names are imported when they are used: motion where a model takes it
from mcu_toolkit.artifacts.feature_input import FeatureInput, feature_input_of
from mcu_toolkit.firmware.frontend import frontend_sources
from mcu_toolkit.frontend.description import AudioFrontend
from mcu_toolkit.model import Model


@dataclass(frozen=True)
class ModelFrontend:
    """A model's front end in C."""

    model: str
    """The model's name in C."""
    name: str
    """`<name>_frontend`: the first model's of those that share it."""
    takes: FeatureInput

    @property
    def senses(self) -> str:
        """`sound` or `motion`."""
        return "sound" if isinstance(self.takes.frontend, AudioFrontend) else "motion"


def model_frontends(models: Sequence[Model], names: Sequence[str]) -> Mapping[str, ModelFrontend]:
    """Of each model that has one, by its name in C (`names`); raises InputError for one that cannot take its features."""
    found: dict[str, ModelFrontend] = {}
    for model, name in zip(models, names, strict=True):
        takes = feature_input_of(model)
        if takes is not None:
            same = next((one.name for one in found.values() if one.takes.frontend == takes.frontend), name)
            found[name] = ModelFrontend(name, same, takes)
    return found


def model_frontend_sources(models: Sequence[Model], names: Sequence[str]) -> Mapping[str, str]:
    """The text of their files by name, each front end once."""
    texts: dict[str, str] = {}
    frontends = model_frontends(models, names)
    for model, name in zip(models, names, strict=True):
        if name in frontends and frontends[name].name == name:
            frontend = frontends[name].takes.frontend
            if isinstance(frontend, AudioFrontend):
                texts |= frontend_sources(frontend, name, [model])
            else:
                texts |= firmware.motion_sources(frontend, name, [model])
    return texts
