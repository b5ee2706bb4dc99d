"""Training: task -> trained Keras model, SavedModel and data, in one folder."""

from mcu_toolkit.train.dataset import Dataset
from mcu_toolkit.train.task import LearnedLine, Task, TaskOptions
from mcu_toolkit.train.tasks import all_tasks, get_task
from mcu_toolkit.train.train import train_task
from mcu_toolkit.train.trained_model import Facts, TrainedModel, read_trained_model
from mcu_toolkit.train.user_code import is_user_code

__all__ = [
    "Dataset",
    "Facts",
    "LearnedLine",
    "Task",
    "TaskOptions",
    "TrainedModel",
    "all_tasks",
    "get_task",
    "is_user_code",
    "read_trained_model",
    "train_task",
]
