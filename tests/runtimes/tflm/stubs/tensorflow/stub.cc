#include "tensorflow/stub.h"

#include <stdio.h>
#include <string.h>

StubPlan stub;

static TfLiteTensor tensors[2];
static uint8_t bytes[2][4096];

#ifdef STUB_OLD
static void say(const char *text) {
    DebugLog(text);
    DebugLog("\r\n");
}
#else
static void say_formatted(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    DebugLog(format, arguments);
    va_end(arguments);
}

static void say(const char *text) {
    say_formatted("%s, code %d of 0x%x at %zu", text, -7, 255u, (size_t)42);
    say_formatted("\r\n");
}
#endif

namespace tflite {

const flatbuffers::String *OperatorCode::custom_code() const {
    static const flatbuffers::String name;
    return &name;
}

const flatbuffers::Vector<const Operator *> *SubGraph::operators() const {
    static const Operator one;
    static const flatbuffers::Vector<const Operator *> all = {{&one}};
    return &all;
}

const flatbuffers::Vector<const SubGraph *> *Model::subgraphs() const {
    static const SubGraph one;
    static const flatbuffers::Vector<const SubGraph *> all = {{&one}};
    return &all;
}

const flatbuffers::Vector<const OperatorCode *> *Model::operator_codes() const {
    static const OperatorCode one;
    static const flatbuffers::Vector<const OperatorCode *> all = {{&one}};
    return &all;
}

const Model *GetModel(const void *buffer) {
    static const Model model;
    return memcmp(static_cast<const char *>(buffer) + 4, "TFL3", 4) == 0 ? &model : nullptr;
}

BuiltinOperator GetBuiltinCode(const OperatorCode *) {
    return BuiltinOperator_FULLY_CONNECTED;
}

MicroAllocator *MicroAllocator::Create(uint8_t *arena, size_t size) {
    static MicroAllocator one;
    return reinterpret_cast<uintptr_t>(arena) % 16 == 0 && size >= 16 ? &one : nullptr;
}

MicroResourceVariables *MicroResourceVariables::Create(MicroAllocator *, int) {
    static MicroResourceVariables one;
    return &one;
}

MicroInterpreter::MicroInterpreter(const Model *, const MicroOpResolver &resolver, MicroAllocator *, MicroResourceVariables *,
                                   MicroProfilerInterface *)
    : resolver_(resolver) {
}

TfLiteStatus MicroInterpreter::AllocateTensors() {
    if (stub.allocate_message != nullptr) {
        say(stub.allocate_message);
    }
    return stub.allocate_status;
}

TfLiteStatus stub_kernel(TfLiteContext *, TfLiteNode *) {
    memcpy(bytes[1], bytes[0], sizeof bytes[0]);
    return stub.invoke_status;
}

static TfLiteEvalTensor *eval_tensor(const TfLiteContext *, int) {
    static TfLiteEvalTensor one = {{bytes[1]}};
    return &one;
}

/* Every model is taken for one with a dense layer, or with an addition, and perhaps a softmax. */
TfLiteStatus MicroInterpreter::Invoke() {
    TfLiteContext context = {eval_tensor};
    TfLiteNode node;
    TfLiteStatus status = kTfLiteOk;
    for (const BuiltinOperator op : {BuiltinOperator_FULLY_CONNECTED, BuiltinOperator_SOFTMAX, BuiltinOperator_ADD, BuiltinOperator_CONV_2D}) {
        const StubRegistration *found = resolver_.FindOp(op);
        status = found != nullptr && status == kTfLiteOk ? found->invoke(&context, &node) : status;
    }
    return status;
}

TfLiteTensor *MicroInterpreter::input(size_t) {
    tensors[0] = {{bytes[0]}, stub.input_bytes};
    return &tensors[0];
}

TfLiteTensor *MicroInterpreter::output(size_t) {
    tensors[1] = {{bytes[1]}, stub.output_bytes};
    return &tensors[1];
}

TfLiteStatus MicroInterpreter::Reset() {
    stub.resets++;
    return kTfLiteOk;
}

} // namespace tflite
