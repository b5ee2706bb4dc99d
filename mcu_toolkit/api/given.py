"""What a caller gives, made ready for the pipeline: paths, arrays in the place of data files, limits, progress."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from mcu_toolkit.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from mcu_toolkit.pipeline.workspace.progress import Progress
    from mcu_toolkit.report import Limits

StrPath: TypeAlias = "str | os.PathLike[str]"
Arrays: TypeAlias = "npt.NDArray[np.generic] | Mapping[str, npt.ArrayLike]"
"""Samples [samples, *shape], or arrays by the names that they have in a data file: `x` and `y`, `x_rep`, `x_<input>` ..."""
Data: TypeAlias = "StrPath | Arrays"
"""A data file (.npz, .npy, .csv), or what it would hold."""


def path_of(given: StrPath | None) -> Path | None:
    """`given` as a path."""
    return None if given is None else Path(given)


def paths_of(given: StrPath | Sequence[StrPath]) -> list[Path]:
    """One path or several as a list; raises InputError for none."""
    paths = [Path(given)] if isinstance(given, (str, os.PathLike)) else [Path(one) for one in given]
    if not paths:
        raise InputError("no file is given", expected="one path, or several in a list")
    return paths


def words_of(given: str | Sequence[str]) -> tuple[str, ...]:
    """One word or several as a tuple."""
    return (given,) if isinstance(given, str) else tuple(given)


@contextmanager
def data_file(data: Data | None) -> Iterator[Path | None]:
    """`data` as a file while the block runs: arrays are written into a temporary .npz, whose bytes are the same for the same arrays.

    Raises InputError for what is neither a path nor arrays, and for objects in arrays, which no data file holds.
    """
    if data is None or isinstance(data, (str, os.PathLike)):
        yield path_of(data)
        return
    import numpy as np

    from mcu_toolkit.system.files import temporary_folder

    given: object = data
    if not isinstance(given, (np.ndarray, Mapping)):
        expected = "a path, an array [samples, *shape], or arrays by name: {'x': ..., 'y': ...}"
        raise InputError(f"data is of type {type(data).__name__}", expected=expected)
    named = data if isinstance(data, Mapping) else {"x": data}
    arrays = {str(name): _array(str(name), values) for name, values in named.items()}
    with temporary_folder() as folder:
        np.savez(folder / "arrays.npz", allow_pickle=False, **arrays)
        yield folder / "arrays.npz"


def _array(name: str, values: npt.ArrayLike) -> npt.NDArray[np.generic]:
    import numpy as np

    try:
        array = np.asarray(values)
    except ValueError:  # rows of different lengths
        array = np.empty(0, object)
    if array.dtype.kind not in "biuf":
        raise InputError(f"the array '{name}' is no array of numbers", expected="numbers, as many in every sample")
    return array


def shown_by(progress: Progress | None) -> Progress:
    """Who hears of what is going on: nobody, if none is given."""
    from mcu_toolkit.pipeline.workspace.progress import Silent

    return Silent() if progress is None else progress


def limits_among(limits: Limits | None, among: Sequence[str]) -> Limits:
    """`limits`, or none; raises InputError for one of a measure that is not `among` those that are taken."""
    from mcu_toolkit.report import Limits

    found = Limits() if limits is None else limits
    found.require_measured(among)
    return found
