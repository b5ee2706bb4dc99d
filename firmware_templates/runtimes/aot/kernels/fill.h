/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Filling an output with one element: FILL, and the border of PAD.  Single bytes are a memset. */
#ifndef AOT_FILL_H
#define AOT_FILL_H

#include "aot.h"

#define AOT_FILL(name, type)                                                                                           \
    static inline void name(const void *value, void *output, int32_t count) {                                          \
        const type element = *(const type *)value;                                                                     \
        type *to = (type *)output;                                                                                     \
        for (int32_t i = 0; i < count; ++i) {                                                                          \
            to[i] = element;                                                                                           \
        }                                                                                                              \
    }

AOT_FILL(aot_fill_2, aot_int16)
AOT_FILL(aot_fill_4, aot_uint32)

#undef AOT_FILL

#endif
