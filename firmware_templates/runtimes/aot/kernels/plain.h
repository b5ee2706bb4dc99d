/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Arithmetic on numbers that are not quantized.
 *
 * Integers wrap, as they do in TensorFlow Lite Micro in practice, but without undefined behaviour. */
#ifndef AOT_PLAIN_H
#define AOT_PLAIN_H

#include "aot.h"

AOT_INLINE int32_t aot_wrapping_add(int32_t a, int32_t b) {
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

AOT_INLINE int32_t aot_wrapping_subtract(int32_t a, int32_t b) {
    return (int32_t)((uint32_t)a - (uint32_t)b);
}

AOT_INLINE int32_t aot_wrapping_multiply(int32_t a, int32_t b) {
    return (int32_t)((uint32_t)a * (uint32_t)b);
}

/* a / b, towards zero; 0 for a division by 0, where TensorFlow Lite Micro stops with an error. */
AOT_INLINE int32_t aot_divide(int32_t a, int32_t b) {
    if (b == 0) {
        return 0;
    }
    return b == -1 ? aot_wrapping_subtract(0, a) : a / b;
}

#endif
