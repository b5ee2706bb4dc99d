/* inference.h with three models, for tests; tests/firmware_c/model_device.py computes the same in Python.
 *
 * 0 "mix":     inputs int8[1,10,20] and int16[1,30], outputs int8[1,150] and float32[1,10]: output byte i is byte i % 4
 *              of the CRC-32 of all input bytes, exclusive-or i.  Takes 1000 + the first input byte ticks; fails if
 * that byte is 127.  Inputs and outputs overlap in memory, as in a planned arena. 1 "counter": input int8[1,4], output
 * int32[1,2]: the sum of all inputs and the number of calls since reset_state. 2 "broken":  cannot be prepared.
 *
 * With the observer "mix" shows tensor 5 (its first 100 input bytes) of layer 0, and tensors 6 (260 bytes 0xA5) and 7
 * (its first output) of layer 1; layer n takes 10 + n ticks a tensor.
 *
 * Environment: FAKE_CRASH_AT_INVOKE=n restarts the board in the n-th invocation of its first FAKE_CRASH_BOOTS runs.
 */
#include "inference.h"

#include <stdlib.h>
#include <string.h>

#include "fakes.h"
#include "framing.h"
#include "platform.h"

#define MIX_INPUT_BYTES 260
#define MIX_OUTPUT_BYTES 190

static union {
    uint8_t bytes[MIX_INPUT_BYTES];
    int32_t words[MIX_INPUT_BYTES / 4];
} arena;

volatile uint16_t inference_layer = INFERENCE_NO_LAYER;

static int32_t counter_state[2];
static uint32_t invocations;

static const int32_t mix_in0[] = {1, 10, 20}, mix_in1[] = {1, 30}, mix_out0[] = {1, 150}, mix_out1[] = {1, 10};
static const int32_t counter_in[] = {1, 4}, counter_out[] = {1, 2};

static const inference_tensor inputs[3][2] = {
    {{INFERENCE_INT8, 3, mix_in0, 200, 0.5f, -3}, {INFERENCE_INT16, 2, mix_in1, 60, 0.25f, 0}},
    {{INFERENCE_INT8, 2, counter_in, 4, 1.0f, 0}, {0}},
    {{INFERENCE_INT8, 2, counter_in, 4, 1.0f, 0}, {0}},
};
static const inference_tensor outputs[3][2] = {
    {{INFERENCE_INT8, 2, mix_out0, 150, 0.00390625f, -128}, {INFERENCE_FLOAT32, 2, mix_out1, 40, 0.0f, 0}},
    {{INFERENCE_INT32, 2, counter_out, 8, 0.0f, 0}, {0}},
    {{INFERENCE_INT8, 2, counter_in, 4, 1.0f, 0}, {0}},
};

/* sha256: 32 times the same letter. */
static const uint8_t hashes[3][33] = {"mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm", "cccccccccccccccccccccccccccccccc",
                                      "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"};

static const inference_model models[3] = {
    {"mix", hashes[0], 2, 2, 7, 260, false},
    {"counter", hashes[1], 1, 1, 1, 260, true},
    {"broken_model_with_a_name_of_more_than_31_bytes", hashes[2], 1, 1, 1, 260, false},
};

const char *inference_runtime(void) {
    return "fake (for tests)";
}

uint32_t inference_model_count(void) {
    return 3;
}

const inference_model *inference_describe(uint32_t model) {
    return &models[model];
}

const inference_tensor *inference_describe_input(uint32_t model, uint32_t index) {
    return &inputs[model][index];
}

const inference_tensor *inference_describe_output(uint32_t model, uint32_t index) {
    return &outputs[model][index];
}

int inference_init(uint32_t model) {
    return model == 2 ? INFERENCE_ARENA_TOO_SMALL : INFERENCE_OK;
}

uint32_t inference_arena_used(uint32_t model) {
    return model == 0 ? 260 : 16;
}

void *inference_input(uint32_t model, uint32_t index) {
    return arena.bytes + (model == 0 && index == 1 ? 200 : 0);
}

const void *inference_output(uint32_t model, uint32_t index) {
    if (model == 0) {
        return arena.bytes + (index == 0 ? 100 : 40);
    }
    return arena.bytes + 8;
}

#if INFERENCE_OBSERVER
static inference_observer observer;
static void *observer_context;

void inference_set_observer(inference_observer new_observer, void *context) {
    observer = new_observer;
    observer_context = context;
}

/* Layer 0 has the model's name as two constants, layer 1 none. */
bool inference_constant(uint32_t model, uint32_t layer, uint32_t index, const void **data, uint32_t *size_bytes) {
    if ((layer != 0 && layer != INFERENCE_NO_LAYER) || index > 1) {
        return false;
    }
    *data = models[model].name + index;
    *size_bytes = 1;
    return true;
}

static void show(uint32_t layer, uint32_t tensor, const void *data, uint32_t size_bytes) {
    fake_ticks += 10 + layer;
    observer(observer_context, layer, tensor, data, size_bytes);
}
#else
#define show(layer, tensor, data, size_bytes) ((void)0)
#endif

static int invoke_mix(void) {
    const uint8_t first = arena.bytes[0];
    const uint32_t mixed = framing_crc32(arena.bytes, MIX_INPUT_BYTES);
    fake_ticks += 1000u + first;
    show(0, 5, arena.bytes, 100);
    memset(&arena, 0xA5, sizeof arena);
    show(1, 6, arena.bytes, 260);
    if (first == 127) {
        return INFERENCE_FAILED;
    }
    for (uint32_t i = 0; i < MIX_OUTPUT_BYTES; i++) {
        uint8_t *to = i < 150 ? arena.bytes + 100 + i : arena.bytes + 40 + (i - 150);
        *to = (uint8_t)(mixed >> 8 * (i % 4) ^ i);
    }
    show(1, 7, arena.bytes + 100, 150);
    return INFERENCE_OK;
}

static int invoke_counter(void) {
    for (int i = 0; i < 4; i++) {
        counter_state[0] += (int8_t)arena.bytes[i];
    }
    counter_state[1]++;
    memcpy(arena.bytes + 8, counter_state, sizeof counter_state);
    fake_ticks += 5;
    return INFERENCE_OK;
}

int inference_invoke(uint32_t model) {
    invocations++;
    if (invocations == fake_setting("FAKE_CRASH_AT_INVOKE", 0) &&
        platform_boot_count() <= fake_setting("FAKE_CRASH_BOOTS", 1)) {
        fake_restart(2);
    }
    return model == 0 ? invoke_mix() : invoke_counter();
}

void inference_reset_state(uint32_t model) {
    if (model == 1) {
        memset(counter_state, 0, sizeof counter_state);
    }
}
