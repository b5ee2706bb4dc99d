"""Drawing PAD and PADV2."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from tests.model_builder import ModelBuilder
from tests.ops.data_movement.drawn import drawn, shape_of, tensor, values
from tests.ops.harness import Case

FEATURES = ["lowest zero point", "highest zero point", "5 dimensions", "no padding", "one dimension", "all dimensions"]


def padding(operator: str, *dtypes: str, valued: bool = False) -> list[st.SearchStrategy[Case]]:
    """`valued`: with a third input, which is a constant or computed."""

    def make(random: np.random.Generator, dtype: str) -> Case:
        shape = shape_of(random, (1, 2, 3, 4, 5))
        which = str(random.choice(["no padding", "one dimension", "all dimensions"]))
        pads = random.integers(0, 4, (len(shape), 2))
        if which != "all dimensions":
            pads[np.arange(len(shape)) != (random.integers(len(shape)) if which == "one dimension" else -1)] = 0
        point = int(random.choice([-128, 127, 0, 5]))
        builder = ModelBuilder()
        x = tensor(builder, shape, dtype, point)
        result = [size + int(pair.sum()) for size, pair in zip(shape, pads, strict=True)]
        y = tensor(builder, result, dtype, point)
        inputs, given = [x, builder.tensor([len(shape), 2], "int32", data=pads)], [x]
        kind = str(random.choice(["equal bytes", "a constant", "computed"])) if valued else "no value"
        if valued:
            constant = None if kind == "computed" else values(random, [], dtype) if kind == "a constant" else np.full((), -1, dtype)
            inputs.append(tensor(builder, [] if random.random() < 0.5 else [1], dtype, point, constant))
            given += inputs[2:] if kind == "computed" else []
        builder.op(operator, inputs, [y])
        features = {kind, which, f"{len(shape)} dimensions", {-128: "lowest", 127: "highest"}.get(point, "another") + " zero point"}
        return Case(builder.build(given, [y]), f"{operator} {dtype} {shape} {pads.tolist()} {kind} {point}", frozenset(features))

    return drawn(make, *dtypes)
