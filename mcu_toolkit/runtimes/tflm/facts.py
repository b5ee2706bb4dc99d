"""What a copy of the TFLM library can do, read off its sources: TFLM has no releases, so there is no version to ask for.

Each fact is a marker in a file of the library.  The dates are those of the commit of tensorflow/tflite-micro that brought it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from mcu_toolkit.runtimes.tflm.operators import BUILTINS, CUSTOM_METHODS

RESOLVER_HEADER = "tensorflow/lite/micro/micro_mutable_op_resolver.h"
_KERNELS = "tensorflow/lite/micro/kernels"
_SOURCE_SUFFIXES = (".cc", ".cpp")
OPTIMIZED_KERNELS: Mapping[str, str] = MappingProxyType({"cmsis_nn": "CMSIS-NN", "esp_nn": "ESP-NN"})
"""Folders below kernels/ with a second implementation of some kernels, and what they are called."""

# Capabilities that `rules.py` asks for.
PER_CHANNEL_DENSE = "per-channel FULLY_CONNECTED"
PER_CHANNEL_DENSE_REFUSED = "per-channel FULLY_CONNECTED refused"
TRANSPOSE_CONV_ACTIVATION = "activation fused into TRANSPOSE_CONV"
MEAN_ROUNDS = "MEAN rounds where input and output have one scale"
CONV_INT32_BIAS = "CONV_2D takes a 32-bit bias beside 16-bit activations"
OPTIMIZED_LSTM = "a second implementation of UNIDIRECTIONAL_SEQUENCE_LSTM"


def type_support(kernel: str, dtype: str) -> str:
    """The capability that the file `kernel` knows a type at all: `conv knows Int16`."""
    return f"{kernel} knows {dtype}"


def no_bias_support(kernel: str) -> str:
    """The capability that the file `kernel` gets along without a bias: `conv needs no bias`."""
    return f"{kernel} needs no bias"


_FREES_BIAS = re.compile(r"(if \([^)]*\) \{\s*)?micro_context->DeallocateTempTfLiteTensor\(bias\)")
"""Old kernels hand it back whether there is one or not, which ends in an assertion."""
_TYPED_KERNELS = ("conv", "depthwise_conv", "fully_connected", "mul", "add", "pooling", "softmax", "unpack", "transpose", "comparisons")


@dataclass(frozen=True)
class LibraryFacts:
    """What one copy of the library has.  Everything a library of unknown content is asked for is the plainest there is."""

    methods: frozenset[str]
    """Add* methods of its MicroMutableOpResolver."""
    int8_registrations: frozenset[str] = frozenset()
    """Register_*_INT8 functions declared in its kernels' headers, for operators whose Add* takes a registration."""
    capabilities: frozenset[str] = frozenset()
    kernels: str = "reference"
    """`CMSIS-NN`, `ESP-NN` or `reference`: what is compiled by default."""
    has_reference_twins: bool = False
    """There is a reference kernel for each optimized one: exactly one of each pair must be compiled."""
    optimized_define: str = ""
    """The macro its headers guard the optimized kernels' declarations with: `CMSIS_NN`, `ARDUINO`."""
    log_takes_format: bool | None = None
    """Type of its DebugLog: a format and arguments (since 2023-07), or a finished text before that; None if unknown."""
    wants_arduino: bool = False
    """Some of its sources include Arduino.h."""
    since: str = ""
    """The newest change of TFLM that was recognised in it: `2024-09`."""

    @property
    def age(self) -> str:
        """In words, for messages."""
        return f"TFLM of {self.since} or a little later" if self.since else "TFLM from before 2023-03"


def find_sources(folder: Path) -> Path | None:
    """The folder that holds `tensorflow/lite/micro`, in or one or two levels below `folder`; None if there is none."""
    for pattern in ("", "*/", "*/*/"):
        found = sorted(folder.glob(f"{pattern}{RESOLVER_HEADER}"))
        if found:
            return found[0].parents[3]
    return None


def read_facts(root: Path, *, plain: bool = False) -> LibraryFacts:
    """The facts of the library whose `tensorflow/` is in `root`; `plain`: as it is without its optimized kernels."""
    resolver = _text(root / RESOLVER_HEADER)
    methods = dict(re.findall(r"TfLiteStatus\s+(Add\w+)\s*\(([^)]*)", resolver))
    takes_registration = {name for name, arguments in methods.items() if "Registration&" in arguments}
    kernels = root / _KERNELS
    headers = "\n".join(_text(path) for path in sorted(kernels.glob("*.h")))
    declared = frozenset(re.findall(r"\b(Register_\w+_INT8)\s*\(\s*\)", headers))
    optimized = None if plain else next((name for name in OPTIMIZED_KERNELS if (kernels / name).is_dir()), None)
    return LibraryFacts(
        methods=frozenset(methods),
        int8_registrations=frozenset(
            e.int8_registration for e in BUILTINS.values() if e.int8_registration in declared and e.method in takes_registration
        ),
        capabilities=frozenset(_capabilities(kernels, optimized)),
        kernels=OPTIMIZED_KERNELS[optimized] if optimized else "reference",
        has_reference_twins=optimized is not None and _has_twins(kernels, optimized),
        optimized_define=_optimized_define(_text(kernels / "conv.h")) if optimized == "cmsis_nn" else "",
        log_takes_format="va_list" in _text(root / "tensorflow/lite/micro/debug_log.h"),
        wants_arduino="Arduino.h" in _text(root / "tensorflow/lite/micro/system_setup.cpp"),
        since=_since(resolver, frozenset(methods), _text(kernels / "fully_connected.h")),
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def kernel_files(kernels: Path, name: str, optimized: str | None) -> list[Path]:
    """The sources of kernel `name` that are in use: the optimized one (and what it shares) where there is one."""
    common = [kernels / f"{name}_common{suffix}" for suffix in _SOURCE_SUFFIXES]
    first = [kernels / optimized / f"{name}{suffix}" for suffix in _SOURCE_SUFFIXES] if optimized else []
    plain = [kernels / f"{name}{suffix}" for suffix in _SOURCE_SUFFIXES]
    chosen = [path for path in first if path.is_file()] or [path for path in plain if path.is_file()]
    return [*chosen, *(path for path in common if path.is_file())]


def _capabilities(kernels: Path, optimized: str | None) -> Iterator[str]:
    dense = [_text(path) for path in kernel_files(kernels, "fully_connected", optimized)]
    if "is_per_channel" in _text(kernels / "fully_connected.h") and any("is_per_channel" in text for text in dense[:1]):
        yield PER_CHANNEL_DENSE
    elif any("_disable_per_channel_quantization_" in text for text in dense):
        yield PER_CHANNEL_DENSE_REFUSED
    transpose = "".join(_text(path) for path in kernel_files(kernels, "transpose_conv", optimized))
    if transpose and "output, kTfLiteActNone" not in re.sub(r"\s+", " ", transpose):
        yield TRANSPOSE_CONV_ACTIVATION
    reduce = "".join(_text(path) for path in kernel_files(kernels, "reduce", optimized))
    if reduce and "Mean<integer_type, int32_t>" not in reduce:
        yield MEAN_ROUNDS
    if re.search(r"bias->type (?:==|!=) kTfLiteInt32", "".join(_text(path) for path in kernel_files(kernels, "conv", optimized))):
        yield CONV_INT32_BIAS
    if optimized and any((kernels / optimized / f"unidirectional_sequence_lstm{suffix}").is_file() for suffix in _SOURCE_SUFFIXES):
        yield OPTIMIZED_LSTM
    for name in ("conv", "depthwise_conv"):
        freed = [match[1] for path in kernel_files(kernels, name, optimized) for match in _FREES_BIAS.finditer(_text(path))]
        if freed and all(freed):
            yield no_bias_support(name)
    for name in _TYPED_KERNELS:
        text = "".join(_text(path) for path in kernel_files(kernels, name, optimized))
        yield from (type_support(name, dtype) for dtype in ("Int16", "Int4") if re.search(rf"\bkTfLite{dtype}\b", text))


def _has_twins(kernels: Path, optimized: str) -> bool:
    names = [path.name for path in (kernels / optimized).iterdir() if path.suffix in _SOURCE_SUFFIXES]
    return bool(names) and all((kernels / name).is_file() for name in names)


def _optimized_define(header: str) -> str:
    found = re.search(r"defined\((CMSIS_NN|ARDUINO)\)", header)
    return found[1] if found else ""


def _since(resolver: str, methods: frozenset[str], dense_header: str) -> str:
    """The month of the newest change that left a mark in the headers."""
    marks: Sequence[tuple[bool, str]] = (
        ("AddReduceAll" in methods, "2026-01"),  # pull request 3269
        ("AddReduceMin" in methods, "2025-08"),  # 3113
        ("is_per_channel" in dense_header, "2024-09"),  # 2673
        ("TFLMRegistration" in resolver, "2023-05"),  # 2001
        ("TfLiteRegistration_V1" in resolver, "2023-03"),  # 1817
    )
    return next((month for there, month in marks if there), "")


def _chirale() -> LibraryFacts:
    missing = {"AddBatchMatMul", "AddDynamicUpdateSlice", "AddEmbeddingLookup", "AddReduceAll", "AddReduceMin", "AddReverseV2"}
    typed = [type_support(name, "Int16") for name in ("conv", "depthwise_conv", "fully_connected", "mul", "add", "softmax")]
    typed += [type_support(name, "Int4") for name in ("conv", "depthwise_conv", "fully_connected")]
    without_int8 = {"BATCH_MATMUL", "TRANSPOSE_CONV", "UNIDIRECTIONAL_SEQUENCE_LSTM"}
    return LibraryFacts(
        methods=frozenset({e.method for e in BUILTINS.values()} | set(CUSTOM_METHODS.values())) - missing | {"AddBuiltin", "AddCustom"},
        int8_registrations=frozenset(
            e.int8_registration for name, e in BUILTINS.items() if e.int8_registration and name not in without_int8
        ),
        capabilities=frozenset(typed),
        kernels="CMSIS-NN",
        optimized_define="ARDUINO",
        log_takes_format=False,
        wants_arduino=True,
    )


KNOWN: Mapping[str, LibraryFacts] = MappingProxyType({"chirale_tensorflowlite": _chirale()})
"""Libraries of PlatformIO's registry that were read once, by lower-case name: 2.0.0, the only release (looked at 2026-11; a test
compares this with the sources where MCU_TFLM_LIBRARY names them)."""
