/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* CIRCULAR_BUFFER: the last inputs of a stream in one tensor, the newest at its end.
 *
 * In a model that is fed more often than it runs, the layers behind the buffer run every `cycles`-th time only. */
#ifndef AOT_CIRCULAR_BUFFER_H
#define AOT_CIRCULAR_BUFFER_H

#include "aot.h"

/* Drops the oldest `depth` bytes of `slots` and appends the input. */
static inline void aot_circular_buffer(const int8_t *input, int8_t *buffer, int32_t slots, int32_t depth) {
    const int32_t kept = (slots - 1) * depth;
    for (int32_t i = 0; i < kept; ++i) {
        buffer[i] = buffer[i + depth];
    }
    memcpy(buffer + kept, input, (size_t)depth);
}

/* Counts inferences; 1 at every `cycles`-th one, else 0. */
static inline int aot_is_due(aot_int32 *counter, int32_t cycles) {
    *counter = (*counter + 1) % cycles;
    return *counter == 0;
}

#endif
