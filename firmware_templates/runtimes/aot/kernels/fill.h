/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Filling an output with one element: FILL, and the border of PAD.  Single bytes are a memset. */
#ifndef AOT_FILL_H
#define AOT_FILL_H

#include "aot.h"

static inline void aot_fill_2(const void *value, void *output, int32_t count) {
    const aot_int16 element = *(const aot_int16 *)value;
    aot_int16 *to = (aot_int16 *)output;
    for (int32_t i = 0; i < count; ++i) {
        to[i] = element;
    }
}

static inline void aot_fill_4(const void *value, void *output, int32_t count) {
    const aot_uint32 element = *(const aot_uint32 *)value;
    aot_uint32 *to = (aot_uint32 *)output;
    for (int32_t i = 0; i < count; ++i) {
        to[i] = element;
    }
}

#endif
