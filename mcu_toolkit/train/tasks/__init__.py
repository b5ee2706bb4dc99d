"""The training tasks, one file each: a new file with a `TASK` in it is a new task; a user's own Python file is one too."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from pathlib import Path

from mcu_toolkit.errors import UnknownNameError
from mcu_toolkit.train.task import Task
from mcu_toolkit.train.user_code import is_user_code, task_from_file


@functools.cache
def all_tasks() -> tuple[Task, ...]:
    """Every task, sorted by name.  Imports neither TensorFlow nor scikit-learn."""
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    tasks: list[Task] = [module.TASK for module in modules]
    return tuple(sorted(tasks, key=lambda task: task.name))


def get_task(name: str) -> Task:
    """The task called `name`, or in the user's Python file `name`; raises UnknownNameError with the nearest names."""
    if is_user_code(name):
        return task_from_file(Path(name))
    by_name = {task.name: task for task in all_tasks()}
    if name not in by_name:
        raise UnknownNameError("task", name, by_name)
    return by_name[name]
