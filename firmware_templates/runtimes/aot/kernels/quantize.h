/* QUANTIZE: float32 to int8, and int8 to int8 with another scale or zero point. */
#ifndef AOT_QUANTIZE_H
#define AOT_QUANTIZE_H

#include "aot.h"

/* output = clamp(round(input / scale) + zero_point), halves away from zero.  Values beyond the range give its ends, NaN
 * gives the zero point.  A division, not a multiplication by 1 / scale: that would differ in the last bit. */
static inline void aot_quantize_float32(const aot_float32 *input, int8_t *output, int32_t count, float scale,
                                        int32_t zero_point) {
    for (int32_t i = 0; i < count; ++i) {
        const float value = input[i] / scale;
        int32_t rounded = 0;
        if (value >= 1024.0f) { /* far beyond 127 + 128; keeps the conversion defined */
            rounded = 1024;
        } else if (value <= -1024.0f) {
            rounded = -1024;
        } else if (value == value) {
            rounded = (int32_t)value; /* towards zero; what is left is exact */
            const float rest = value - (float)rounded;
            rounded += (rest >= 0.5f ? 1 : 0) - (rest <= -0.5f ? 1 : 0);
        }
        output[i] = aot_clamp(rounded + zero_point, -128, 127);
    }
}

/* output = clamp((input - input_zero_point) * multiplier / 2^31 * 2^shift + output_zero_point).  May work in place. */
static inline void aot_quantize_int8(const int8_t *input, int8_t *output, int32_t count, int32_t multiplier,
                                     int32_t shift, int32_t input_zero_point, int32_t output_zero_point) {
    for (int32_t i = 0; i < count; ++i) {
        const int32_t scaled = aot_requantize(input[i] - input_zero_point, multiplier, shift);
        output[i] = aot_clamp((int32_t)((uint32_t)scaled + (uint32_t)output_zero_point), -128, 127);
    }
}

#endif
