/* Functions of 16-bit values by a table of 513 points made with the model. */
#ifndef AOT_INTERPOLATE_H
#define AOT_INTERPOLATE_H

#include "aot.h"

/* The table at a value of 16 bits: 512 intervals of 128. */
AOT_INLINE int32_t aot_interpolate(int32_t value, const int16_t *table) {
    const int32_t index = 256 + (value >> 7);
    const int32_t slope = table[index + 1] - table[index];
    return table[index] + ((slope * (value & 0x7f) + 64) >> 7);
}

#endif
