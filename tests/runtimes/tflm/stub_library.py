"""Folders that look like a copy of TensorFlow Lite Micro to `facts.py`: by its markers, with not a line of its code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from mcu_toolkit.runtimes.tflm.operators import BUILTINS, CUSTOM_METHODS

Age = Literal["2023", "2024-06", "2026"]
_MISSING_IN_2023 = {"AddBatchMatMul", "AddReverseV2", "AddReduceAll", "AddReduceMin", "AddEmbeddingLookup", "AddDynamicUpdateSlice"}


def write_library(folder: Path, age: Age = "2026", *, optimized: bool = False, manifest: bool = True, source_folder: str = "") -> Path:
    """A library of that age; with `optimized`, CMSIS-NN kernels beside reference ones."""
    root = folder / source_folder
    kernels = root / "tensorflow/lite/micro/kernels"
    kernels.mkdir(parents=True)
    _write_resolver(root / "tensorflow/lite/micro/micro_mutable_op_resolver.h", age)
    log = "void DebugLog(const char* s);" if age == "2023" else "void DebugLog(const char* format, va_list args);"
    (root / "tensorflow/lite/micro/debug_log.h").write_text(f"{log}\n")
    member = "bool is_per_channel;\n" if age == "2026" else ""
    (kernels / "fully_connected.h").write_text(f"struct Data {{ {member} }};\nR Register_FULLY_CONNECTED_INT8();\n")
    (kernels / "conv.h").write_text("#if defined(CMSIS_NN)\nR Register_CONV_2D_INT8();\n#endif\n")
    (kernels / "softmax.h").write_text("R Register_SOFTMAX_INT8();\n")
    _write_kernels(kernels, age)
    if optimized:
        (kernels / "cmsis_nn").mkdir()
        for name in ("conv", "fully_connected"):
            (kernels / f"cmsis_nn/{name}.cc").write_text((kernels / f"{name}.cc").read_text())
    if manifest:
        (folder / "library.json").write_text(json.dumps({"name": "tflm", "version": "1.0.0"}))
    return folder


def _write_resolver(path: Path, age: Age) -> None:
    registration = "TfLiteRegistration" if age == "2023" else "TFLMRegistration"
    missing = _MISSING_IN_2023 if age == "2023" else {"AddReduceAll", "AddReduceMin"} if age == "2024-06" else set()
    methods = sorted({entry.method for entry in BUILTINS.values()} - missing)
    lines = [f"  TfLiteStatus {method}(const {registration}& registration = X()) {{" for method in methods]
    lines += [f"  TfLiteStatus {method}() {{" for method in CUSTOM_METHODS.values()]
    path.write_text("\n".join(lines) + "\n")


def _write_kernels(kernels: Path, age: Age) -> None:
    common = {
        "2023": "int x;",
        "2024-06": "Please set converter._experimental_disable_per_channel_quantization_for_dense_layers",
        "2026": "data->is_per_channel = true;",
    }[age]
    free_bias = "micro_context->DeallocateTempTfLiteTensor(bias);"
    activation = "params->activation" if age == "2026" else "kTfLiteActNone"
    texts = {
        "fully_connected": "case kTfLiteInt16: is_per_channel" if age == "2026" else "case kTfLiteInt16:",
        "fully_connected_common": common,
        "conv": "case kTfLiteInt16: case kTfLiteInt4:" + ("" if age == "2023" else " if (bias->type == kTfLiteInt32) {"),
        "conv_common": free_bias if age == "2023" else f"if (bias != nullptr) {{\n {free_bias}",
        "depthwise_conv": "case kTfLiteInt16:",
        "depthwise_conv_common": f"if (has_bias) {{\n {free_bias}" if age == "2026" else free_bias,
        "transpose_conv": f"PopulateConvolutionQuantizationParams(context, input, filter, bias, output,\n {activation})",
        "reduce_common": "Mean<integer_type, int32_t>(x)" if age == "2023" else "QuantizedMeanOrSum(x)",
        "transpose": "case kTfLiteInt16:" if age == "2026" else "case kTfLiteInt8:",
    }
    for name, text in texts.items():
        (kernels / f"{name}.cc").write_text(f"{text}\n")
