"""What a runtime says of models before anything is built: why it cannot run one, else its memory, layers and constants."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from mcu_toolkit.system.records import INLINE, OPTIONAL, named

_ALL_CHANNELS: Mapping[int, tuple[int, ...]] = MappingProxyType({})
_NO_LAYERS: Mapping[int, Digest] = MappingProxyType({})


@dataclass(frozen=True)
class Digest:
    """Size and CRC-32 of bytes in an image."""

    size_bytes: int = 0
    crc32: int = 0


@dataclass(frozen=True)
class ConstantDigests:
    """What a model's constants in an image must be, as READ_CONSTANTS of docs/protocol.md reports them."""

    whole: Digest = Digest()
    """All of them together."""
    layers: Mapping[int, Digest] = field(default_factory=lambda: _NO_LAYERS)
    """By layer; those without constants are not in it."""

    def of_layer(self, layer: int) -> Digest:
        """The digest of one layer's constants, of no bytes where it has none."""
        return self.layers.get(layer, Digest())

    def plain_form(self) -> object:
        """[bytes, CRC-32] by layer, and of the whole as `all`."""
        digests = {"all": self.whole, **{str(layer): digest for layer, digest in self.layers.items()}}
        return {key: [digest.size_bytes, digest.crc32] for key, digest in digests.items()}


@dataclass(frozen=True)
class ArenaBlock:
    """A piece of the arena: for tensors, or for the scratch memory of a step."""

    offset_bytes: int
    size_bytes: int
    """At its largest."""
    first_step: int
    """The steps in which it is needed; an input's begins before step 0, an output's ends behind the last step."""
    last_step: int
    tensors: tuple[str, ...]
    """Names of the tensors that share it, one after the other or in place; empty for scratch memory."""
    scratch_of: int | None
    """The step whose scratch memory it is; None for tensors."""


@dataclass(frozen=True)
class LayerInfo:
    """A step of a compiled model: one operator, or several that are done together."""

    index: int
    """Of the (last) operator."""
    operator: str
    merged: tuple[int, ...]
    """Operators that are done within this step before `index`; their outputs are never in memory as a whole."""
    rows: int
    """Of the output, that are made at a time by layers done together row by row; 0 for other steps."""
    kernel: str
    """The kernel class, for people: `conv_2d 3x3 stride 1`."""
    variant: str = field(metadata=named("scheme"))
    """The kernel variant that does this layer."""
    macs: int
    runs: bool
    """False where nothing is to be done: the output is the input under another shape."""
    weights_bytes: int
    ram_bytes: int
    """Of the arena while the step runs."""


@dataclass(frozen=True)
class StoredModelInfo:
    """A model that lies in the image as it is, for an interpreter; what memory it takes shows on the board."""

    name: str
    weights_bytes: int
    constants: ConstantDigests


@dataclass(frozen=True)
class CompiledModelInfo:
    """A model that was compiled: all of its memory and work is known."""

    name: str
    prefix: str
    """Of its names in C."""
    macs: int
    folded_operators: int
    """How many were computed at compile time."""
    weights_bytes: int
    """All constants in flash."""
    repacked_weights_bytes: int
    """Weights as the kernels read them."""
    weights_before_bytes: int
    """The same as the model has them."""
    arena_bytes: int
    arena_lower_bound_bytes: int
    """The most that is needed at one time; no plan can be smaller."""
    arena_order: str
    """The planner's order that gave the best plan."""
    state_bytes: int
    """What is kept from one inference to the next, outside of the arena."""
    arena: tuple[ArenaBlock, ...]
    layers: tuple[LayerInfo, ...]
    constants: ConstantDigests
    kept_channels: Mapping[int, tuple[int, ...]] = field(default_factory=lambda: _ALL_CHANNELS)
    """By tensor: the channels that it has in memory, for tensors that lost those which no input changes."""

    def layer(self, index: int) -> LayerInfo | None:
        """The step that ends with operator `index`; None where that is done within another one."""
        return next((layer for layer in self.layers if layer.index == index), None)


ModelInfo = StoredModelInfo | CompiledModelInfo


@dataclass(frozen=True)
class LibraryInfo:
    """The library with the interpreter that a firmware is linked with."""

    specification: str = field(metadata=named("library"))
    """As PlatformIO takes it."""
    age: str = field(metadata=named("library_age"))
    kernels: str
    """`CMSIS-NN`, `ESP-NN`, `reference`, `unknown`."""
    arena_is_measured: bool


@dataclass(frozen=True)
class CompilerInfo:
    """What the compiler was asked for."""

    optimize: str
    max_arena_bytes: int | None


@dataclass(frozen=True)
class FirmwareInfo:
    """What is known of a firmware's content; a project keeps it in its manifest."""

    models: tuple[ModelInfo, ...] = ()
    notes: tuple[str, ...] = ()
    """What the user should know of this firmware: operators that its library rounds in its own way."""
    compiler: CompilerInfo | None = field(default=None, metadata={**INLINE, **OPTIONAL})
    """None where an interpreter runs the models."""
    library: LibraryInfo | None = field(default=None, metadata={**INLINE, **OPTIONAL})
    """None where no interpreter does."""
    benchmark: str | None = field(default=None, metadata=OPTIONAL)
    """The benchmark whose protocol it speaks instead of the toolkit's."""

    @property
    def compiled_models(self) -> tuple[CompiledModelInfo, ...]:
        """Those whose memory is known before a build."""
        return tuple(model for model in self.models if isinstance(model, CompiledModelInfo))


@dataclass(frozen=True)
class Incompatibility:
    """A reason why a model cannot run somewhere: one finding, in words a user can act on."""

    where: str
    """The layer, tensor or model: `op 3 CONV_2D 'conv1/Conv2D'`."""
    found: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.found}; expected {self.expected}; {self.remedy}"


def constant_digests(pieces: Iterable[tuple[int, bytes]], whole: bytes | None = None) -> ConstantDigests:
    """The digests by layer, and of everything together.

    `pieces`: (layer, bytes) of every array in the order of the image; `whole`: what counts as everything, if not the pieces.
    """
    layers: dict[int, Digest] = {}
    together = Digest() if whole is None else Digest(len(whole), zlib.crc32(whole))
    for layer, content in pieces:
        layers[layer] = _extended(layers.get(layer, Digest()), content)
        if whole is None:
            together = _extended(together, content)
    return ConstantDigests(together, layers)


def _extended(digest: Digest, content: bytes) -> Digest:
    return Digest(digest.size_bytes + len(content), zlib.crc32(content, digest.crc32))
