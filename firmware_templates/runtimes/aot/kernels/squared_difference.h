/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* SQUARED_DIFFERENCE, int8 and int16: both inputs are brought to twice the larger input scale (int8: with 7 more bits),
 * subtracted and squared; output = clamp(rescale(square) + output zero point). */
#ifndef AOT_SQUARED_DIFFERENCE_H
#define AOT_SQUARED_DIFFERENCE_H

#include "add.h"

/* `bits`, 7 or 0, is a constant of the kernel class. */
AOT_INLINE int32_t aot_squared_difference(const aot_add_layer *layer, int32_t x, int32_t y, int bits) {
    const aot_add_input *first = &layer->input[0], *second = &layer->input[1];
    const int32_t a = aot_requantize((x - first->zero_point) * (INT32_C(1) << bits), first->multiplier, first->shift);
    const int32_t b =
        aot_requantize((y - second->zero_point) * (INT32_C(1) << bits), second->multiplier, second->shift);
    const int32_t scaled = aot_requantize((a - b) * (a - b), layer->multiplier, layer->shift);
    return aot_min(aot_max((int32_t)((uint32_t)scaled + (uint32_t)layer->zero_point), layer->minimum), layer->maximum);
}

#endif
