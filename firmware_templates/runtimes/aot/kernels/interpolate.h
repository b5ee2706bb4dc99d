/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Functions of 16-bit values by a table of 513 points made with the model. */
#ifndef AOT_INTERPOLATE_H
#define AOT_INTERPOLATE_H

#include "aot.h"

/* The table at a value of 16 bits: 512 intervals of 128. */
AOT_INLINE int32_t aot_interpolate(int32_t value, const int16_t *table) {
    const int32_t index = 256 + (value >> 7);
    const int32_t slope = (int32_t)table[index + 1] - table[index];
    return table[index] + ((slope * (value & 0x7f) + 64) >> 7);
}

/* The same where neighbours may be further apart than 16 bits hold: differences and results wrap, as LiteRT's do. */
AOT_INLINE int16_t aot_interpolate_wrapping(int32_t value, const int16_t *table) {
    const int32_t index = 256 + (value >> 7);
    const int16_t slope = (int16_t)((int32_t)table[index + 1] - table[index]);
    return (int16_t)(table[index] + ((slope * (value & 0x7f) + 64) >> 7));
}

#endif
