/* A stand-in for the part of TensorFlow Lite Micro's API that the generated C++ calls, to compile and run it without
 * the library.
 *
 * Written for these tests; only names and signatures are the library's.  They were compared on 2026-11-22 with
 * tensorflow/tflite-micro commit 90b983c2 (2026-08-20) and, where STUB_OLD is defined, with
 * Chirale_TensorFLowLite 2.0.0 (TFLM of January 2023). The real library is what tests marked `tflm` build.
 */
#ifndef TFLM_STUB_H
#define TFLM_STUB_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <vector>

#define TFLITE_SCHEMA_VERSION (3)
#define TF_LITE_REMOVE_VIRTUAL_DELETE                                                                                  \
    void operator delete(void *p) {}

typedef enum { kTfLiteOk = 0, kTfLiteError = 1 } TfLiteStatus;

typedef union {
    void *data;
} TfLitePtrUnion;

struct TfLiteTensor {
    TfLitePtrUnion data;
    size_t bytes;
};

struct TfLiteEvalTensor {
    TfLitePtrUnion data;
};

struct TfLiteContext {
    TfLiteEvalTensor *(*GetEvalTensor)(const TfLiteContext *context, int tensor_idx);
};
struct TfLiteNode {};
using StubKernel = TfLiteStatus (*)(TfLiteContext *context, TfLiteNode *node);

#ifdef STUB_OLD
struct TfLiteRegistration {
    StubKernel invoke;
    int32_t builtin_code;
};
using StubRegistration = TfLiteRegistration;
extern "C" void DebugLog(const char *s);
#else
struct TFLMRegistration {
    StubKernel invoke;
    int32_t builtin_code;
};
using StubRegistration = TFLMRegistration;
extern "C" void DebugLog(const char *format, va_list args);
#endif

/* What the stand-in does, set by a test before it calls. */
struct StubPlan {
    uint32_t schema_version = TFLITE_SCHEMA_VERSION;
    TfLiteStatus add_status = kTfLiteOk;
    bool knows_operators = true;
    TfLiteStatus allocate_status = kTfLiteOk;
    const char *allocate_message = nullptr;
    TfLiteStatus invoke_status = kTfLiteOk;
    size_t input_bytes = 0;
    size_t output_bytes = 0;
    int resets = 0;
    std::vector<const char *> added;
};
extern StubPlan stub;

namespace flatbuffers {
struct String {
    const char *c_str() const {
        return "custom";
    }
};
template <typename T> struct Vector {
    std::vector<T> items;
    typename std::vector<T>::const_iterator begin() const {
        return items.begin();
    }
    typename std::vector<T>::const_iterator end() const {
        return items.end();
    }
    T Get(uint32_t index) const {
        return items[index];
    }
};
} // namespace flatbuffers

namespace tflite {

enum BuiltinOperator {
    BuiltinOperator_ADD = 0,
    BuiltinOperator_CONV_2D = 3,
    BuiltinOperator_FULLY_CONNECTED = 9,
    BuiltinOperator_SOFTMAX = 25,
    BuiltinOperator_CUSTOM = 32,
    BuiltinOperator_CALL_ONCE = 129,
    BuiltinOperator_VAR_HANDLE = 142,
    BuiltinOperator_READ_VARIABLE = 143,
    BuiltinOperator_ASSIGN_VARIABLE = 144,
};

/* The only kernel there is: copies the input to the output. */
TfLiteStatus stub_kernel(TfLiteContext *context, TfLiteNode *node);

struct OperatorCode {
    const flatbuffers::String *custom_code() const;
};
struct Operator {
    uint32_t opcode_index() const {
        return 0;
    }
};
struct SubGraph {
    const flatbuffers::Vector<const Operator *> *operators() const;
};
struct Model {
    uint32_t version() const {
        return stub.schema_version;
    }
    const flatbuffers::Vector<const SubGraph *> *subgraphs() const;
    const flatbuffers::Vector<const OperatorCode *> *operator_codes() const;
};

const Model *GetModel(const void *buffer);
BuiltinOperator GetBuiltinCode(const OperatorCode *op_code);

class MicroAllocator {
  public:
    static MicroAllocator *Create(uint8_t *tensor_arena, size_t arena_size);
};

class MicroResourceVariables {
  public:
    static MicroResourceVariables *Create(MicroAllocator *allocator, int num_variables);
};

class MicroProfilerInterface;

class MicroOpResolver {
  public:
    virtual const StubRegistration *FindOp(BuiltinOperator op) const = 0;
    virtual const StubRegistration *FindOp(const char *op) const = 0;
    virtual ~MicroOpResolver() {}
};

class MicroInterpreter {
  public:
    MicroInterpreter(const Model *model, const MicroOpResolver &op_resolver, MicroAllocator *allocator,
                     MicroResourceVariables *resource_variables = nullptr, MicroProfilerInterface *profiler = nullptr);
    ~MicroInterpreter() {}
    TfLiteStatus AllocateTensors();
    TfLiteStatus Invoke();
    TfLiteTensor *input(size_t index);
    size_t inputs_size() const {
        return 1;
    }
    TfLiteTensor *output(size_t index);
    size_t outputs_size() const {
        return 1;
    }
    TfLiteStatus Reset();
    size_t arena_used_bytes() const {
        return 1234;
    }

  private:
    const MicroOpResolver &resolver_;
};

#define STUB_REGISTER(name)                                                                                            \
    inline StubRegistration name() {                                                                                   \
        return {stub_kernel, 0};                                                                                       \
    }
STUB_REGISTER(Register_ADD)
STUB_REGISTER(Register_ADD_INT8)
STUB_REGISTER(Register_CONV_2D)
STUB_REGISTER(Register_CONV_2D_INT8)
STUB_REGISTER(Register_FULLY_CONNECTED)
STUB_REGISTER(Register_FULLY_CONNECTED_INT8)
STUB_REGISTER(Register_SOFTMAX)
STUB_REGISTER(Register_SOFTMAX_INT8)

template <unsigned int tOpCount> class MicroMutableOpResolver : public MicroOpResolver {
  public:
    TF_LITE_REMOVE_VIRTUAL_DELETE

    explicit MicroMutableOpResolver() {}

    const StubRegistration *FindOp(BuiltinOperator op) const override {
        for (unsigned i = 0; i < count_ && stub.knows_operators; i++) {
            if (registrations_[i].builtin_code == op) {
                return &registrations_[i];
            }
        }
        return nullptr;
    }
    const StubRegistration *FindOp(const char *) const override {
        return nullptr;
    }

    TfLiteStatus AddAdd(const StubRegistration & = Register_ADD()) {
        return add("AddAdd", BuiltinOperator_ADD);
    }
    TfLiteStatus AddConv2D(const StubRegistration & = Register_CONV_2D()) {
        return add("AddConv2D", BuiltinOperator_CONV_2D);
    }
    TfLiteStatus AddFullyConnected(const StubRegistration & = Register_FULLY_CONNECTED()) {
        return add("AddFullyConnected", BuiltinOperator_FULLY_CONNECTED);
    }
    TfLiteStatus AddSoftmax(const StubRegistration & = Register_SOFTMAX()) {
        return add("AddSoftmax", BuiltinOperator_SOFTMAX);
    }
    TfLiteStatus AddCallOnce() {
        return add("AddCallOnce", BuiltinOperator_CALL_ONCE);
    }
    TfLiteStatus AddVarHandle() {
        return add("AddVarHandle", BuiltinOperator_VAR_HANDLE);
    }
    TfLiteStatus AddReadVariable() {
        return add("AddReadVariable", BuiltinOperator_READ_VARIABLE);
    }
    TfLiteStatus AddAssignVariable() {
        return add("AddAssignVariable", BuiltinOperator_ASSIGN_VARIABLE);
    }

  private:
    TfLiteStatus add(const char *method, BuiltinOperator op) {
        stub.added.push_back(method);
        if (count_ == tOpCount) {
            return kTfLiteError;
        }
        registrations_[count_++] = {stub_kernel, op};
        return stub.add_status;
    }
    unsigned count_ = 0;
    StubRegistration registrations_[tOpCount];
};

} // namespace tflite

#endif
