/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Moving elements without looking at them: SLICE, TRANSPOSE, CONCATENATION and their relatives.
 *
 * Loops, steps and offsets come from the compiler of the model, which merges what lies side by side into runs of bytes.
 * Steps may be 0 (an element is repeated) or negative (the order is reversed).  Input and output never overlap. */
#ifndef AOT_COPY_H
#define AOT_COPY_H

#include "aot.h"

/* Five loops around a run of bytes.  All steps and offsets are in bytes. */
typedef struct {
    int32_t size[5]; /* turns of the loops, outermost first */
    int32_t input_step[5];
    int32_t output_step[5];
    int32_t input_offset; /* of the first run */
    int32_t output_offset;
    int32_t run_bytes;
} aot_copy;

/* `count` runs of `run_bytes` bytes: the first from `input` to `output`, the next one a step further on each side. */
static inline void aot_copy_rows(const void *input, void *output, int32_t count, int32_t run_bytes, int32_t input_step,
                                 int32_t output_step) {
    const uint8_t *from = (const uint8_t *)input;
    uint8_t *to = (uint8_t *)output;
    for (int32_t i = 0; i < count; ++i) {
        memcpy(to + i * output_step, from + i * input_step, (size_t)run_bytes);
    }
}

/* `word` is a constant: 1, 2, 4 or 8 where a run is one word of this size, aligned; 0 for any other run. */
AOT_INLINE void aot_copy_run(const uint8_t *from, uint8_t *to, int32_t run_bytes, int word) {
    switch (word) {
    case 1:
        *to = *from;
        break;
    case 2:
        *(aot_int16 *)(void *)to = *(const aot_int16 *)(const void *)from;
        break;
    case 4:
        *(aot_uint32 *)(void *)to = *(const aot_uint32 *)(const void *)from;
        break;
    case 8:
        *(aot_int64 *)(void *)to = *(const aot_int64 *)(const void *)from;
        break;
    default:
        memcpy(to, from, (size_t)run_bytes);
        break;
    }
}

AOT_INLINE void aot_copy_loops(const aot_copy *copy, const void *input, void *output, int word) {
    const int32_t *in = copy->input_step, *out = copy->output_step, *size = copy->size;
    const uint8_t *from0 = (const uint8_t *)input + copy->input_offset;
    uint8_t *to0 = (uint8_t *)output + copy->output_offset;
    for (int32_t a = 0; a < size[0]; ++a) {
        for (int32_t b = 0; b < size[1]; ++b) {
            for (int32_t c = 0; c < size[2]; ++c) {
                for (int32_t d = 0; d < size[3]; ++d) {
                    const uint8_t *from = from0 + (a * in[0] + b * in[1] + c * in[2] + d * in[3]);
                    uint8_t *to = to0 + (a * out[0] + b * out[1] + c * out[2] + d * out[3]);
                    for (int32_t e = 0; e < size[4]; ++e) {
                        aot_copy_run(from + e * in[4], to + e * out[4], copy->run_bytes, word);
                    }
                }
            }
        }
    }
}

static inline void aot_copy_words_1(const aot_copy *copy, const void *input, void *output) {
    aot_copy_loops(copy, input, output, 1);
}

static inline void aot_copy_words_2(const aot_copy *copy, const void *input, void *output) {
    aot_copy_loops(copy, input, output, 2);
}

static inline void aot_copy_words_4(const aot_copy *copy, const void *input, void *output) {
    aot_copy_loops(copy, input, output, 4);
}

static inline void aot_copy_words_8(const aot_copy *copy, const void *input, void *output) {
    aot_copy_loops(copy, input, output, 8);
}

static inline void aot_copy_runs(const aot_copy *copy, const void *input, void *output) {
    aot_copy_loops(copy, input, output, 0);
}

#endif
