"""The files of compiled models: in our firmware, and exported into projects of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from mcu_toolkit.artifacts import FirmwareInfo
from mcu_toolkit.artifacts.code_names import code_names, name_of_set
from mcu_toolkit.export_formats import ExportFormat
from mcu_toolkit.model import Model
from mcu_toolkit.runtimes.aot.compiler import CompiledModel, compile_model
from mcu_toolkit.runtimes.aot.emit.arduino_library import library_name, properties
from mcu_toolkit.runtimes.aot.emit.model_info import model_info
from mcu_toolkit.runtimes.aot.emit.model_text import Arena, ModelText
from mcu_toolkit.runtimes.aot.emit.source import model_text
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.memory.planner import ALIGNMENT_BYTES
from mcu_toolkit.runtimes.base import Contribution, Copied, ExportForm, IdleMemory, Rendered
from mcu_toolkit.version import __version__

_TEMPLATES = "runtimes/aot"
_README = ("README.md.j2", "README.md")
"""The template that every export has beside those of its format, and where it goes."""

_FRONTEND = "frontend/"
"""What headers of the audio front end begin with: kernels include what they share with it, by instruction set."""
_SHARED_KERNELS = "aot_shared"
"""What functions of kernel classes begin with in a file of several models; in that of one model it is the model's name."""
_FIRMWARE_ARENA = "aot_arena"
"""Models of one firmware share it."""


@dataclass(frozen=True)
class _ArenaContext:
    """Variables of arena.h.j2 and arena.c.j2."""

    arena: Arena
    header: str
    """Where it is declared."""


@dataclass(frozen=True)
class _HeaderContext:
    """Variables of model.h.j2."""

    text: ModelText


@dataclass(frozen=True)
class _ModelsContext:
    """Variables of models.c.j2."""

    texts: tuple[ModelText, ...]
    headers: tuple[str, ...]
    """Of kernels."""
    functions: tuple[str, ...]
    """Of kernel classes: each once, whichever models have layers of it."""
    static_data: bool
    """Whether state may have internal linkage."""
    observed: bool
    """Whether layers are announced and shown: in our firmware, where it costs nothing until it is asked for, but not in exports."""


@dataclass(frozen=True)
class _InferenceContext:
    """Variables of inference.c.j2."""

    texts: tuple[ModelText, ...]
    arena: Arena
    kernels: str


@dataclass(frozen=True)
class _ExportContext:
    """Variables of the templates in export/."""

    texts: tuple[ModelText, ...]
    arenas: tuple[Arena, ...]
    sources: tuple[str, ...]
    """C files without their suffix."""
    headers: tuple[str, ...]
    """Of models and arenas."""
    kernels: str
    form: str
    """The name of its format."""
    flags: tuple[str, ...]
    """Of the compiler, that the models' files need."""
    title: str
    package: str
    """The title where names of others are too: packages, modules, targets."""
    symbol: str
    """What its options in Kconfig begin with."""
    version: str
    release: str
    """The version as numbers alone."""
    description: str
    url: str
    constant_bytes: int
    """Of all models, in flash."""
    memory_bytes: int
    """Their arenas and states."""
    properties: Mapping[str, str]
    """The fields of library.properties."""


@dataclass(frozen=True)
class _Compiled:
    """Models compiled together: what they share and their texts."""

    models: tuple[CompiledModel, ...]
    texts: tuple[ModelText, ...]
    source: str
    """The C file of all of them, without its suffix."""

    @classmethod
    def of(cls, models: Sequence[Model], target: Target, *, shared_arena: str = "") -> _Compiled:
        """`shared_arena`: the name of the one arena of all models; without, each has its own."""
        names = code_names([model.name for model in models])
        compiled = tuple(compile_model(model, target, prefix) for model, prefix in zip(models, names, strict=True))
        sizes = [max(ALIGNMENT_BYTES, one.plan.peak_bytes) for one in compiled]
        if shared_arena:
            arenas = [Arena(shared_arena, max(sizes), shared=True)] * len(names)
        else:
            arenas = [Arena(f"{name}_arena", size_bytes, shared=False) for name, size_bytes in zip(names, sizes, strict=True)]
        several = len(names) > 1
        texts = (model_text(one, arena, _SHARED_KERNELS if several else one.prefix) for one, arena in zip(compiled, arenas, strict=True))
        return cls(compiled, tuple(texts), name_of_set(names) if several else names[0])

    @property
    def arenas(self) -> tuple[Arena, ...]:
        """Each once."""
        return tuple(dict.fromkeys(text.arena for text in self.texts))

    @property
    def sources(self) -> tuple[str, ...]:
        """C files of arenas and models, without their suffix."""
        return (*(arena.name for arena in self.arenas), self.source)

    @property
    def headers(self) -> tuple[str, ...]:
        """Headers of shared arenas and models."""
        return (*(f"{arena.name}.h" for arena in self.arenas if arena.shared), *(f"{text.prefix}.h" for text in self.texts))

    def _functions(self) -> tuple[str, ...]:
        found: dict[str, str] = {}
        for name, definition in (function for text in self.texts for function in text.functions):
            assert found.setdefault(name, definition) == definition, f"two kernel classes are called {name}"
        return tuple(definition for _, definition in sorted(found.items()))

    def contribution(
        self,
        folder: str,
        *others: Rendered,
        observed: bool,
        static_data: bool = True,
        options: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> Contribution:
        """The models' own files in `folder` (it ends with `/`, or is empty), and `others`; `options`: of platformio.ini."""
        rendered = []
        for text in self.texts:
            rendered.append(Rendered(f"{_TEMPLATES}/model.h.j2", f"{folder}{text.prefix}.h", _HeaderContext(text)))
        for arena, text in {text.arena: text for text in self.texts}.items():
            arena_context = _ArenaContext(arena, f"{arena.name if arena.shared else text.prefix}.h")
            rendered.append(Rendered(f"{_TEMPLATES}/arena.c.j2", f"{folder}{arena.name}.c", arena_context))
            if arena.shared:
                rendered.append(Rendered(f"{_TEMPLATES}/arena.h.j2", f"{folder}{arena.name}.h", arena_context))
        of_kernels = sorted({header for text in self.texts for header in text.headers})
        included = tuple(header for header in of_kernels if not header.startswith(_FRONTEND))
        models_context = _ModelsContext(self.texts, included, self._functions(), static_data, observed)
        rendered.append(Rendered(f"{_TEMPLATES}/models.c.j2", f"{folder}{self.source}.c", models_context))
        headers = sorted({"aot.h", "context.h", "real.h", *of_kernels})
        copied = tuple(Copied(_template_of(header), f"{folder}kernels/{header}") for header in headers)
        info = FirmwareInfo(
            models=tuple(model_info(one, text) for one, text in zip(self.models, self.texts, strict=True)),
            notes=(
                *(_folded_note(one) for one in self.models if one.folded_operators),
                *(f"{one.model.name}: {layer}, for an arena no larger than TFLM's" for one in self.models for layer in one.stepped_down),
            ),
        )
        arena_bytes = sum(arena.size_bytes for arena in self.arenas)
        return Contribution((*rendered, *others), copied, arena_bytes, platformio_options=dict(options), info=info)


def contribute(models: Sequence[Model], target: Target) -> Contribution:
    """The files for `models` on `target` in our firmware.  Raises what `compile_model` does."""
    compiled = _Compiled.of(models, target, shared_arena=_FIRMWARE_ARENA)
    context = _InferenceContext(compiled.texts, compiled.arenas[0], _kernel_names(compiled.models))
    inference = Rendered(f"{_TEMPLATES}/inference.c.j2", "src/inference.c", context)
    [arena] = set(compiled.arenas)
    contribution = compiled.contribution("src/", inference, observed=True, options={"build_src_flags": ["-DINFERENCE_TRACK_LAYER=1"]})
    return replace(contribution, idle=IdleMemory(arena.name, f"{arena.name}.h", arena.size_bytes))


def export(models: Sequence[Model], target: Target, form: ExportForm) -> Contribution:
    """The files of a folder that works alone, or of a library; raises what `compile_model` does."""
    shared_arena = f"{name_of_set(code_names([model.name for model in models]))}_arena" if form.shared_arena else ""
    compiled = _Compiled.of(models, target, shared_arena=shared_arena)
    context = _export_context(compiled, form.format)
    names = {"title": context.title, "package": context.package, "version": context.version}
    files = (_README, *form.format.files)
    others = (Rendered(f"{_TEMPLATES}/export/{template}", target.format(**names), context) for template, target in files)
    contribution = compiled.contribution(form.format.sources, *others, observed=form.observer, static_data=form.format.static_data)
    return replace(contribution, archive=form.format.archive.format(**names))


def _export_context(compiled: _Compiled, chosen: ExportFormat) -> _ExportContext:
    names = [text.prefix for text in compiled.texts]
    title = library_name(names)
    fields = properties(title, __version__, [f"{name}.h" for name in names])
    kernels = _kernel_names(compiled.models)
    package = f"mcu_{title}"
    return _ExportContext(
        texts=compiled.texts,
        arenas=compiled.arenas,
        sources=compiled.sources,
        headers=compiled.headers,
        kernels=kernels,
        form=chosen.name,
        flags=("-ffp-contract=off", *(["-fno-tree-vectorize"] if "mve" in kernels else [])),
        title=title,
        package=package,
        symbol=package.upper(),
        version=fields["version"],
        release=fields["version"].split("-", maxsplit=1)[0],
        description=fields["sentence"],
        url=fields["url"],
        constant_bytes=sum(text.weights_bytes for text in compiled.texts),
        memory_bytes=sum(arena.size_bytes for arena in compiled.arenas) + sum(text.state_bytes for text in compiled.texts),
        properties=fields,
    )


def _template_of(header: str) -> str:
    """Where a header below `kernels/` comes from: those of the audio front end are in firmware with a front end too."""
    return f"common/{header}" if header.startswith(_FRONTEND) else f"{_TEMPLATES}/kernels/{header}"


def _kernel_names(compiled: Sequence[CompiledModel]) -> str:
    """Instruction sets of the kernels, for inference_runtime()."""
    found = sorted({_instruction_set(header) for one in compiled for step in one.steps for header in step.headers})
    return ", ".join(found) or "portable"


def _instruction_set(header: str) -> str:
    return header.split("/", maxsplit=1)[0] if "/" in header and not header.startswith(_FRONTEND) else "portable"


def _folded_note(compiled: CompiledModel) -> str:
    count = compiled.folded_operators
    what = "1 of its operators is constant and was" if count == 1 else f"{count} of its operators are constant and were"
    return f"{compiled.model.name}: {what} computed at compile time"
