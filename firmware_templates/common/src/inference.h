/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What every runtime offers to the firmware: plain C, no runtime's types.
 *
 * A firmware holds one or more models, numbered from 0.  Each has inputs and outputs with a dtype, dims, and for
 * integer types a scale and a zero point: real = scale * (q - zero_point).
 *
 * Inputs live in the arena and are CONSUMED by inference_invoke(): write all of them before every call.
 * Outputs are valid until the next write to an input of any model (models share one arena).
 */
#ifndef MCU_INFERENCE_H
#define MCU_INFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Element types, with the codes of TensorFlow Lite's TensorType. */
enum {
    INFERENCE_FLOAT32 = 0,
    INFERENCE_INT32 = 2,
    INFERENCE_UINT8 = 3,
    INFERENCE_INT64 = 4,
    INFERENCE_BOOL = 6,
    INFERENCE_INT16 = 7,
    INFERENCE_INT8 = 9,
    INFERENCE_UINT64 = 12,
    INFERENCE_UINT32 = 15
};

/* Results of inference_init() and inference_invoke(); sent over the wire as `status` or `detail`. */
enum {
    INFERENCE_OK = 0,
    INFERENCE_NO_SUCH_MODEL = 1,
    INFERENCE_SCHEMA_VERSION = 2, /* the model's schema is not the runtime's */
    INFERENCE_MISSING_OPERATOR = 3,
    INFERENCE_ARENA_TOO_SMALL = 4,
    INFERENCE_FAILED = 5
};

typedef struct {
    uint8_t dtype;
    uint8_t rank;
    const int32_t *dims; /* rank values, outermost first */
    uint32_t size_bytes;
    float scale; /* 0 if not quantized */
    int32_t zero_point;
} inference_tensor;

typedef struct {
    const char *name;
    const uint8_t *sha256; /* 32 bytes: of the .tflite file this was made from */
    uint8_t input_count;
    uint8_t output_count;
    uint16_t layer_count;
    uint32_t arena_bytes; /* reserved; shared between models */
    bool has_state;       /* inference_reset_state() does something */
} inference_model;

/* Name of the runtime and its kernels, for people: "aot (portable)". */
const char *inference_runtime(void);

uint32_t inference_model_count(void);

/* Descriptions live as long as the program.  `model`, `index` must be in range: checked once, by the command loop. */
const inference_model *inference_describe(uint32_t model);
const inference_tensor *inference_describe_input(uint32_t model, uint32_t index);
const inference_tensor *inference_describe_output(uint32_t model, uint32_t index);

/* Prepares a model; called once for each at start-up.  Returns INFERENCE_OK or why it cannot run. */
int inference_init(uint32_t model);

/* Bytes of the arena this model really uses; valid after inference_init(). */
uint32_t inference_arena_used(uint32_t model);

void *inference_input(uint32_t model, uint32_t index);
const void *inference_output(uint32_t model, uint32_t index);

int inference_invoke(uint32_t model);

/* The layer that is running, for whoever must tell where it all ended; INFERENCE_NO_LAYER where none is, or where the
 * runtime does not tell. */
#define INFERENCE_NO_LAYER 0xFFFFu
extern volatile uint16_t inference_layer;

/* Returns variables to their initial values; does nothing where the model has none. */
void inference_reset_state(uint32_t model);

/* Called with every tensor a layer has just produced, before anything overwrites it.  Compiled out unless
 * INFERENCE_OBSERVER is defined to 1, so that what ships pays nothing. */
#ifndef INFERENCE_OBSERVER
#define INFERENCE_OBSERVER 0
#endif
#if INFERENCE_OBSERVER
/* Constant number `index` that a layer reads from the image (weights, bias, multipliers); false where it has no such
 * one.  Layer INFERENCE_NO_LAYER stands for everything that the model has in the image. */
bool inference_constant(uint32_t model, uint32_t layer, uint32_t index, const void **data, uint32_t *size_bytes);

typedef void (*inference_observer)(void *context, uint32_t layer, uint32_t tensor, const void *data,
                                   uint32_t size_bytes);
void inference_set_observer(inference_observer observer, void *context);
#endif

#ifdef __cplusplus
}
#endif

#endif
