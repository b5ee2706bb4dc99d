"""`FirmwareInfo` as a project's manifest has it, read back: also from manifests of older toolkits, which say less."""

from __future__ import annotations

from mcu_toolkit.artifacts.compiled_model import (
    ArenaBlock,
    CompiledModelInfo,
    CompilerInfo,
    ConstantDigests,
    Digest,
    FirmwareInfo,
    LayerInfo,
    LibraryInfo,
    ModelInfo,
    StoredModelInfo,
)
from mcu_toolkit.system.json_table import JsonTable

_WHOLE = "all"


def read_firmware_info(table: JsonTable) -> FirmwareInfo:
    """The record that `to_plain` makes `table` of.  What is absent gets a value that says nothing; raises ValueError for wrong types."""
    compiler = CompilerInfo(table.required("optimize", str), table.optional("max_arena_bytes", int)) if "optimize" in table else None
    library = None
    if "library" in table:
        library = LibraryInfo(
            specification=table.required("library", str),
            age=table.get("library_age", ""),
            kernels=table.get("kernels", "unknown"),
            arena_is_measured=table.get("arena_is_measured", default=False),
        )
    models = tuple(map(_model, table.tables("models")))
    return FirmwareInfo(models, table.items("notes", str), compiler, library, table.optional("benchmark", str))


def _model(table: JsonTable) -> ModelInfo:
    name, weights_bytes, constants = table.get("name", ""), table.get("weights_bytes", 0), _constants(table.table("constants"))
    if "arena_lower_bound_bytes" not in table:
        return StoredModelInfo(name, weights_bytes, constants)
    kept = table.table("kept_channels")
    return CompiledModelInfo(
        name=name,
        prefix=table.get("prefix", ""),
        macs=table.get("macs", 0),
        folded_operators=table.get("folded_operators", 0),
        weights_bytes=weights_bytes,
        repacked_weights_bytes=table.get("repacked_weights_bytes", 0),
        weights_before_bytes=table.get("weights_before_bytes", 0),
        arena_bytes=table.get("arena_bytes", 0),
        arena_lower_bound_bytes=table.get("arena_lower_bound_bytes", 0),
        arena_order=table.get("arena_order", ""),
        state_bytes=table.get("state_bytes", 0),
        arena=tuple(map(_block, table.tables("arena"))),
        layers=tuple(map(_layer, table.tables("layers"))),
        constants=constants,
        kept_channels={int(tensor): kept.items(tensor, int) for tensor in kept},
    )


def _block(table: JsonTable) -> ArenaBlock:
    return ArenaBlock(
        offset_bytes=table.get("offset_bytes", 0),
        size_bytes=table.get("size_bytes", 0),
        first_step=table.get("first_step", 0),
        last_step=table.get("last_step", 0),
        tensors=table.items("tensors", str),
        scratch_of=table.optional("scratch_of", int),
    )


def _layer(table: JsonTable) -> LayerInfo:
    return LayerInfo(
        index=table.required("index", int),
        operator=table.get("operator", ""),
        merged=table.items("merged", int),
        rows=table.get("rows", 0),
        kernel=table.get("kernel", ""),
        variant=table.get("scheme", ""),
        macs=table.get("macs", 0),
        runs=table.get("runs", default=False),
        weights_bytes=table.get("weights_bytes", 0),
        ram_bytes=table.get("ram_bytes", 0),
    )


def _constants(table: JsonTable) -> ConstantDigests:
    digests = {key: _digest(table.items(key, int)) for key in table}
    whole = digests.pop(_WHOLE, Digest())
    return ConstantDigests(whole, {layer: digests[str(layer)] for layer in sorted(map(int, digests))})


def _digest(numbers: tuple[int, ...]) -> Digest:
    if len(numbers) != 2:
        raise ValueError(f"{len(numbers)} numbers for the size and the CRC-32 of constants")
    return Digest(*numbers)
